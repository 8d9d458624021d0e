"""Which papers of a library are nearest to one of them, by the vectors that its store holds already."""

from __future__ import annotations

from assistant.catalogue import Catalogue
from assistant.papers import Paper
from vectorstore.embeddings import Vectors

_FLOOR = 0.22
"""The score below which papers share what most of a library does. In those of six authors, 7 to 17 % of the pairs reach
it; two thirds of these pairs and more are of one topic, where of all pairs it is mostly one in five or fewer."""
_SAMPLE = 200
"""Papers that stand for the library when its mean is taken; smaller libraries are compared whole."""
_FIRST_LOOK = 64
"""Records that are looked at first for papers nearby, where there are too many papers to look at all."""


def related(catalogue: Catalogue, key: str, limit: int = 5) -> list[tuple[Paper, float]]:
    """The papers nearest to one, best first, each with a score in (0, 1]; none where all are as far as any two.

    A paper's vector is the mean of its title's and its passages'. The library's mean is taken off first, since what all
    papers of one author share relates none of them (Mu and Viswanath, 2018); the score is the cosine of what is left,
    and means the same whichever model made the vectors.

    Raises:
        PaperNotFound: there is none of that key.
    """
    import numpy as np

    paper = catalogue.library.paper(key)
    everything = list(catalogue.library.papers.values())
    sample = everything[:: -(-len(everything) // _SAMPLE)]
    others = [other for other in _nearby(catalogue, paper, limit) if other.key != key]
    if not others or limit < 1:
        return []
    mean = catalogue.vectors(sample).mean(axis=0)
    own, theirs = _unit(catalogue.vectors([paper]) - mean), _unit(catalogue.vectors(others) - mean)
    # Once their mean is off, any two of n equally similar rows have the cosine -1/(n-1).
    scores = np.minimum((theirs @ own[0]) + 1 / (len(sample) - 1), 1.0)
    best = sorted(zip(others, scores.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0].key))
    return [(other, round(score, 4)) for other, score in best[:limit] if score >= _FLOOR]


def _nearby(catalogue: Catalogue, paper: Paper, limit: int) -> list[Paper]:
    """The papers that may be among the nearest: all of a small library, else those with the nearest records."""
    library = catalogue.library
    if len(library) <= _SAMPLE:
        return list(library.papers.values())
    vector = catalogue.vectors([paper])[0]
    look = _FIRST_LOOK
    while True:
        hits = library.store.nearest(vector, look)
        keys = list(dict.fromkeys(hit.parent for hit in hits))
        # Its own records come first, and may be many; of the others, twice as many as are wanted are compared.
        if len(keys) > 2 * limit + 1 or len(hits) < look:
            return [library.papers[key] for key in keys]
        look *= 4


def _unit(rows: Vectors) -> Vectors:
    """Rows of length 1; a row of zeros stays one."""
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths < 1e-6, 1, lengths), dtype=np.float32)
