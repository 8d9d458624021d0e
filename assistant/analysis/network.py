"""Networks: where the nodes of a graph stand in a picture, the same at every run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_ROUNDS = 300
_UNJOINED = 4.5
"""Steps that nodes which nothing joins are apart, at most: the parts of a graph are told apart, and stay near."""
_APART = 1.15
"""How far the middles of two nodes stay apart, in the sum of their radii."""
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def placed(joined: NDArray[np.bool_], radii: Matrix, aspect: float) -> Matrix:
    """Places (n, 2) in the unit square, in which distances are as near as may be to numbers of steps along links.

    Stress majorization (Gansner, Koren and North, 2004), the weight of a pair 1/d². The nodes start on a spiral (Vogel,
    1979), the first in the middle, in place of at random.

    Args:
        joined: shape (n, n), symmetric.
        radii: shape (n,), of the nodes, in parts of the picture's height: drawn so large, they hardly overlap.
        aspect: the picture's width by its height.
    """
    count = len(joined)
    if count == 0:
        return np.zeros((0, 2))
    box = np.array([aspect, 1.0])
    steps = _steps(joined)
    weights = steps**-2
    np.fill_diagonal(weights, 0)
    solve = np.linalg.pinv(_laplacian(weights))
    angles = np.arange(count) * _GOLDEN_ANGLE
    spiral = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    places: Matrix = spiral * np.sqrt(np.arange(count) + 0.5)[:, None] * box / 2
    for _ in range(_ROUNDS):
        places = solve @ (_laplacian(weights * steps / _between(places)[1]) @ places)
    return _fitted(_separated(_fitted(places, radii, box) * box, radii), radii, box)


def _steps(joined: NDArray[np.bool_]) -> Matrix:
    """How many links there are from each node to each (n, n), 1 from a node to itself."""
    from scipy.sparse.csgraph import shortest_path

    steps: Matrix = shortest_path(joined.astype(float), directed=False, unweighted=True)
    reached = np.isfinite(steps)
    apart = min(float(steps[reached].max()) + 0.5, _UNJOINED)
    steps = np.where(reached, steps, apart)
    np.fill_diagonal(steps, 1)
    return steps


def _laplacian(weights: Matrix) -> Matrix:
    off = weights - np.diag(np.diag(weights))
    laplacian: Matrix = np.diag(off.sum(axis=1)) - off
    return laplacian


def _between(places: Matrix) -> tuple[Matrix, Matrix]:
    """Of each pair of nodes the vector from the second to the first (n, n, 2), and its length (n, n), never 0."""
    vectors = places[:, None] - places[None, :]
    return vectors, np.maximum(np.linalg.norm(vectors, axis=2), 1e-3)


def _separated(places: Matrix, radii: Matrix) -> Matrix:
    """The nodes pushed apart where they would overlap, each half of the way."""
    room = _APART * (radii[:, None] + radii[None, :])
    np.fill_diagonal(room, 0)
    for _ in range(_ROUNDS):
        vectors, distances = _between(places)
        lacking = np.maximum(room - distances, 0)
        if not lacking.any():
            break
        places = places + (vectors / distances[..., None] * lacking[..., None] / 2).sum(axis=1)
    return places


def _fitted(places: Matrix, radii: Matrix, box: Matrix) -> Matrix:
    """The places stretched over the unit square, with a margin for the largest node; in the middle what has no
    extent."""
    low, extent = places.min(axis=0), np.ptp(places, axis=0)
    flat = extent < 1e-6
    spread = np.where(flat, 0.5, (places - low) / np.where(flat, 1, extent))
    margin = radii.max() / box
    fitted: Matrix = margin + spread * (1 - 2 * margin)
    return fitted
