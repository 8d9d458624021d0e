"""A list of authors as references write it: who stands in it, and how surely it is a list of authors at all.

The orders that the usual styles have: ``Family, I., & Family, I.`` (APA, Nature, LNCS), ``I. Family and I. Family``
(IEEE), ``Given Family and Given Family`` (ACL, ACM), ``Family, Given, and Given Family`` (Chicago, MLA), ``Family II``
(Vancouver), and names parted by semicolons.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from assistant.papers import NAME_PARTICLES, NAME_SUFFIXES, Author
from assistant.sources.entries import in_reading_order
from assistant.sources.references_english import NO_NAME_BEGINS, NOUN_ENDINGS
from assistant.words import folded


class Grade(IntEnum):
    """How surely a text is a list of authors."""

    WEAK = 1
    """One name, or words with capitals that may be a title."""
    LIST = 2
    """Several names in full, which a title of capitals could look like."""
    SURE = 3
    """Initials, or family names before given ones, show it."""


@dataclass(frozen=True, slots=True)
class People:
    """The authors as they are written, and whether these are all."""

    names: tuple[str, ...]
    complete: bool
    grade: Grade
    ends_in_initials: bool = False
    """Whether the last name has initials, so that nothing behind a comma can be taken for one more."""
    is_even: bool = True
    """Whether the last name is written as those before it."""

    @property
    def families(self) -> frozenset[str]:
        return frozenset(folded(Author(in_reading_order(name)).family) for name in self.names)


_U = r"[^\W\d_a-zß-öø-ÿ]"  # a letter that is not in lower case, as far as Latin-1 tells them apart
_INITIALS = re.compile(rf"(?:{_U}[a-z]{{0,2}}\.[\s-]?){{1,5}}|{_U}(?:[\s-]?{_U}){{0,2}}")
_DOTTED = re.compile(rf"(?:{_U}[a-z]{{0,2}}\.-?)+")
_CAPITAL = re.compile(rf"(?:(?:[dDlLO]|[aA]l|[eE]l)['’‘-])?{_U}[\w'’‘ʼ‐-]*")
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3·]{2,8}")
_ET_AL = re.compile(r"[,;]?\s*(?:\b(?:and|&)\s+)?(?:\bet\.?\sal\b\.?|\band\sothers\b|…|\.\.\.)[\s.,;]*$", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*,\s*(?:(?:and|&|und|et|y)\s+)?|\s+(?:and|&|und|et|y)\s+")
_NOTES = re.compile(r"[*†‡§¶#∗⋆✉¹²³⁰-⁹]+|(?<=[a-zß-öø-ÿ])\d(?:,\d)*(?!\w)")
_MAX_LENGTH = 20_000
_SUFFIXES = NAME_SUFFIXES - {"md", "phd", "ph.d", "m.d"}


def author_list(text: str) -> People | None:
    """The authors that a text lists, all of it; None where it is something else."""
    text = _NOTES.sub("", text).strip(" \t\n,;:")
    if not text or len(text) > _MAX_LENGTH:
        return None
    listed = _ET_AL.sub("", text).strip(" ,;:")
    complete = listed == text
    if listed.endswith(".") and not _ends_in_initial(listed):
        listed = listed[:-1]
    found = _by_semicolons(listed) if ";" in listed else _by_commas(_with_suffixes(_BETWEEN.split(listed)))
    if found is None or not found.names:
        return None
    grade = Grade.SURE if not complete and found.grade is Grade.LIST else found.grade
    return replace(found, complete=complete, grade=grade)


def split_names(text: str) -> list[str]:
    """The names of one string where a list should be, parted by semicolons or ``and``; commas may be a name's own."""
    return [name for part in re.split(r";|\s+and\s+", text) if (name := part.strip(" ,"))]


def _ends_in_initial(text: str) -> bool:
    return re.search(rf"(?:^|[\s.,-]){_U}[a-z]?\.$", text) is not None or text[:-1].rpartition(" ")[2].casefold() in (
        _SUFFIXES
    )


def _with_suffixes(pieces: Sequence[str]) -> list[str]:
    names: list[str] = []
    for piece in (piece.strip() for piece in pieces):
        if names and piece.casefold().rstrip(".") in _SUFFIXES:
            names[-1] += f" {piece}"
        else:
            names.append(piece)
    return names


def _by_semicolons(listed: str) -> People | None:
    names = [re.sub(r"^(?:and|&)\s+", "", part.strip()) for part in listed.split(";") if part.strip()]
    shown = [name.partition(",")[::2] for name in names]
    inverted = [bool(given) and _is_family(family) and _is_given(given.strip()) for family, given in shown]
    if not all(is_inverted or _is_full(name) for is_inverted, name in zip(inverted, names, strict=True)):
        return None
    sure = any(inverted) or any(_has_initial(name) for name in names)
    return People(tuple(names), True, Grade.SURE if sure else Grade.LIST)


def _by_commas(pieces: Sequence[str]) -> People | None:
    firsts = [piece.partition(" ")[0] for piece in pieces]
    if not all(pieces) or any(len(first) > 1 and first.casefold() in NO_NAME_BEGINS for first in firsts):
        return None
    return _straight(pieces) or _family_first(pieces) or _inverted(pieces) or _first_inverted(pieces)


def _straight(pieces: Sequence[str]) -> People | None:
    """``M. Curie, Lise Meyer``."""
    if not all(_is_full(piece) for piece in pieces):
        return None
    initials = [_has_initial(piece) for piece in pieces]
    if any(initials):
        grade = Grade.SURE if len(pieces) > 1 or _DOTTED.match(pieces[0]) or "." in pieces[0] else Grade.WEAK
    else:
        grade = Grade.LIST if len(pieces) > 1 and not any(_holds_noun(piece) for piece in pieces) else Grade.WEAK
    return People(tuple(pieces), True, grade, initials[-1], initials[-1] or not all(initials[:-1]) or len(pieces) == 1)


def _family_first(pieces: Sequence[str]) -> People | None:
    """``Curie M, Meyer LS``."""
    shown = [piece.rpartition(" ") for piece in pieces]
    if not all(
        _is_family(family) and re.fullmatch(rf"{_U}{{1,3}}|(?:{_U}\.){{1,3}}", last) for family, _, last in shown
    ):
        return None
    names = tuple(f"{family}, {last}" for family, _, last in shown)
    return People(names, True, Grade.SURE if len(names) > 1 else Grade.WEAK, True)


def _inverted(pieces: Sequence[str]) -> People | None:
    """``Curie, M., Meyer, L.``, where names behind the first may stand straight: ``Curie, M., and L. Meyer``."""
    names, index = [], 0
    while index < len(pieces):
        if index + 1 < len(pieces) and _is_family(pieces[index]) and _is_initials(pieces[index + 1]):
            names.append(f"{pieces[index]}, {pieces[index + 1]}")
            index += 2
        elif names and _is_full(pieces[index]) and _has_initial(pieces[index]):
            names.append(pieces[index])
            index += 1
        else:
            return None
    return People(tuple(names), True, Grade.SURE, True)


def _first_inverted(pieces: Sequence[str]) -> People | None:
    """``Curie, Marie, and Lise Meyer``, or every name so: ``Curie, Marie and Meyer, Lise``."""
    if len(pieces) < 2 or any(_holds_noun(piece) for piece in pieces):
        return None
    pairs = list(zip(pieces[::2], pieces[1::2], strict=False))
    if len(pieces) % 2 == 0 and all(_is_family(family) and _is_given(given) for family, given in pairs):
        single = all(" " not in piece for piece in pieces[2:]) or all(_has_initial(given) for _, given in pairs)
        if len(pieces) == 2 or single:
            names = tuple(f"{family}, {given}" for family, given in pairs)
            return People(names, True, Grade.SURE if _has_initial(pieces[1]) else Grade.LIST)
    if _is_family(pieces[0]) and _is_given(pieces[1]) and all(_is_full(piece) for piece in pieces[2:]):
        sure = any(_has_initial(piece) for piece in pieces[1:])
        names = (f"{pieces[0]}, {pieces[1]}", *pieces[2:])
        return People(names, True, Grade.SURE if sure else Grade.LIST)
    return None


def _is_initials(piece: str) -> bool:
    words = piece.split()
    while len(words) > 1 and (words[-1] in NAME_PARTICLES or words[-1].casefold().rstrip(".") in _SUFFIXES):
        words.pop()
    return _INITIALS.fullmatch(" ".join(words)) is not None


def _is_family(piece: str) -> bool:
    words = piece.split()
    if not 1 <= len(words) <= 4 or len(piece) > 60:
        return False
    if not piece.isupper() and any(_is_initials(word) for word in words):
        return False
    return all(word in NAME_PARTICLES or _CAPITAL.fullmatch(word) for word in words) and any(
        len(word) > 1 and word not in NAME_PARTICLES for word in words
    )


def _is_given(piece: str) -> bool:
    words = piece.split()
    return 1 <= len(words) <= 4 and all(
        _CAPITAL.fullmatch(w) or _DOTTED.fullmatch(w) or w in NAME_PARTICLES or w.casefold().rstrip(".") in _SUFFIXES
        for w in words
    )


def _is_full(piece: str) -> bool:
    """Whether it is a given name or initials with a family name, or a name in ideographs."""
    words = piece.split()
    while len(words) > 2 and words[-1].casefold().rstrip(".") in _SUFFIXES:
        words.pop()
    if len(words) == 1:
        return _IDEOGRAPHS.fullmatch(piece) is not None
    if not 2 <= len(words) <= 6 or len(piece) > 80 or words[0] in NAME_PARTICLES:
        return False
    if not all(word in NAME_PARTICLES or _CAPITAL.fullmatch(word) or _DOTTED.fullmatch(word) for word in words):
        return False
    return _CAPITAL.fullmatch(words[-1]) is not None and len(words[-1]) > 1 and not _is_capitals(words)


def _is_capitals(words: Sequence[str]) -> bool:
    """Whether it ends in an acronym, as titles may and names do not, but those in capitals throughout."""
    return len(words[-1]) < 4 and words[-1].isupper() and words[-1].isascii() and not words[0].isupper()


def _has_initial(piece: str) -> bool:
    return " " in piece and any(_DOTTED.fullmatch(w) or re.fullmatch(rf"{_U}{{1,2}}", w) for w in piece.split())


def _holds_noun(piece: str) -> bool:
    return any(len(word) > 4 and word.casefold().endswith(NOUN_ENDINGS) for word in piece.split()[-2:])
