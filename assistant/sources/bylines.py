"""The line with a paper's authors: whether a line is one, and who and what stands in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from assistant.papers import NAME_PARTICLES, NAME_SUFFIXES, Author


class Grade(IntEnum):
    """How much a line looks like authors."""

    NO = 0
    ONE_NAME = 1
    """It could be a name, or two words of a title."""
    LIST = 2
    MARKED = 3
    """It ends in "et al.", has an affiliation, or names the author of the page."""


@dataclass(frozen=True, slots=True)
class Byline:
    authors: tuple[Author, ...] = ()
    complete: bool = False
    """False where the list ends in "et al.", and where there is no list."""
    affiliation: str | None = None


# "Gal·la" has its dot inside the word: one that parts has a blank on a side.
_DOT = re.compile(r"(?<=[.)])[·•∙]|\s[·•∙‧|]\s?|(?<=\S)[·•∙]\s")
_ET_AL = re.compile(
    r"[,;]?\s?(?:\bet\.?\sal\b|\band\sothers\b|(?:\band\s|\+\s?)\d+\s(?:more|others)\b|\+\d+|…|\.\.\.)[\s.,;]*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s?[,，、]\s?(?:(?:and|&)\s)?|\s(?:and|&)\s")
_ORGANISATION = re.compile(
    r"\b(?:Collaborations?|Consortium|Team|Group|Project|Initiative|Network|Investigators|Society|Committee|Labs?)\b"
)
# What headings of abstracts and notes are made of.
# fmt: off
_NO_NAMES = frozenset([
    "abstract", "aim", "aims", "appendix", "award", "background", "conclusion", "conclusions", "design",
    "discussion", "draft", "findings", "importance", "interpretation", "introduction", "keywords", "methods",
    "method", "motivation", "objective", "objectives", "paper", "preprint", "purpose", "report", "result",
    "results", "setting", "significance", "study", "summary", "survey", "technical", "thesis", "trial", "tutorial",
    "workshop",
])
# fmt: on
_PARTICLE_PREFIX = re.compile(r"(?:d|l|al|el|ibn|ul|bint?)['’-]\w", re.IGNORECASE)
_INITIALS = re.compile(r"(?:\w{1,3}\.-?)+|\w{1,4}\.")
_LONG_HAN = re.compile(r"[\u3400-\u9fff\uac00-\ud7a3]{7}|。")  # a clause of a script without blanks, no name
_MAX_WORDS = 8
_MAX_LENGTH = 100_000  # the largest collaborations have some 5,000 authors


def parse(line: str) -> Byline:
    """Read a line of authors; an empty one gives no author."""
    names, affiliation = _without_affiliation(line)
    listed = _ET_AL.sub("", names)
    authors = tuple(Author(name) for name in _names(listed))
    return Byline(authors, bool(authors) and listed == names, affiliation)


def grade(line: str, author: str | None = None) -> Grade:
    """How much a line looks like authors; ``author`` is whose page it stands on."""
    if not line or len(line) > _MAX_LENGTH:
        return Grade.NO
    names, affiliation = _without_affiliation(line)
    listed = _ET_AL.sub("", names)
    parts = _names(listed)
    cut = listed != names
    proper = [_is_name(part) for part in parts]
    if not any(proper) or not all(
        is_name or (cut and _is_lower_name(p)) for p, is_name in zip(parts, proper, strict=True)
    ):
        return Grade.NO
    if affiliation or cut or (author and author.casefold() in (part.casefold() for part in parts)):
        return Grade.MARKED
    if len(parts) > 1 and any(" " in part or not part.isascii() for part in parts):
        return Grade.LIST
    return Grade.ONE_NAME if len(parts) > 1 or _is_one_name(parts[0]) else Grade.NO


def goes_on(line: str, following: str) -> bool:
    """Whether a list of authors that was cut into lines goes on: it ends in a comma, or the next begins with a mark."""
    if re.search(r"(?:[,;&·]|\band)$", line):
        return True
    return re.match(r"(?:et\.? al\b|and \d+ (?:more|others)|·)", following) is not None


def _without_affiliation(line: str) -> tuple[str, str | None]:
    parts = _DOT.split(line, maxsplit=1)
    return parts[0], (parts[1].strip() or None) if len(parts) > 1 else None


def _names(listed: str) -> list[str]:
    if ";" in listed:  # "Doe, Jane; Roe, Richard"
        return [part.strip() for part in listed.split(";") if part.strip(" ,")]
    names: list[str] = []
    for part in _BETWEEN.split(listed):
        if names and part.casefold().rstrip(".") in NAME_SUFFIXES:
            names[-1] += f" {part}"
        elif part.strip():
            names.append(part.strip())
    return names


def _is_name(part: str) -> bool:
    words = part.split()
    organised = _ORGANISATION.search(part) is not None
    if len(words) > _MAX_WORDS or len(part) > 100 or re.search(r"[!?:/\\\"=<>{}@#%$]", part):
        return False
    if (re.search(r"\d", part) and not organised) or _LONG_HAN.search(part):
        return False
    if all(word.casefold() in _NO_NAMES for word in words):
        return False
    return all(_is_name_word(word, organised) for word in words)


def _is_name_word(word: str, organised: bool) -> bool:
    bare = word.strip("()'’,")
    if word.endswith(".") and not _INITIALS.fullmatch(bare):
        return False  # the end of a sentence
    lower = bare.casefold().rstrip(".")
    if (
        not bare[:1].islower()
        or word.casefold() in NAME_PARTICLES
        or lower in NAME_PARTICLES
        or _PARTICLE_PREFIX.match(bare)
    ):
        return True
    return organised and lower in ("the", "of", "for", "on", "in")


def _is_lower_name(part: str) -> bool:
    """Whether it may be a name that its bearer writes in lower case, in a list that says that it is one."""
    return re.fullmatch(r"[^\W\d_]+ [^\W\d_]+", part) is not None


def _is_one_name(name: str) -> bool:
    if name.endswith((".", ",")) and not name.casefold().rstrip(".").endswith(tuple(NAME_SUFFIXES)):
        return False
    return len(name.split()) <= (_MAX_WORDS if _ORGANISATION.search(name) else 4)
