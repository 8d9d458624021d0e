"""Question and filters -> the papers that may answer, and of the best of them every sentence with its similarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.answers import Evidence, Filters
from assistant.library import Library, store_errors
from assistant.reading import Reading, Readings, Sentence
from vectorstore.embeddings import Vectors
from vectorstore.records import Where, record_id
from vectorstore.search import Found, search

_HINT = 0.08
"""What it adds to a paper's score that it alone holds a name in the question, or is of the year that it gives."""


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
    ) -> list[Found]:
        """The best papers, best first; those that are hinted at come a little before their like."""
        with store_errors(self.library.name):
            found = search(self.library.store, question, vector, limit, where)
        raised = [replace(row, score=row.score + _HINT) if row.key in hints else row for row in found]
        return sorted(raised, key=lambda row: (-row.score, row.key))

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
        """The best passages for a question, at most ``per_paper`` of one paper: what a retriever returns."""
        vector, _ = self.embed(question, "")
        where = self.where(filters)
        papers = {row.key: row.score for row in self.papers(question, vector, limit, where)}
        with store_errors(self.library.name):
            hits = self.library.store.nearest(vector, max(100, 16 * limit), where)
        taken: dict[str, list[Evidence]] = {key: [] for key in papers}
        for hit in hits:
            if hit.kind == "passage" and len(taken.get(hit.parent, [])) < per_paper and hit.parent in papers:
                passage = self.library.passages(hit.parent)[hit.place]
                paper = self.library.papers[hit.parent]
                taken[hit.parent].append(
                    Evidence(paper, passage.section, passage.start, passage.end, (papers[paper.key] + hit.score) / 2)
                )
        rows = [row for evidence in taken.values() for row in evidence]
        return sorted(rows, key=lambda row: -row.score)[:limit]
