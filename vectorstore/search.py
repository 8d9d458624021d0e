"""Hybrid search: vectors of passages and of single sentences, and BM25, fused and spread over documents.

Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009) of four rankings of documents (best passage, best sentence,
mean of the three best sentences, BM25) chooses the candidates; they are then ordered by a sum of the scores themselves,
which holds how far one document is ahead of the next. `benchmarks/` prints what each part gives alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vectorstore.embeddings import Vectors
from vectorstore.records import Hit, Where
from vectorstore.store import Store

RANK_CONSTANT = 20
_RECORDS_A_DOCUMENT = 8  # a document has about this many records, and a ranking should reach `limit` documents
_WORD_WEIGHTS = {"title": 2.0, "text": 1.0, "people": 0.5}
_KEYWORD_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Found:
    """A document with what spoke for it, each in [0, 1]."""

    key: str
    score: float
    passage: float
    sentence: float
    keywords: float


def search(store: Store, text: str, vector: Vectors, limit: int, where: Where | None = None) -> list[Found]:
    """The ``limit`` best documents for a question and its unit vector, best first."""
    depth = max(limit * _RECORDS_A_DOCUMENT, 100)
    near = store.nearest(vector, depth, where)
    words = store.matching(text, depth, _WORD_WEIGHTS, where)
    passages, sentences, means = _by_document(near)
    keywords = {hit.parent: hit.score for hit in words}
    fused = fuse([passages, sentences, means, keywords])
    floor = near[-1].score if near else 0.0
    found = []
    for key in sorted(fused, key=lambda k: (-fused[k], k))[: 2 * limit]:
        passage = passages.get(key, floor)
        sentence = max(sentences.get(key, floor), passage if key not in sentences else 0.0)
        score = (passage + sentence + _KEYWORD_SHARE * keywords.get(key, 0.0)) / (2 + _KEYWORD_SHARE)
        found.append(Found(key, score, passage, sentence, keywords.get(key, 0.0)))
    return sorted(found, key=lambda row: (-row.score, row.key))[:limit]


def fuse(rankings: Iterable[Mapping[str, float]], constant: int = RANK_CONSTANT) -> dict[str, float]:
    """Reciprocal rank fusion of rankings given as scores: ``sum of 1 / (constant + rank)``."""
    fused: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        ordered = sorted(ranking, key=lambda key: (-ranking[key], key))
        for rank, key in enumerate(ordered, start=1):
            fused[key] += 1 / (constant + rank)
    return fused


def _by_document(hits: Iterable[Hit]) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Per document: its best passage or title, its best sentence, the mean of its three best sentences."""
    passages: dict[str, float] = {}
    sentences: dict[str, list[float]] = defaultdict(list)
    for hit in hits:
        if hit.kind == "passage":
            passages.setdefault(hit.parent, hit.score)
        elif hit.kind == "sentence":
            sentences[hit.parent].append(hit.score)
    best = {key: scores[0] for key, scores in sentences.items()}
    means = {key: sum(scores[:3]) / 3 for key, scores in sentences.items()}
    return passages, best, means
