"""A large head as the product of two thin matrices: which rank is enough, found by measuring.

A head for thousands of classes holds more weights than the backbone of a phone's model, and most of them say the same
things again: species of one genus share their features. `kernel` is the head's matrix `(features, classes)`, and
features are what enters it, `(photos, features)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]
STEP = 8
"""Ranks are tried in steps of this: vector units work on that many numbers at a time anyway."""
WORTHWHILE = 0.75
"""Two products take longer than one, so the two matrices must hold fewer than this share of the values."""
DAMPING = 1.0
"""The mean second moment, times this and times features per photo, is added to each: the fewer the photos, the less
their moments are worth, and directions that no photo happened to show would otherwise count for nothing."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Factors:
    """`left @ right` is close to the kernel; the first r columns and rows are the best pair of rank r."""

    left: NDArray[np.float32]
    """`(features, rank)`."""
    right: NDArray[np.float32]
    """`(rank, classes)`; its rows are orthonormal, so that no row is lost when the matrix is quantised by column."""

    def cut(self, rank: int) -> Factors:
        """The pair of a smaller rank."""
        return Factors(self.left[:, :rank], self.right[:rank])


@dataclass(frozen=True)
class HeldOut:
    """Photos that the factors were not fitted on."""

    features: Floats
    """`(photos, features)`."""
    labels: Labels
    """`(photos,)`."""


@dataclass(frozen=True)
class RankBudget:
    """What a smaller head may cost; no deadly class's recall may drop in any case."""

    agreement: float = 0.99
    """Least share of photos with the same best class as before, below 1."""
    accuracy_drop: float = 0.005
    """Largest loss of top-1 accuracy, as a share of the photos."""


@dataclass(frozen=True)
class RankMeasure:
    """What one rank costs on the held-out photos."""

    rank: int
    agreement: float
    accuracy_drop: float
    """Negative where the smaller head is right more often."""
    deadly_drop: float
    """Largest loss of recall of any deadly class; 0 without deadly photos."""

    def within(self, budget: RankBudget) -> bool:
        """Whether all of it is allowed."""
        # Shares of photos, so that what differs by less than a photo is rounding.
        agrees = self.agreement >= budget.agreement - _ROUNDING
        right = self.accuracy_drop <= budget.accuracy_drop + _ROUNDING
        return agrees and right and self.deadly_drop <= _ROUNDING


@dataclass(frozen=True)
class RankChoice:
    """The smallest rank within the budget, and what was measured on the way to it."""

    rank: int | None
    """None: the head stays whole."""
    measured: tuple[RankMeasure, ...]


def candidate_ranks(features: int, classes: int) -> range:
    """Ranks that are worth a try for a head of this size; empty when the head is too small to save anything."""
    return range(STEP, int(np.ceil(WORTHWHILE * features * classes / (features + classes))), STEP)


def decompose(kernel: Floats, features: Floats) -> Factors:
    """Split a kernel so that each rank's error on the features, the mean of `|x (kernel - left right)|²`, is least.

    That is the singular value decomposition of the kernel after whitening: directions that photos hardly use may be
    wrong. The second moments are damped, see `DAMPING`. Computed in float64 with the sign of each pair fixed: the same
    features give the same factors, up to the last bits that processors differ in.

    Raises:
        ValueError: the features have another width than the kernel.
    """
    if features.ndim != 2 or not len(features) or features.shape[1] != kernel.shape[0]:
        raise ValueError(f"features (photos, {kernel.shape[0]}) of at least one photo, not {features.shape}")
    x, width = features.astype(np.float64), kernel.shape[0]
    moments = x.T @ x / len(x)
    mean = max(float(moments.trace()) / width, float(np.finfo(np.float64).tiny))
    moments[np.diag_indices(width)] += DAMPING * width / len(x) * mean
    root = np.linalg.cholesky(moments)
    whitened = root.T @ kernel.astype(np.float64)
    pattern, size = _left_singular(whitened)
    right = pattern.T @ whitened / size[:, None]
    signs = np.where(np.take_along_axis(right, np.abs(right).argmax(axis=1)[:, None], axis=1) < 0, -1.0, 1.0)
    left = np.linalg.solve(root.T, pattern * size) * signs[:, 0]
    return Factors(left.astype(np.float32), (right * signs).astype(np.float32))


def _left_singular(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # By the eigenvectors of its square: a fraction of the time of a full decomposition, and the small values, which
    # lose their last digits that way, are cut off anyway.
    values, vectors = np.linalg.eigh(matrix @ matrix.T)
    keep = slice(None, -min(matrix.shape) - 1, -1)
    size = np.sqrt(np.maximum(values[keep], 0))
    least = max(float(size[0]) * 1e-7, float(np.finfo(np.float64).tiny))
    # In memory order, without which NumPy multiplies a hundred times slower.
    return np.ascontiguousarray(vectors[:, keep]), np.maximum(size, least)


def choose_rank(
    kernel: Floats,
    bias: Floats,
    features: Floats,
    held_out: HeldOut,
    deadly: Sequence[int] = (),
    budget: RankBudget | None = None,
) -> RankChoice:
    """Find the smallest rank that costs no more than the budget.

    Args:
        kernel: `(features, classes)`.
        bias: `(classes,)`.
        features: of the photos to fit on, `(photos, features)`.
        held_out: other photos, to measure on. Too few of them to see the budget's disagreement at all, fewer than a
            hundred for 99 %, and the head stays whole.
        deadly: labels of the deadly classes.
        budget: None takes `RankBudget()`.

    Returns:
        The choice, with the measures of the ranks tried, from the smallest.
    """
    allowed = budget or RankBudget()
    ranks = candidate_ranks(*kernel.shape)
    if len(ranks) == 0 or len(held_out.labels) * (1 - allowed.agreement) < 1 - _ROUNDING:
        return RankChoice(None, ())
    measured = []
    for measure in _measures(kernel, bias, decompose(kernel, features), ranks, held_out, deadly):
        measured.append(measure)
        if measure.within(allowed):
            return RankChoice(measure.rank, tuple(measured))
    return RankChoice(None, tuple(measured))


def _measures(
    kernel: Floats, bias: Floats, factors: Factors, ranks: range, held_out: HeldOut, deadly: Sequence[int]
) -> Iterator[RankMeasure]:
    whole = (held_out.features @ kernel + bias).argmax(axis=1)
    reduced = held_out.features @ factors.left
    logits = np.broadcast_to(bias, (len(whole), len(bias))).astype(np.float32)
    done = 0
    for rank in ranks:
        logits += reduced[:, done:rank] @ factors.right[done:rank]
        done = rank
        yield _measure(rank, whole, logits.argmax(axis=1), held_out.labels, deadly)


def _measure(rank: int, whole: Labels, found: Labels, labels: Labels, deadly: Sequence[int]) -> RankMeasure:
    before, after = whole == labels, found == labels
    drops = [float(before[mask].mean() - after[mask].mean()) for mask in (labels == c for c in deadly) if mask.any()]
    return RankMeasure(
        rank=rank,
        agreement=float((found == whole).mean()),
        accuracy_drop=float(before.mean() - after.mean()),
        deadly_drop=max(drops, default=0.0),
    )
