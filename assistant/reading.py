"""What an answerer sees of a paper: its sentences with their terms and quantities, read once and kept."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.library import Library
from assistant.papers import AUTHORS, LINK, LISTING, REFERENCES, Paper
from assistant.words import numbers, stem, tokens


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a paper: ``paper.text[start:end]``, its place in the store, its terms."""

    place: int
    section: str
    start: int
    end: int
    text: str
    stems: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    """Terms that stand beside each other."""
    words: int
    has_link: bool

    def quantities(self) -> list[tuple[int, int]]:
        """Where it holds numbers, links left aside."""
        return numbers(LINK.sub(lambda match: "x" * len(match[0]), self.text))


@dataclass(frozen=True, slots=True)
class Reading:
    """One paper, read."""

    paper: Paper
    sentences: tuple[Sentence, ...]
    stems: frozenset[str]
    """Terms of its title and of its prose."""


class Readings:
    """Readings of one library's papers, and how many papers hold a term."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._read: dict[str, Reading] = {}
        self._spread: Counter[str] | None = None
        self._pairs: Counter[tuple[str, str]] | None = None

    def of(self, key: str) -> Reading:
        if key not in self._read:
            self._read[key] = _read(self._library, key)
        return self._read[key]

    def rarity(self, term: str) -> float:
        """Inverse document frequency of a stem, in (0, 1]: 1 where no paper holds it."""
        count = len(self._library)
        return math.log((count + 1) / (self._counted()[term] + 0.5)) / math.log((count + 1) / 0.5)

    def stems(self) -> Iterable[str]:
        """Every stem of the library's titles and prose."""
        return self._counted()

    def pairs(self) -> Counter[tuple[str, str]]:
        """How many papers hold two terms beside each other."""
        if self._pairs is None:
            readings = (self.of(key) for key in self._library.papers)
            self._pairs = Counter(
                pair for reading in readings for pair in {pair for row in reading.sentences for pair in row.pairs}
            )
        return self._pairs

    def _counted(self) -> Counter[str]:
        if self._spread is None:
            self._spread = Counter(t for paper in self._library.papers.values() for t in _stems(_prose(paper)))
        return self._spread


def _prose(paper: Paper) -> str:
    return "\n".join(
        paper.text[s.start : s.end] for s in paper.sections if s.name not in (LISTING, AUTHORS, REFERENCES)
    )


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in tokens(text))


def _read(library: Library, key: str) -> Reading:
    paper = library.papers[key]
    sentences = []
    place = 0
    for passage in library.passages(key):
        for start, end in passage.sentences:
            text = paper.text[start:end]
            words = tokens(text)
            terms = [stem(word) for word in words]
            pairs = frozenset(itertools.pairwise(terms))
            link = bool(LINK.search(text))
            sentences.append(
                Sentence(place, passage.section, start, end, text, frozenset(terms), pairs, len(words), link)
            )
            place += 1
    return Reading(paper, tuple(sentences), _stems(_prose(paper)))
