"""Names of persons: what a written name is, and which spellings may be one person's."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from assistant.papers import NAME_SUFFIXES

_OWN_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "ı": "i"}
)
"""Letters that Unicode takes for letters of their own, not for letters with a mark."""
_HYPHENS = re.compile(r"[-‐‑‒–]")
_INITIALS = re.compile(r"[A-Z]{1,2}")
_SUFFIXES = frozenset(suffix.replace(".", "") for suffix in NAME_SUFFIXES)
_LEAST_LIKENESS = 70

Word = tuple[str, ...]
"""A word of a name as its hyphenated parts, folded: ``("marie", "anne")``."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A written name: the last word of the family name, and the words before it."""

    family: str
    given: tuple[Word, ...]

    @property
    def joined(self) -> str:
        return "".join("".join(word) for word in self.given) + self.family

    @property
    def initial(self) -> str:
        return self.given[0][0][0] if self.given else ""

    @property
    def fullness(self) -> tuple[int, int]:
        return sum(len(part) for word in self.given for part in word), len(self.given)


@lru_cache(maxsize=65_536)
def _fold(word: str) -> str:
    """Letters and digits in lower case without their marks; other scripts keep their letters."""
    plain = unicodedata.normalize("NFKD", word.translate(_OWN_LETTERS))
    return "".join(c for c in plain if c.isalnum()).casefold()


def _in_order(written: str) -> str:
    """``Ada Lovelace`` for ``Lovelace, Ada``."""
    family, *rest = [" ".join(part.split()) for part in written.split(",")]
    given = next((part for part in rest if part and _fold(part) not in _SUFFIXES), "")
    return f"{given} {family}".strip()


@lru_cache(maxsize=65_536)
def _parse(written: str) -> _Name:
    ordered = _in_order(written)
    words = re.sub(r"\.(?=\w)", ". ", ordered).split()
    words = [word for word in words if _fold(word) not in _SUFFIXES] or words
    if not ordered.isupper():
        if len(words) > 1 and _INITIALS.fullmatch(words[-1]):  # "Curie MS", as medical databases write it
            words = [words[-1], *words[:-1]]
        words = [part for word in words for part in (word if _INITIALS.fullmatch(word) else (word,))]
    parts = [tuple(filter(None, map(_fold, _HYPHENS.split(word)))) for word in words]
    parts = [word for word in parts if word] or [(written.casefold(),)]
    *given, last = parts
    return _Name(last[-1], (*given, *((part,) for part in last[:-1])))


def same_name(a: str, b: str) -> bool:
    """Whether two spellings can be one person's name.

    Marks, case, hyphens and the order around a comma do not count; an initial stands for any name that begins so, and a
    middle name may be missing.
    """
    return _agree(_parse(a), _parse(b))


def _agree(a: _Name, b: _Name) -> bool:
    if a.joined == b.joined:
        return True
    if a.family != b.family or not a.given or not b.given or not _same_word(a.given[0], b.given[0]):
        return False
    shorter, longer = sorted((a.given[1:], b.given[1:]), key=len)
    rest = iter(longer)
    return all(any(_same_word(word, other) for other in rest) for word in shorter)


def _same_word(a: Word, b: Word) -> bool:
    if "".join(a) == "".join(b):
        return True
    initials = all(len(part) == 1 for part in a) or all(len(part) == 1 for part in b)
    return (initials or len(a) == len(b)) and all(
        x == y or (min(len(x), len(y)) == 1 and x[0] == y[0]) for x, y in zip(a, b, strict=False)
    )


@dataclass(slots=True)
class _Known:
    """A person as the bylines have them: every spelling, and the bylines that it stands in."""

    forms: list[_Name] = field(default_factory=list)
    spellings: Counter[str] = field(default_factory=Counter)
    bylines: set[int] = field(default_factory=set)

    @property
    def shown(self) -> str:
        """The fullest spelling; of several such, the one with its accents, then the most frequent."""

        def rank(spelling: str) -> tuple[tuple[int, int], bool, int, int, str]:
            marks = sum(not c.isascii() for c in spelling)
            return _parse(spelling).fullness, not spelling.isupper(), marks, self.spellings[spelling], spelling

        return _in_order(max(self.spellings, key=rank))


class KnownNames:
    """The people of some author lists, by any spelling of their names.

    An abbreviated name belongs to a fuller one only where a single one fits, and never to one that stands in the same
    list: two authors of a paper are two people.
    """

    def __init__(self, bylines: Iterable[Sequence[str]]) -> None:
        forms: defaultdict[str, _Known] = defaultdict(_Known)
        for number, byline in enumerate(bylines):
            for written in filter(_fold, byline):
                form = forms[_parse(written).joined]
                form.spellings[written] += 1
                form.bylines.add(number)
        self._shown: dict[str, str] = {}
        self._families: defaultdict[str, list[_Known]] = defaultdict(list)
        for joined, person in self._people(forms):
            self._shown[joined] = person.shown
        self._all = frozenset(self._shown.values())

    def _people(self, forms: Mapping[str, _Known]) -> list[tuple[str, _Known]]:
        blocks: defaultdict[tuple[str, str], list[_Known]] = defaultdict(list)
        placed: list[tuple[str, _Known]] = []
        parsed = {joined: max(map(_parse, form.spellings), key=_most_parts) for joined, form in forms.items()}
        for joined in sorted(forms, key=lambda joined: (parsed[joined].fullness, joined), reverse=True):
            name, form = parsed[joined], forms[joined]
            block = blocks[name.family, name.initial]
            fits = [
                person
                for person in block
                if all(_agree(name, other) for other in person.forms) and person.bylines.isdisjoint(form.bylines)
            ]
            if len(fits) == 1:
                person = fits[0]
            else:
                person = _Known()
                block.append(person)
                self._families[name.family].append(person)
            person.forms.append(name)
            person.spellings += form.spellings
            person.bylines |= form.bylines
            placed.append((joined, person))
        return placed

    def resolve(self, written: str) -> str | None:
        """The known person's fullest spelling; None where nobody, or more than one person, is meant."""
        name = _parse(written)
        if name.joined in self._shown:
            return self._shown[name.joined]
        family = self._families.get(name.family, [])
        fits = [person for person in family if not name.given or all(_agree(name, form) for form in person.forms)]
        return fits[0].shown if len(fits) == 1 else None

    def nearest(self, written: str, limit: int = 3) -> tuple[str, ...]:
        """Known names that are written alike, the likest first."""
        name = _parse(written)
        likeness = {shown: _likeness(name, _parse(shown)) for shown in self._all}
        near = sorted((-score, shown) for shown, score in likeness.items() if score >= _LEAST_LIKENESS)
        return tuple(shown for _, shown in near[:limit])


def _likeness(a: _Name, b: _Name) -> float:
    """In [0, 100]. A family name tells more than the names before it, which are often cut or left out."""
    from rapidfuzz import fuzz

    if not a.given:
        return max(fuzz.ratio(a.family, b.family), fuzz.ratio(a.family, b.joined))
    family = fuzz.ratio(a.family, b.family)
    before = 100 if b.given and _same_word(a.given[0], b.given[0]) else fuzz.ratio(*(n.joined for n in (a, b)))
    swapped = fuzz.ratio(a.family + "".join(a.given[0]), b.joined)
    return max(0.6 * family + 0.4 * before, swapped)


def _most_parts(name: _Name) -> tuple[int, tuple[Word, ...]]:
    return sum(map(len, name.given)), name.given
