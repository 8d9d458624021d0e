"""Which papers are on a topic: all that a reader would name, not the nearest few.

A topic in words is held against each paper by its terms (in one sentence, or in the title) and by its meaning (cosines
of the title and of the best sentences). A logistic model of these decides paper by paper; its weights were fitted on
lists of four authors in two fields, leaving one out at a time.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.english.general import FUNCTION_WORDS, GENERIC_WORDS
from assistant.kinds_of_paper import Kind, kind_asked, shows_kind
from assistant.papers import Paper
from assistant.planning.conditions import IDLE
from assistant.reading import Reading, Sentence
from assistant.retrieval import Retriever
from assistant.words import rarity, stem, tokens
from vectorstore.embeddings import Vectors
from vectorstore.records import record_id

_INITIALS = re.compile(r"\b([A-Z][A-Za-z]?[A-Z]{1,3})s?\b")
_OR = re.compile(r"\s*(?:,|;|/|\bor\b|\band/or\b)\s*", re.IGNORECASE)
_AND = re.compile(r"\s+(?:and|as well as)\s+", re.IGNORECASE)
_BIAS = -0.61
_TERMS, _FARTHER, _FEWER = 3.69, 8.75, 0.58
_GENERIC = 0.2
"""What words weigh that any paper may hold."""
_ACROSS = 0.85
"""What terms are worth that stand in the paper but not in one sentence."""
_HELD = 0.7
_HALF = 0.6
_STRANGE = 0.33
"""Below this meaning, and without half of the terms, a paper is not on the topic, however far the others are."""
_NEAR, _BESIDE = 0.4, 0.04
IN = 0.6
"""From this probability on a paper is on the topic."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """How surely a paper is on the topic, in [0, 1], and the sentence that shows it; None where the title does.

    ``meaning`` is the cosine of the topic with the title and the nearest sentence, on average.
    """

    paper: Paper
    score: float
    meaning: float
    sentence: Sentence | None


@dataclass(frozen=True, slots=True)
class Features:
    """What decides: terms held at once, cosine of meaning, the best sentence."""

    terms: float
    meaning: float
    sentence: Sentence | None


@dataclass(frozen=True, slots=True)
class _Part:
    """A topic, or one of several that are asked for at once: its terms, each with its forms in the library."""

    terms: tuple[tuple[frozenset[str], float], ...]
    pairs: tuple[tuple[tuple[str, str], float], ...]
    vector: Vectors

    def covered(self, stems: frozenset[str], pairs: frozenset[tuple[str, str]] = frozenset()) -> float:
        """The share of the topic's terms and pairs of terms that are there, each weighed by how much it tells."""
        share = sum(weight for forms, weight in self.terms if forms & stems)
        held = [weight for pair, weight in self.pairs if pair in pairs]
        return max(share, sum(held)) if held else share


class Topical:
    """Holds one library's papers against topics."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever
        text = "\n".join(paper.text for paper in retriever.library.papers.values())
        self._short_forms = frozenset(
            short.lower() for short in _INITIALS.findall(text) if short.lower() not in FUNCTION_WORDS
        )

    def rank(self, topic: str, papers: Sequence[Paper]) -> list[Relevance]:
        """The papers with how surely each is on the topic, surest first."""
        if not papers:
            return []
        readings = [self._retriever.readings.of(paper.key) for paper in papers]
        titles = self._vectors([paper.key for paper in papers])
        ids = [record_id(r.paper.key, "sentence", s.place) for r in readings for s in r.sentences]
        vectors = self._vectors(ids)
        best: dict[str, Relevance] = {}
        for words in split_topic(topic):
            part, kind = self._part(words), kind_asked(words)
            rows, start = [], 0
            for reading, title in zip(readings, titles, strict=True):
                own = vectors[start : start + len(reading.sentences)]
                start += len(own)
                rows.append(features(part, reading, title, own))
            if kind:
                rows = [_of_kind(reading, row, kind) for reading, row in zip(readings, rows, strict=True)]
            scores = [row.terms for row in rows] if kind else judge(rows)
            for reading, row, score in zip(readings, rows, scores, strict=True):
                if reading.paper.key not in best or score > best[reading.paper.key].score:
                    best[reading.paper.key] = Relevance(reading.paper, score, row.meaning, row.sentence)
        return sorted(best.values(), key=lambda row: (-row.score, -row.meaning, row.paper.key))

    def _vectors(self, ids: list[str]) -> Vectors:
        return self._retriever.library.store.vectors(ids)

    def _part(self, words: str) -> _Part:
        said = [word for word in dict.fromkeys(tokens(words)) if len(word) > 1]
        terms = [word for word in said if word not in IDLE] or said
        telling = [word for word in terms if word not in GENERIC_WORDS] or terms
        readings = self._retriever.readings
        held = frozenset(readings.stems())
        forms = {word: self._forms(word, said, held) for word in terms}
        weights = {
            word: (0.5 * readings.rarity(stem(word)) + 0.5 * rarity(word)) ** 2 * (1.0 if word in telling else _GENERIC)
            for word in terms
        }
        total = sum(weights.values()) or 1.0
        vector, _ = self._retriever.embed(words, "")
        return _Part(
            tuple((forms[word], weight / total) for word, weight in weights.items()),
            self._pairs(words, frozenset(terms)),
            vector,
        )

    def _pairs(self, words: str, terms: frozenset[str]) -> tuple[tuple[tuple[str, str], float], ...]:
        """Neighbours in the topic that stand beside each other in few papers, with the share of each."""
        spread = self._retriever.readings.pairs()
        papers = len(self._retriever.library)
        weights = {
            (stem(one), stem(other)): math.log((papers + 1) / spread[stem(one), stem(other)]) / math.log(papers + 1)
            for one, other in itertools.pairwise(tokens(words))
            if one in terms and other in terms and spread[stem(one), stem(other)]
        }
        total = sum(weights.values())
        return tuple((pair, weight / total) for pair, weight in weights.items()) if total else ()

    def _forms(self, word: str, said: Sequence[str], held: frozenset[str]) -> frozenset[str]:
        """The stems by which the library may write a word: inflected, joined with its neighbour, or in initials."""
        own = stem(word)
        joined = {stem(one + other) for one, other in itertools.pairwise(said) if word in (one, other)}
        place = said.index(word)
        runs = [said[first:last] for first in range(place + 1) for last in range(place + 1, len(said) + 1)]
        initials = {"".join(other[0] for other in run) for run in runs if 2 <= len(run) <= 5}
        joined |= {stem(short) for short in initials & self._short_forms}
        alike = {
            other
            for other in held
            if min(len(own), len(other)) >= 6
            and abs(len(own) - len(other)) <= 3
            and (own.startswith(other) or other.startswith(own))
        }
        return frozenset({own, *joined, *alike})


def on_topic(rows: Sequence[Relevance]) -> list[Relevance]:
    """Those of the ranked papers that are on the topic; where none says it, those whose meaning is near, if any is."""
    chosen = [row for row in rows if row.score >= IN]
    if chosen:
        return chosen
    best = max((row.meaning for row in rows), default=0.0)
    return [row for row in rows if row.meaning >= max(_NEAR, best - _BESIDE)]


def split_topic(topic: str) -> list[str]:
    """``A, B or C`` are three topics; so are ``A and B`` where each says enough alone."""
    parts = [part for part in _OR.split(topic) if re.search(r"\w{2}", part)]
    if len(parts) == 1:
        halves = [part for part in _AND.split(topic) if re.search(r"\w{3}", part)]
        if 1 < len(halves) <= 3 and all(len(half.split()) == 1 for half in halves):
            parts = halves
    return parts or [topic]


def features(part: _Part, reading: Reading, title: Vectors, sentences: Vectors) -> Features:
    """How a paper stands to one topic."""
    in_title = part.covered(frozenset(map(stem, tokens(reading.paper.title))))
    held = [part.covered(sentence.stems, sentence.pairs) for sentence in reading.sentences]
    cosines = sentences @ part.vector if len(sentences) else np.zeros(0, dtype=np.float32)
    both = [cover + float(cosine) for cover, cosine in zip(held, cosines, strict=True)]
    nearest = max(map(float, cosines), default=0.0)
    return Features(
        terms=max([in_title, _ACROSS * part.covered(reading.stems), *held]),
        meaning=(float(title @ part.vector) + nearest) / 2,
        sentence=None if in_title >= _HELD or not both else reading.sentences[int(np.argmax(both))],
    )


def _of_kind(reading: Reading, row: Features, kind: Kind) -> Features:
    """The same for a kind of paper: it is one, or it is not."""
    is_one, sentence = shows_kind(reading, kind)
    return Features(float(is_one), row.meaning, sentence)


def judge(rows: Sequence[Features]) -> list[float]:
    """The probability of each paper; what it has is held against the best of them, too."""
    best_meaning = max(row.meaning for row in rows)
    best_terms = max(row.terms for row in rows)
    return [
        0.0
        if row.meaning < _STRANGE and row.terms < _HALF
        else _logistic(
            _BIAS + _TERMS * row.terms + _FARTHER * (row.meaning - best_meaning) + _FEWER * (row.terms - best_terms)
        )
        for row in rows
    ]


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))
