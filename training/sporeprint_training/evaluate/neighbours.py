"""Which photos look alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.evaluate.probe import normalised

NEAREST = 5
_BLOCK = 1024


@dataclass(frozen=True)
class Neighbours:
    """The photos nearest to each one, by the cosine of their centred features."""

    index: NDArray[np.int64]
    """`(photos, k)`, the nearest first."""
    similarity: NDArray[np.float64]
    """`(photos, k)`, -1 to 1."""


def neighbours(features: NDArray[np.float32]) -> Neighbours:
    """Compare every photo with every other one, a block at a time; `features` are `(photos, n_features)`."""
    values = normalised(features).astype(np.float32)
    values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    k = min(NEAREST, len(values) - 1)
    index, similarity = np.zeros((len(values), k), np.int64), np.zeros((len(values), k))
    for start in range(0, len(values), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(values)))
        cosine = values[rows] @ values.T
        cosine[np.arange(len(rows)), rows] = -2.0
        index[rows], similarity[rows] = _best(cosine, k)
    return Neighbours(index, similarity)


def _best(cosine: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    if k == 0:
        return np.zeros((len(cosine), 0), np.int64), np.zeros((len(cosine), 0))
    found = np.argpartition(-cosine, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(cosine, found, axis=1), axis=1, kind="stable")
    index = np.take_along_axis(found, order, axis=1)
    return index, np.take_along_axis(cosine, index, axis=1).astype(np.float64)
