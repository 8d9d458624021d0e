"""The line that starts a record on a profile page: score, category, date and a mark for code.

The pieces may run together (``31.2cs.CLOct 16, 2019Code``) or stand apart, and any of them but the date may be missing.
The less there is of it, the more such a line looks like one of an abstract (``GPT 2020``): ``sure`` says whether the
line is enough by itself, and the page around it decides where it is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

MAX_LENGTH = 80

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?i:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = rf"""
    (?P<month>{_MONTH})[\s,]*(?:(?P<day>{_DAY})(?:\s*,\s*|\s+))?(?P<year>\d{{4}})
    | (?P<day2>{_DAY})[\s.-]*(?P<month2>{_MONTH})[\s,.-]*(?P<year2>\d{{4}})
    | (?P<iso>\d{{4}}[-/]\d{{1,2}}(?:[-/]\d{{1,2}})?)
    | (?P<only>(?:19|20)\d{{2}})
"""
_SCORE = r"\d{1,5}(?:[.,]\d+)?"
_NO_SCORE = r"[-–—]|(?i:n/a)"
# A subject class as arXiv and its kin write it: CL, QB, cs.CL, cond-mat.mtrl-sci, or an archive without classes.
_ARCHIVE = (
    r"(?:astro-ph|cond-mat|cs|econ|eess|gr-qc|hep-(?:ex|lat|ph|th)|math(?:-ph)?|nlin|nucl-(?:ex|th)|physics|q-bio|q-fin"
    r"|quant-ph|stat)"
)
_CLASS = rf"[A-Z]{{2}}|[a-z]+(?:-[a-z]+)?\.[A-Za-z][A-Za-z-]{{1,20}}?|{_ARCHIVE}"
_CATEGORY = rf"(?:{_CLASS}|[A-Z]{{2,6}})"
_WORDS = r"[A-Z][A-Za-z-]*(?:\s(?:(?:and|of|&)\s)?[A-Z][A-Za-z-]*){0,4}"
_LISTING = re.compile(
    rf"""(?:(?P<score>{_SCORE})|{_NO_SCORE})?\s*
    (?:(?P<category>{_CATEGORY}(?:,\s?{_CATEGORY}){{0,5}})|(?P<words>{_WORDS}))?(?P<gap>\s*)
    (?P<date>{_DATE})\s*
    (?P<code>(?i:Code(?:\ available)?))?""",
    re.VERBOSE | re.ASCII,
)
_SEPARATORS = re.compile(r"\s*[·•‧∙|;]\s*|[\[\]()]")
_DATE_FIRST = re.compile(rf"(?P<first>{_DATE})\s+(?P<then>{_CATEGORY})(?P<rest>\s+(?i:Code))?", re.VERBOSE | re.ASCII)
_YEAR = re.compile(r"\d{4}")
_PIECE = re.compile(rf"(?:{_SCORE}|{_NO_SCORE})?\s*(?:{_CATEGORY})?")
_ALMOST = re.compile(
    rf"[^\sA-Za-z]{{0,9}}\s?(?P<category>{_CATEGORY})(?P<rest>|\s?(?:[A-Z][a-z]{{2,8}}|Code|\d).{{0,24}})"
)
_DATED = re.compile(rf"\s?(?:{_MONTH}(?![a-z])|.*\b\d{{4}}(?!\d)|[A-Z][a-z]+\.? ?\d+, ?\d)")


@dataclass(frozen=True, slots=True)
class Listing:
    """A record's first line as read; ``date`` is None where the calendar has no such day."""

    text: str
    score: float | None
    category: str | None
    written_date: str
    date: str | None
    has_code: bool
    sure: bool

    @property
    def of_a_class(self) -> bool:
        """Whether its category is written as a subject class is: two capitals, or an archive's name."""
        return self.category is not None and _is_class(self.category)


def parse(text: str) -> Listing | None:
    """The listing that a line is, all of it; None where it is something else."""
    if len(text) > MAX_LENGTH or not _YEAR.search(text):
        return None
    match = next(filter(None, map(_LISTING.fullmatch, _forms(text))), None)
    if match is None or (match["words"] and match["score"] is None):
        return None
    category = match["category"] or match["words"]
    if category is None and (match["only"] or (match["score"] or "").isdigit()):
        return None  # "2020" and "12 May 2020" are dates alone
    return Listing(
        text,
        float(match["score"].replace(",", ".")) if match["score"] else None,
        category,
        match["date"],
        _iso(match),
        match["code"] is not None,
        _is_sure(match),
    )


def _forms(text: str) -> list[str]:
    """The line as it is, without marks between its pieces, and with a date that stands first put last."""
    apart = " ".join(_SEPARATORS.sub(" ", text).split())
    turned = _DATE_FIRST.fullmatch(apart)
    return [text, apart, *([f"{turned['then']} {turned['first']}{turned['rest'] or ''}"] if turned else [])]


def is_piece(text: str) -> bool:
    """Whether a line may be the first piece of a listing that was copied to several lines."""
    return 0 < len(text) <= MAX_LENGTH and _PIECE.fullmatch(text) is not None


def resembles_one(text: str) -> bool:
    """Whether a line that is no listing has the shape of one."""
    return len(text) <= MAX_LENGTH and _ALMOST.fullmatch(text) is not None


def is_broken(text: str, categories: frozenset[str]) -> bool:
    """Whether a line of that shape must have been a listing: it has a category that others have, or a broken date."""
    match = _ALMOST.fullmatch(text)
    if match is None:
        return False
    if match["category"] in categories and re.match(r"\d+[.,]\d", text):
        return True
    return not match["rest"][:1].isspace() and _DATED.match(match["rest"]) is not None


def _is_sure(match: re.Match[str]) -> bool:
    decimal = match["score"] is not None and not match["score"].isdigit()
    glued = match["gap"] == ""
    if match["category"]:
        named = _is_class(match["category"])
        return decimal or (named and (glued or not match["only"]))
    if match["words"]:
        return decimal and not match["only"]
    return decimal and glued


def _is_class(category: str) -> bool:
    return all(re.fullmatch(_CLASS, part.strip()) for part in category.split(","))


def _iso(match: re.Match[str]) -> str | None:
    """ISO 8601, as exact as the text; None where there is no such day."""
    if match["only"]:
        return str(match["only"])
    if match["iso"]:
        parts = [int(part) for part in re.split("[-/]", match["iso"])]
    else:
        month = _MONTHS.index((match["month"] or match["month2"])[:3].lower()) + 1
        day = re.match(r"\d+", match["day"] or match["day2"] or "")
        parts = [int(match["year"] or match["year2"]), month, *([int(day[0])] if day else [])]
    year, month, *days = parts
    try:
        whole = date(year, month, days[0] if days else 1).isoformat()
    except ValueError:
        return None
    if not 1500 <= year < 2200:
        return None
    return whole if days else whole[:7]
