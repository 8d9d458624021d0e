"""Question and filters -> the papers that may answer, and of the best of them every sentence with its similarity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.answers import Evidence, Filters
from assistant.library import Library, store_errors
from assistant.papers import Passage
from assistant.reading import Reading, Readings, Sentence
from vectorstore.embeddings import Vectors
from vectorstore.keywords import Entry, KeywordIndex
from vectorstore.records import Where, record_id
from vectorstore.search import Found, search

_HINT = 0.08
"""What it adds to a paper's score that it alone holds a name in the question, or is of the year that it gives."""
_WROTE = 0.2
"""What it adds that an author is named who wrote it."""
_DEEP = 50
"""How far down one that is hinted at is looked for."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its cosine to the question and to the question's focus."""

    sentence: Sentence
    question: float
    focus: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that may answer."""

    found: Found
    reading: Reading
    sentences: tuple[Scored, ...]

    @property
    def key(self) -> str:
        return self.reading.paper.key


class Retriever:
    """Searches one library. Keeps what it has read of the papers until the library changes."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.readings = Readings(library)

    def where(self, filters: Filters) -> Where | None:
        """The filters as the store's condition: which papers are admitted."""
        if not filters:
            return None
        return Where(frozenset(key for key, paper in self.library.papers.items() if filters.admits(paper)))

    def embed(self, question: str, focus: str) -> tuple[Vectors, Vectors]:
        with store_errors(self.library.name):
            vectors = self.library.store.model.embed([question, focus or question])
        return vectors[0], vectors[1]

    def papers(
        self,
        question: str,
        vector: Vectors,
        limit: int,
        where: Where | None = None,
        hints: frozenset[str] = frozenset(),
        written: frozenset[str] = frozenset(),
    ) -> list[Found]:
        """The best papers, best first; those that are hinted at come a little before their like, and those of whoever
        is named well before."""
        with store_errors(self.library.name):
            found = search(self.library.store, question, vector, max(limit, _DEEP) if hints | written else limit, where)
        raised = [_raised(row, _HINT * (row.key in hints) + _WROTE * (row.key in written)) for row in found]
        return sorted(raised, key=lambda row: (-row.order, row.key))[:limit]

    def read(self, found: Sequence[Found], question: Vectors, focus: Vectors) -> list[Candidate]:
        """Those papers with every sentence scored."""
        readings = [self.readings.of(row.key) for row in found]
        ids = [record_id(r.paper.key, "sentence", s.place) for r in readings for s in r.sentences]
        with store_errors(self.library.name):
            vectors = self.library.store.vectors(ids)
        candidates, start = [], 0
        for hit, reading in zip(found, readings, strict=True):
            own = vectors[start : start + len(reading.sentences)]
            start += len(own)
            scores = zip(reading.sentences, own @ question, own @ focus, strict=True)
            candidates.append(Candidate(hit, reading, tuple(Scored(s, float(q), float(f)) for s, q, f in scores)))
        return candidates

    def evidence(self, question: str, limit: int, filters: Filters, per_paper: int = 2) -> list[Evidence]:
        """The best passages for a question, at most ``per_paper`` of one paper: what a retriever returns.

        A passage's relevance is the mean of its cosine, its best sentence's cosine and, twice, its BM25 score among
        the passages of the papers that are found (``benchmarks/fulltext.py`` measures it beside BM25 alone).
        """
        vector, _ = self.embed(question, "")
        found = {row.key: row.score for row in self.papers(question, vector, limit, self.where(filters))}
        passages = [(key, place, passage) for key in found for place, passage in enumerate(self.library.passages(key))]
        ids = [record_id(key, "passage", place) for key, place, _ in passages]
        meanings, sentences = self._cosines(ids, vector), self._best_sentences(found, vector)
        words = KeywordIndex(None)
        words.build((Entry(i, "", passage.text) for i, (_, _, passage) in zip(ids, passages, strict=True)), "")
        by_word = {hit.id: hit.score for hit in words.search(question, len(ids), {"text": 1.0})}
        rows: list[tuple[float, Passage]] = []
        for i, meaning, (key, place, passage) in zip(ids, meanings, passages, strict=True):
            relevance = (meaning + sentences[key, place] + 2 * by_word.get(i, 0.0)) / 4
            rows.append(((found[key] + relevance) / 2, passage))
        taken: Counter[str] = Counter()
        chosen: list[Evidence] = []
        for score, passage in sorted(rows, key=lambda row: -row[0]):
            if taken[passage.paper] < per_paper:
                taken[passage.paper] += 1
                paper = self.library.papers[passage.paper]
                chosen.append(Evidence(paper, passage.section, passage.start, passage.end, score))
        return chosen[:limit]

    def _best_sentences(self, keys: Iterable[str], vector: Vectors) -> dict[tuple[str, int], float]:
        """By paper and place of the passage, the cosine of the passage's sentence that is nearest to the vector."""
        owners = [
            (key, place)
            for key in keys
            for place, passage in enumerate(self.library.passages(key))
            for _ in passage.sentences
        ]
        numbers: Counter[str] = Counter()
        ids = []
        for key, _ in owners:
            ids.append(record_id(key, "sentence", numbers[key]))
            numbers[key] += 1
        best: dict[tuple[str, int], float] = {}
        for owner, cosine in zip(owners, self._cosines(ids, vector), strict=True):
            best[owner] = max(best.get(owner, 0.0), cosine)
        return best

    def _cosines(self, ids: Sequence[str], vector: Vectors) -> list[float]:
        with store_errors(self.library.name):
            cosines: list[float] = np.maximum(self.library.store.vectors(ids) @ vector, 0.0).tolist()
        return cosines


def _raised(row: Found, by: float) -> Found:
    return replace(row, score=row.score + by, order=row.order + by) if by else row
