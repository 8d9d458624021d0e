"""A vector a paper, out of those that the store has of its title and its passages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.library import Library, store_errors
from assistant.papers import Paper
from vectorstore.embeddings import Vectors
from vectorstore.records import record_id


def paper_vectors(library: Library, papers: Sequence[Paper]) -> Vectors:
    """The mean of each paper's title's and passages' vectors, of length 1; shape ``(len(papers), d)``."""
    ids = [[p.key, *(record_id(p.key, "passage", n) for n in range(len(library.passages(p.key))))] for p in papers]
    with store_errors(library.name):
        flat = library.store.vectors([identifier for own in ids for identifier in own])
    ends = np.cumsum([len(own) for own in ids])
    means = np.array([part.mean(axis=0) for part in np.split(flat, ends[:-1])]) if papers else flat
    norms = np.linalg.norm(means, axis=1, keepdims=True)
    return np.asarray(means / np.where(norms == 0, 1, norms), dtype=np.float32)
