"""One reference as people write it -> an entry, where its title and authors are told apart with certainty.

There is no one way to write a reference, and a wrong title or a wrong author is worse than none. So a reading is taken
only where the text shows it: by quotes around the title, a year between authors and title, initials, a link or type of
its own, lines of their own. What is read is looked over once more; whatever is left open is a reason, not a guess.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal, NamedTuple

from assistant.papers import NAME_PARTICLES
from assistant.sources.entries import Entry, arxiv_id, doi_id, is_web_link
from assistant.sources.names_in_references import Grade, People, author_list
from assistant.sources.references_english import (
    BARE_VOLUME,
    EDITORS,
    JOINING_WORDS,
    MASTERS_THESIS,
    NOT_A_TITLE_END,
    PREPRINT,
    PROCEEDINGS,
    PUBLISHER,
    REMARK,
    REPORT,
    RETRIEVED,
    STATUS,
    THESIS,
    VENUE_END,
    VENUE_START,
    VENUE_WITHIN,
    VENUE_WORD,
    WITH_COLLEAGUES,
    is_label,
)  # fmt: skip

UNCERTAIN = "its title and authors cannot be told apart with certainty."
MAX_LENGTH = 30_000
"""Characters of one reference, authors and all."""


class Mark(NamedTuple):
    """A stretch of a text that its source sets apart."""

    start: int
    end: int
    kind: Literal["link", "strong", "emphasis"]


@dataclass(frozen=True, slots=True)
class Written:
    """A reference as it is written: its text, where lines that the source breaks end in ``\\n``, and what it links."""

    text: str
    marks: tuple[Mark, ...] = ()
    links: tuple[str, ...] = ()


class Doubt(NamedTuple):
    """Why a text is no entry: the end of a sentence that names it."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Parts:
    title: str
    people: People | None
    rest: str
    venue: str | None = None
    date: str | None = None


def parse(written: Written, families: frozenset[str] = frozenset()) -> Entry | Doubt:
    """The entry that a reference is; ``families`` are family names known to be of authors of the same list."""
    if len(written.text) > MAX_LENGTH:
        return Doubt(f"it has {len(written.text):,} characters, more than a reference may ({MAX_LENGTH:,}).")
    written = tidy(written)
    ids = identifiers(written)
    reading = _Reading(written, families)
    parts = next((found for found in reading.readings() if _is_sound(found, identified=bool(ids))), None)
    if parts is None:
        known = f" (its identifier is {ids[0]})" if ids else ""
        return Doubt(f"{UNCERTAIN[:-1]}{known}.")
    rest = RETRIEVED.sub("", parts.rest)
    published = PUBLISHER.match(rest) is not None and not PROCEEDINGS.search(rest)
    venue = parts.venue or (None if published else _venue(rest))
    links = list(filter(is_web_link, written.links))
    people = parts.people
    return Entry(
        title=parts.title,
        authors=people.names if people else (),
        authors_complete=people.complete if people else True,
        date=parts.date or _year(rest),
        venue=venue,
        kind=_kind(rest) or ("book" if published else None),
        url=links[0] if links else next(iter(_URL.findall(written.text)), None),
        ids=ids,
        links=links[1:],
    )


def resembles_one(written: Written) -> bool:
    """Whether a text has something of a reference: a year or an identifier, and an author, a quote or a venue."""
    text = written.text[:MAX_LENGTH]
    if identifiers(written):
        return True
    if len(text) < 30 or not (_ANY_YEAR.search(text) or re.search(rf"\b(?:{STATUS})\b", text)):
        return False
    return bool(_AUTHOR_LIKE.search(text) or _QUOTED.search(text) or VENUE_WORD.search(text))


def has_year(text: str) -> bool:
    """Whether a year stands there that may be one of publication."""
    return _ANY_YEAR.search(text[:MAX_LENGTH]) is not None


def families_of(references: Sequence[Written]) -> frozenset[str]:
    """Family names that a list shows to be of authors: by initials, or because they open half of its references."""
    sure: set[str] = set()
    opening: Counter[str] = Counter()
    references = references[:_ENOUGH]
    for written in references:
        reading = _Reading(tidy(written), frozenset())
        for people in reading.openings():
            if people.grade is Grade.SURE:
                sure |= people.families
            opening.update(people.families)
    often = {family for family, count in opening.items() if count >= 3 and 2 * count >= len(references)}
    return frozenset(sure | often)


def identifiers(written: Written) -> tuple[str, ...]:
    """DOI and arXiv id that a reference gives; none of a kind that it gives two of."""
    dois: set[str] = set()
    arxivs: set[str] = set()
    for place in (*written.links, *(_DOI_STRETCH.findall(written.text))):
        found = doi_id(place)
        if found:
            (arxivs if found.startswith("arxiv:") else dois).add(found)
    for place in (*written.links, *(_ARXIV_STRETCH.findall(written.text))):
        found = arxiv_id(place)
        if found:
            arxivs.add(found)
    return tuple(found.pop() for found in (dois, arxivs) if len(found) == 1)


_DOI_STRETCH = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]{1,300}")
_ARXIV_STRETCH = re.compile(r"(?i)\barxiv(?:\.org/(?:abs|pdf)/|[:\s]{1,3}|\spreprint\sarxiv:\s?)[\w./-]{5,30}")
_URL = re.compile(r"https?://[^\s<>\"\]}]{1,500}[^\s<>\"\]}.,;)]")
_ANY_YEAR = re.compile(r"(?<![\d.:/–-])(?:1[6-9]\d\d|20\d\d)[a-z]?(?![\d–-]|\.\d)")
_AUTHOR_LIKE = re.compile(
    r"\b[^\W\d_a-z][\w'’-]+,?\s(?:[^\W\d_a-z]\.[\s-]?){1,3}|(?:[^\W\d_a-z]\.[\s-]?){1,3}\s?[^\W\d_a-z][\w'’-]+"
    r"|\bet al\b|\b[^\W\d_a-z]\w+ [^\W\d_a-z]\w+(?:,| and| &) [^\W\d_a-z]\w+"
)
_QUOTED = re.compile(r"[\"“„«][^\"”“»]{8,300}[\"”“»]")


# ---- the text made ready

_NUMBERED = re.compile(
    r"\s*(?:[-*+•–‣▪◦·]\s+)?(?:\[[A-Za-z]{0,4}[-.]?\d{1,4}[a-z]?\]|\((?:[A-Za-z]{0,2}[-.]?\d{1,3})\)|[A-Z]{1,2}\d{1,3}[.):]"
    r"|\d{1,3}[.)](?!\d)|[-*+•–‣▪◦·](?=\s))\s*"
)
_LABELS_BEHIND = re.compile(r"(?:\s*[\[(|]\s?(?P<label>[^\[\]()|]{1,60})[\])|]?)\s*$")


def tidy(written: Written) -> Written:
    """Without its number, the labels of links beside it and remarks behind it."""
    cuts = [(m.start, m.end) for m in written.marks if m.kind == "link" and is_label(written.text[m.start : m.end])]
    numbered = _NUMBERED.match(written.text)
    if numbered:
        cuts.append(numbered.span())
    written = _without(written, cuts)
    text = written.text.rstrip(" \n\t|·;,")
    while behind := next(
        (m for m in (_LABELS_BEHIND.search(text), REMARK.search(text)) if m and _is_label(m)),
        None,
    ):
        text = text[: behind.start()].rstrip(" \n\t|·;,")
    start = len(text) - len(text.lstrip())
    return _without(written, [(0, start), (len(text), len(written.text))])


def _is_label(match: re.Match[str]) -> bool:
    return "label" not in match.groupdict() or is_label(match["label"])


def _without(written: Written, cuts: Sequence[tuple[int, int]]) -> Written:
    cuts = [(start, end) for start, end in sorted(cuts) if end > start]
    if not cuts:
        return written
    pieces, kept = [], 0
    for start, end in cuts:
        pieces.append(written.text[kept : max(kept, start)])
        kept = max(kept, end)
    pieces.append(written.text[kept:])

    def moved(place: int) -> int:
        return place - sum(min(end, place) - start for start, end in cuts if start < place)

    marks = [Mark(moved(m.start), moved(m.end), m.kind) for m in written.marks]
    return replace(written, text="".join(pieces), marks=tuple(mark for mark in marks if mark.end > mark.start))


# ---- readings

_DATE = rf"(?:(?P<{{0}}>(?:1[6-9]|20)\d\d)[a-z]?|{STATUS})"
_IN_BRACKETS = rf"\s*[(\[]\s?{_DATE.format('bracketed')}(?:[,/\s]\s?[^()\[\]]{{1,25}})?\s?[)\]]\s*[.,:]?\s*"
_BETWEEN_STOPS = rf"(?:(?<=\.)\s+|[.,]\s+|\s){_DATE.format('bare')}[.:,]\s+"
_DATED = re.compile(f"(?:{_IN_BRACKETS}|{_BETWEEN_STOPS})")
_DATE_BEHIND = re.compile(rf"[\s,.]*[(\[]?\s?{_DATE.format('year')}(?:,\s[^()\[\]]{{1,25}})?[)\]]?[\s.,:]*$")
_CLOSING = {'"': '"', "“": "”“", "”": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", "``": "''"}
_OPENING = re.compile(r"``|[\"“”„«»]|(?<!\w)‘")
_STOP = re.compile(r"(?P<stop>[.?!][\"”’)]?|:|,)(?:\s+|\n)")
_SENTENCE_END = re.compile(r"(?P<stop>[.?!])[\"”’]?(?:\s+|$)")
_CANDIDATES = 60
_ENOUGH = 2_000
"""References that show how a list writes its names."""


class _Reading:
    """The readings of one reference, the surest first."""

    def __init__(self, written: Written, families: frozenset[str]) -> None:
        self.text = written.text.replace("\n", " ")
        self.lines = [line.strip() for line in written.text.split("\n") if line.strip()]
        self.marks = [mark for mark in written.marks if mark.end - mark.start > 2]
        self._written = written
        self._families = families

    def readings(self) -> Iterator[_Parts]:
        for method in (self._by_lines, self._by_quotes, self._by_date, self._by_marks, self._by_stops, self._by_order):
            found = method()
            if found:
                yield found

    def openings(self) -> Iterator[People]:
        """What may be the authors at the beginning, in each way to see it."""
        for line in (self.lines or [""])[:2]:
            people = author_list(_without_date(line)[0])
            if people and people.grade >= Grade.LIST:
                yield people
                return
        found = self._longest_list(0, Grade.LIST)
        if found:
            yield found[0]

    def _trusts(self, people: People | None, grade: Grade = Grade.LIST) -> bool:
        return people is not None and (people.grade >= grade or bool(people.families & self._families))

    # -- by lines of their own

    def _by_lines(self) -> _Parts | None:
        numbers = list(takewhile(lambda line: not re.search(r"[^\W\d_]{2}", line), self.lines))
        lines = self.lines[len(numbers) :]
        for place, line in enumerate(lines[:4] if len(lines) > 1 else []):
            people, rest = self._people_of_line(line)
            if not people:
                continue
            if any(self._people_of_line(later)[0] for later in lines[place + 2 :]):
                return None  # several entries
            if place == 0:
                title, date = _without_date(lines[1])
                if rest or any(stop["stop"] == "." and title[stop.end() :] for stop in _ends(title)):
                    return None
                return _Parts(_bare(title), people, ", ".join((*lines[2:], *numbers)), date=date)
            if place > 1 and not self._is_marked(lines[place - 1]):
                return None
            title, date = _without_date(lines[place - 1])
            return _Parts(_bare(title), people, ", ".join((rest, *lines[place + 1 :], *numbers)).strip(", "), date=date)
        return None

    def _people_of_line(self, line: str) -> tuple[People | None, str]:
        bare, date = _without_date(line)
        people = author_list(re.sub(r"^(?:[Bb]y|[Aa]uthors?:)\s+", "", re.sub(r"\s+[|·•]\s+", ", ", bare)))
        if people and self._trusts(people):
            return people, date or ""
        return None, ""

    def _is_marked(self, line: str) -> bool:
        return any(_bare(self.text[mark.start : mark.end]) == _bare(line) for mark in self.marks)

    # -- by quotes

    def _by_quotes(self) -> _Parts | None:
        opening = _OPENING.search(self.text)
        quote = self._quote(opening) if opening else None
        if not opening or not quote:
            return None
        title, end = quote
        before, date = _without_date(self.text[: opening.start()])
        rest = self.text[end:].lstrip(" .,;:")
        if before.strip(" .,:"):
            people = author_list(before)
            return _Parts(title, people, rest, date=date) if people and self._trusts(people) else None
        if WITH_COLLEAGUES.match(rest):
            return None
        found = self._longest_list(len(self.text) - len(rest), Grade.SURE)
        if found:
            return _Parts(title, found[0], self.text[found[1] :])
        return _Parts(title, None, rest)

    def _quote(self, opening: re.Match[str]) -> tuple[str, int] | None:
        """The text inside, up to the closing quote behind which the title is over, and where it ends."""
        closers = re.compile("''" if opening[0] == "``" else f"[{_CLOSING[opening[0]]}]")
        for closing in closers.finditer(self.text, opening.end(), opening.end() + 600):
            before, behind = self.text[closing.start() - 1], self.text[closing.end() : closing.end() + 2]
            if before in ".,?!" or not behind.strip() or behind[0] in ".,;:" or behind in (" (", " ["):
                return _bare(self.text[opening.end() : closing.start()]), closing.end()
        return None

    # -- by a date between authors and title

    def _by_date(self) -> _Parts | None:
        for match in list(_DATED.finditer(self.text[:20_000]))[:3]:
            before = self.text[: match.start()]
            people = author_list(before + "." if _ends_in_initial(before) else before)
            if not people:
                continue
            found = self._title_at(match.end())
            if not found or (people.grade is Grade.WEAK and not self._trusts(people) and not _is_venue(found.rest)):
                return None
            return replace(found, people=people, date=match["bracketed"] or match["bare"])
        return None

    # -- by a link or type of its own

    def _by_marks(self) -> _Parts | None:
        for mark in self.marks[:6]:
            title = _bare(self.text[mark.start : mark.end])
            behind = self.text[mark.end :]
            if not _is_phrase(title) or (mark.kind == "emphasis" and re.match(r"[,.]?\s*\(?\d|\s*,?\s*[Vv]ol", behind)):
                continue
            before, date = _without_date(self.text[: mark.start])
            before = before.strip(' ,:;–—-“"')
            if before:
                people = author_list(before)
                if not (people and self._trusts(people)):
                    return None
                return _Parts(title, people, behind.lstrip(' .,;:)”"'), date=date)
            found = self._longest_list(mark.end + len(behind) - len(behind.lstrip(' .,;:–—-|(”"')), Grade.LIST)
            if found:
                return _Parts(title, found[0], self.text[found[1] :].lstrip(" .,;:|)"))
            return None
        return None

    # -- by the form of the names alone

    def _by_stops(self) -> _Parts | None:
        found = self._longest_list(0, Grade.SURE)
        if not found:
            return None
        people, end = found
        parts = self._title_at(end)
        return replace(parts, people=people) if parts else None

    def _by_order(self) -> _Parts | None:
        """The title first: a sentence, then the authors."""
        for stop in list(_SENTENCE_END.finditer(self.text, 0, 500))[:3]:
            if not _may_end(self.text, stop):
                continue
            if _ABBREVIATED.search(self.text[: stop.end("stop")]):
                return None
            found = self._longest_list(stop.end(), Grade.SURE)
            if found:
                people, end = found
                mark = self.text[: stop.end("stop")]
                return _Parts(_bare(mark), people, self.text[end:])
            return None
        return None

    def _longest_list(self, start: int, grade: Grade) -> tuple[People, int] | None:
        """The authors that stand there and where what follows them begins."""
        offset = len(re.match(r"(?:[Bb]y:?\s+)?", self.text[start : start + 10])[0])  # type: ignore[index]
        start += offset
        best: tuple[People, int] | None = None
        stops = list(re.finditer(r"[.:,|)]\s+|\s[–—-]\s|\s\(|$", self.text[start : start + 20_000]))[:400]
        tried = last = 0
        for stop in stops:
            ended = self.text[start : start + stop.start()]
            if any(word not in _IN_NAMES for word in _LOWER.findall(ended, last)):
                break  # neither this nor what goes on from here is a list of names
            last = stop.start()
            behind = self.text[start + stop.end() :][:20]
            if stop[0][:1] in ".," and re.match(r"[^\W\d_][a-z]?\.", behind):
                continue  # one more initial, or one more name
            tried += 1
            if tried > _CANDIDATES:
                break
            people = author_list(ended + "." if stop[0][:1] == "." and _ends_in_initial(ended) else ended)
            if not people or not self._trusts(people, grade):
                continue
            if not people.is_even or (stop[0][:1] == "," and not people.ends_in_initials):
                continue
            best = (people, start + stop.end())
        return best

    # -- the title behind the authors

    def _title_at(self, start: int) -> _Parts | None:
        """The title that begins there, what stands behind it, and the venue where type sets it apart."""
        quote = _OPENING.match(self.text, start)
        quoted = self._quote(quote) if quote else None
        if quoted:
            return _Parts(quoted[0], None, self.text[quoted[1] :].lstrip(" .,;:"))
        marked = self._marked_at(start)
        if marked or any(mark.kind == "emphasis" and abs(mark.start - start) < 2 for mark in self.marks):
            return marked  # type in italics is the title or, with no title before it, the venue
        return self._venue_marked_behind(start) or self._sentence_at(start)

    def _marked_at(self, start: int) -> _Parts | None:
        for mark in self.marks:
            if mark.start <= start + 1 < mark.end and mark.start >= start - 1:
                behind = self.text[mark.end :]
                title = _bare(self.text[mark.start : mark.end])
                closed = not behind.strip() or re.match(r"\s*[.,?!\[(:]", behind) or title.endswith(("?", "!"))
                if closed and not re.match(r"\s*,?\s*\d|,\s*[Vv]ol", behind) and _is_phrase(title):
                    return _Parts(title, None, behind.lstrip(" .,;:"))
        return None

    def _venue_marked_behind(self, start: int) -> _Parts | None:
        """A title that ends where type in italics begins: the name of a journal, or of proceedings after ``In``."""
        for mark in self.marks:
            if mark.kind != "emphasis" or mark.start <= start + 3:
                continue
            title = self.text[start : mark.start]
            inside = re.search(r"[.,?!:;]\s+[Ii]n:?\s+(?:.{0,200}\(?[Ee]ds?\.?\)?,?\s+)?$", title)
            title = title[: inside.start() + 1] if inside else title
            if not re.search(r"[.,?!][”\"’]?\s*$", title) or len(list(_ends(title.rstrip()))) > 1:
                return None
            venue = _bare(self.text[mark.start : mark.end])
            if re.fullmatch(r"[\W\d]+|et al", venue) or len(venue) < 2:
                continue
            return _Parts(_bare(title), None, self.text[mark.start :], venue=_without_numbers(venue))
        return None

    def _sentence_at(self, start: int) -> _Parts | None:
        text = self.text[start:].strip()
        if _has_volume(text):
            return None  # a venue with no title before it
        for stop in _ends(text):
            title, rest = text[: stop.end("stop")], text[stop.end() :]
            if _ABBREVIATED.search(title):
                break  # a journal's name behind a comma
            if not rest:
                if _stands_alone(title):
                    return _Parts(_bare(title), None, rest)
            elif _is_venue(rest) or _is_short_venue(rest, title):
                return _Parts(_bare(title), None, rest)
            elif stop["stop"] == ".":
                return None  # neither a venue nor certainly more of the title
        return self._before_comma(text)

    @staticmethod
    def _before_comma(text: str) -> _Parts | None:
        """A title that ends in a comma, where only one of its commas has a venue behind it."""
        found = []
        for comma in list(re.finditer(r",\s+", text[:600]))[:12]:
            rest = re.sub(r"^[Ii]n:?\s+", "", text[comma.end() :])
            if re.match(r"arXiv:\d", rest):
                break
            if _NAMED_VENUE.match(rest) or (rest[:1].isupper() and _has_volume(rest)):
                found.append(_Parts(_bare(text[: comma.start()]), None, rest))
        return found[0] if len(found) == 1 or (found and _NAMED_VENUE.match(found[0].rest)) else None


_ABBREVIATED = re.compile(r",\s[A-Z]\w{0,7}\.$")


_LOWER = re.compile(r"(?<![\w.'’-])[a-zß-öø-ÿ]{2,}(?![\w'’])")
_IN_NAMES = NAME_PARTICLES | {"and", "und", "et", "al", "others"}


def _ends(text: str) -> Iterator[re.Match[str]]:
    """Where a title may end: at the end of a sentence, abbreviations and initials aside."""
    return (stop for stop in _SENTENCE_END.finditer(text, 0, 1_000) if _may_end(text, stop))


def _may_end(text: str, stop: re.Match[str]) -> bool:
    before = text[: stop.start()].rpartition(" ")[2].strip('(["“').casefold()
    behind = text[stop.end() :]
    if stop["stop"] != "." or not behind:
        return not behind or not behind[:1].islower()
    if before in NOT_A_TITLE_END or len(before) < 2:
        return False
    return not behind[:1].islower() or PREPRINT.match(behind) is not None


def _ends_in_initial(text: str) -> bool:
    return re.search(r"(?:^|[\s.,-])[^\W\d_a-z][a-z]?$", text) is not None


def _without_date(text: str) -> tuple[str, str | None]:
    """A text without the date that ends it."""
    match = _DATE_BEHIND.search(text[-80:])
    if not match or not (match["year"] or match[0].strip(" .,:")):
        return text, None
    ended = text[: len(text) - len(match[0])]
    return ended + "." if _ends_in_initial(ended) else ended, match["year"]


def _bare(text: str) -> str:
    """Without the quotes around it and the full stop behind it."""
    text = text.strip(" \n,;:")
    for opening, closing in ("“”", '""', "‘’", "«»", "„“"):
        if (
            text.startswith(opening)
            and text.endswith((closing, f"{closing}.", f"{closing},"))
            and text.count(opening) < 3
        ):
            text = text[1:].rstrip(".,")[:-1].strip(" ,;:")
    text = text.strip(" ,;:")
    return text[:-1].rstrip() if text.endswith(".") and not text.endswith("..") else text


# ---- what is looked over once more


def _is_phrase(text: str) -> bool:
    """Whether it may be a title that a link or type sets apart: several words, no names, no label, no venue."""
    words = text.split()
    if len(words) < 2 or is_label(text) or author_list(text):
        return False
    return VENUE_START.match(text) is None and re.search(r"[^\W\d_]{3}", text) is not None


def _is_sound(parts: _Parts, identified: bool) -> bool:
    title = parts.title
    words = title.split()
    if not 3 <= len(title) <= 400 or not re.search(r"[^\W\d_]{2}", title):
        return False
    if not parts.people and not identified:
        return False
    if title[0] in "[(" or "://" in title or VENUE_WITHIN.search(title):
        return False
    if VENUE_START.match(title) or BARE_VOLUME.fullmatch(title):
        return False
    if words[0].casefold() in ("and", "&", "et", "with", "eds", "ed.") or words[-1].casefold() in ("and", "&", "by"):
        return False
    if any(title.count(opening) != title.count(closing) for opening, closing in ("()", "[]", "“”")):
        return False
    if title.count('"') % 2 or re.search(r"\bet al\b|\((?:1[6-9]|20)\d\d\)", title):
        return False
    names = author_list(re.sub(r"\s\d+$", "", title))
    return not (names and (names.grade >= Grade.LIST or re.search(r"\d", title) or not parts.people)) and (
        not _holds_another(parts)
    )


def _holds_another(parts: _Parts) -> bool:
    """Whether names stand where they would if the title were another text, or another reference follows."""
    if _SECOND_REFERENCE.search(parts.rest[:3_000]) or len(parts.rest) > 2_000:
        return True
    if _NAMES_WITHIN.search(parts.title):
        return True
    stop = next(_ends(parts.rest[:400]), None)
    first = parts.rest[: stop.start()] if stop else parts.rest[:400]
    names = author_list(first) if "," in first or " and " in first else None
    return names is not None and names.grade is Grade.SURE and len(names.names) > 1


_NAMES_WITHIN = re.compile(
    r"(?:^|,\s)(?:[^\W\d_a-z]\.\s?){1,3}[^\W\d_a-z][\w’'-]+,\s(?:and\s)?(?:[^\W\d_a-z]\.\s?){1,3}"
    r"|^[^\W\d_a-z][\w’'-]+(?:,\s[^\W\d_a-z]\.|\s(?:[^\W\d_a-z]\.){1,3},)"
)
_SECOND_REFERENCE = re.compile(
    r"[.)\]]\s(?:\[?\d{1,3}[\].]\s)?"
    r"(?:[^\W\d_a-z][\w'’-]+,\s(?:[^\W\d_a-z]\.[\s-]?){1,3},?\s?(?:&\s|and\s|et al\.\s)?){1,20}\(?(?:19|20)\d\d"
)


_NAMED_VENUE = re.compile(rf"(?!In\b){VENUE_START.pattern}")
_IDENTIFIED = re.compile(rf"(?i)doi\b|10\.\d{{4}}|https?://|{STATUS}")
_NAMED_BEHIND = re.compile(r"[^.,;:]{2,80}\b(?:Journal|Letters|Review|Reviews|Transactions|Proceedings)\b")


def _is_venue(rest: str) -> bool:
    """Whether a text begins with a venue, and none of its later sentences has a better claim to be it."""
    rest = rest.lstrip('“"(*_ ')
    if _IDENTIFIED.match(rest) or PUBLISHER.match(rest) or _has_volume(rest):
        return True
    if not (VENUE_START.match(rest) or _NAMED_BEHIND.match(rest)):
        return False
    if re.match(r"In:\s|In\s.{3,300}\([Ee]ds?\.\)", rest):
        return True
    stop = next(_ends(rest), None)
    if stop is None or VENUE_WORD.search(rest[: stop.start()]) or PREPRINT.match(rest):
        return True
    behind = rest[stop.end() :]
    return not (_NAMED_VENUE.match(behind) or _has_volume(behind))


def _has_volume(rest: str) -> bool:
    """Whether a name and its volume or year stand there, and no sentence ends within the name but at abbreviations."""
    match = BARE_VOLUME.match(rest[:200])
    if not match:
        return False
    *abbreviated, _ = re.split(r"[.?!]\s", re.sub(r"\W*\d.*$", "", match[0], flags=re.DOTALL) + " ")
    return all(re.fullmatch(r"\w{1,10}", word) for word in abbreviated)


def _is_short_venue(rest: str, title: str) -> bool:
    """``Cognition.`` behind a title that is no row of capitals: a name of up to three words in capitals."""
    words = rest.rstrip(". ").split()
    capitals = all(word[:1].isupper() or word in JOINING_WORDS for word in words)
    lower = [word for word in title.split()[1:] if word[:1].islower() and word not in JOINING_WORDS]
    return 1 <= len(words) <= 3 and capitals and "." not in rest.rstrip(". ") and len(lower) >= 2


def _stands_alone(title: str) -> bool:
    """Whether a text up to the end of a reference is a title alone, with no venue behind a comma."""
    text = title.rstrip(".")
    return not (re.search(r",\s[^,]*\d|\b(?:19|20)\d\d\b", text) or VENUE_WORD.search(text) or re.search(r"\.\s", text))


# ---- what stands behind the title


def _venue(rest: str) -> str | None:
    """The name of the journal or of the proceedings, without volume, pages and place."""
    text = re.sub(r"^(?:[Ii]n:?|[Pp]ublished in|[Aa]ppeared in)\s+", "", rest.strip(' .,;:(["“'))
    if re.match(r"(?:[A-Z]\.|[A-Z]\w+,? [A-Z]\.)", text):
        text = EDITORS.sub("", text)
    text = _without_numbers(text)
    if not PROCEEDINGS.search(text):
        text = re.sub(r"^(?:19|20)\d\d\W+", "", text)
    stop = next(_ends(text), None)
    text = text[: stop.start()] if stop else text
    text = text.strip(' .,;:()[]"“”*_')
    if (
        not 2 <= len(text) <= 250
        or not re.search(r"[^\W\d_]{2}", text)
        or "://" in text
        or doi_id(text)
        or "…" in text
        or "..." in text
    ):
        return None
    return None if re.fullmatch(rf"(?i)(?:{STATUS}|doi|pp?|pages)\W*", text) else text


def _without_numbers(text: str) -> str:
    end = VENUE_END.search(text, 2)
    return (text[: end.start()] if end else text).strip(" .,;:")


def _year(rest: str) -> str | None:
    """The year of publication: in brackets, else the last that is none of a range, a link or an identifier."""
    text = re.sub(r"\S*(?:://|10\.\d{4,}/|arXiv:)\S*", " ", rest)
    bracketed = re.findall(r"[(\[]\s?(?:[A-Z][a-z]+\.?\s)?((?:1[6-9]|20)\d\d)\s?[)\]]", text)
    years = bracketed or [match[0][:4] for match in _ANY_YEAR.finditer(re.sub(r"\bpp?\.?\s?[\d–—-]+", " ", text))]
    return years[-1] if years else None


def _kind(rest: str) -> str | None:
    """BibTeX's word for what it is, where the text behind the title says so."""
    if THESIS.search(rest):
        return "phdthesis"
    if MASTERS_THESIS.search(rest):
        return "mastersthesis"
    if REPORT.search(rest):
        return "techreport"
    if PROCEEDINGS.search(rest):
        return "inproceedings"
    if PREPRINT.search(rest):
        return "preprint"
    return "article" if VENUE_WORD.search(rest) or re.search(r"\d\s?\(\d|\bvol\b", rest) else None
