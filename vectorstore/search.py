"""Hybrid search: vectors of passages and of single sentences, and BM25, fused and spread over documents.

Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009) of four rankings of documents (best passage, best sentence,
title, BM25) chooses the candidates; they are then ordered by a weighted sum of the scores themselves, which holds how
far one document is ahead of the next, and of the share of the question's wording. ``benchmarks/retrieval.py`` prints
what each part gives alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vectorstore.embeddings import Vectors
from vectorstore.records import Hit, Kind, Where
from vectorstore.store import Store
from vectorstore.wording import shares

RANK_CONSTANT = 40
_LEAST_DEPTH = 10  # records searched for each document that is wanted
WORD_WEIGHTS = {"text": 1.0, "title": 0.15, "people": 0.3}
_CANDIDATES = 50

KEYWORDS_WEIGHT, WORDING_WEIGHT = 1.4, 0.15
"""What BM25 and the wording weigh in the order beside a passage and a sentence, which weigh 1 each: chosen on SciFact's
training claims by ``python -m benchmarks.learn_search``."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document with what spoke for it, each in [0, 1].

    ``order`` is what the documents are sorted by; the ``score``, a plain mean of passage, sentence and BM25, says how
    near the document is and does not change with how the order was learned.
    """

    key: str
    score: float
    order: float
    passage: float
    sentence: float
    keywords: float
    wording: float


def search(store: Store, text: str, vector: Vectors, limit: int, where: Where | None = None) -> list[Found]:
    """The ``limit`` best documents for a question and its unit vector, best first."""
    depth = max(limit * max(_LEAST_DEPTH, math.ceil(store.records_a_document)), 100)
    near = store.nearest(vector, depth, where)
    words = store.matching(text, max(limit * _LEAST_DEPTH, 100), WORD_WEIGHTS, where)
    passages, sentences, titles = (_best(near, kind) for kind in ("passage", "sentence", "document"))
    keywords = {hit.parent: hit.score for hit in words}
    fused = fuse([passages, sentences, titles, keywords])
    floor = near[-1].score if near else 0.0
    candidates = sorted(fused, key=lambda k: (-fused[k], k))[: max(limit, _CANDIDATES)]
    found = []
    for key, wording in zip(candidates, shares(text, store.searched_texts(candidates)), strict=True):
        passage, sentence, keyword = passages.get(key, floor), sentences.get(key, floor), keywords.get(key, 0.0)
        score = (passage + sentence + keyword) / 3
        found.append(
            Found(key, score, order_of(passage, sentence, keyword, wording), passage, sentence, keyword, wording)
        )
    return sorted(found, key=lambda row: (-row.order, row.key))[:limit]


def order_of(
    passage: float,
    sentence: float,
    keywords: float,
    wording: float,
    weights: tuple[float, float] = (KEYWORDS_WEIGHT, WORDING_WEIGHT),
) -> float:
    """What a document is sorted by; in [0, 1] and about as far apart as the scores are."""
    return (passage + sentence + weights[0] * keywords + weights[1] * wording) / (2 + sum(weights))


def fuse(rankings: Iterable[Mapping[str, float]], constant: int = RANK_CONSTANT) -> dict[str, float]:
    """Reciprocal rank fusion of rankings given as scores: ``sum of 1 / (constant + rank)``."""
    fused: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        ordered = sorted(ranking, key=lambda key: (-ranking[key], key))
        for rank, key in enumerate(ordered, start=1):
            fused[key] += 1 / (constant + rank)
    return fused


def _best(hits: Iterable[Hit], kind: Kind) -> dict[str, float]:
    """The best score of each document's records of one kind; the hits come best first."""
    best: dict[str, float] = {}
    for hit in hits:
        if hit.kind == kind:
            best.setdefault(hit.parent, hit.score)
    return best
