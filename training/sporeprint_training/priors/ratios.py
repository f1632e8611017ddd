"""How much more often than expected a class is reported in a bin (a month, a cell), smoothed and shrunk.

Arrays have the axes (classes, bins). Reports only tell where and when people look: what counts is a class's share of
the reports of a bin, in relation to its share of all reports, so that the observers' effort cancels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.priors.file import LEVELS, STEP

Counts = NDArray[np.float64]
Kernel = NDArray[np.float64]
Indices = NDArray[np.int64]
FOLDS = 4
WEIGHTS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Among these one is chosen; with less than half a vote, three votes in one month would say much."""


_RATIO_OF = np.exp(STEP * np.arange(-LEVELS, LEVELS + 1))
"""By level, from the lowest."""


@dataclass(frozen=True)
class Smoothing:
    """How votes are spread and shrunk."""

    width: float
    """Standard deviation of the kernel, in the unit of the bins; 0 spreads nothing."""
    weight: float
    """Votes that the genus's other classes count for, and as many for a ratio of 1 behind them."""
    gain: float = 0.0
    """Nats by which the names of votes left out became more probable than their base rates say, per vote."""


def count_votes(labels: Indices, bins: Indices, shape: tuple[int, int]) -> Counts:
    """Votes by class and bin."""
    counts = np.zeros(shape)
    np.add.at(counts, (labels, bins), 1)
    return counts


def smoothed_ratios(counts: Counts, genus: Indices, kernel: Kernel, weight: float) -> Counts:
    """Ratios p(bin | class) / p(bin), as the mean of a gamma-Poisson model.

    With O votes where E were expected, the ratio is (O + weight · r) / (E + weight), r being the same for the other
    classes of the genus, drawn to 1 (Clayton & Kaldor 1987). A class with few votes, or a bin with few, thus says what
    its relatives say, and those without relatives say nothing.

    Args:
        counts: votes.
        genus: number of each class's genus, `(classes,)`.
        kernel: share of a vote in bin j that counts for bin i, `(bins, bins)`, columns with the sum 1.
        weight: above 0.
    """
    return _shrunk(_spread(counts, genus, kernel), weight)


@dataclass(frozen=True)
class _Spread:
    """Votes as observed and as expected, both smoothed alike; and those of each class's relatives."""

    observed: Counts
    expected: Counts
    observed_relatives: Counts
    expected_relatives: Counts


def _spread(counts: Counts, genus: Indices, kernel: Kernel) -> _Spread:
    observed = counts @ kernel.T
    total = observed.sum()
    share = observed.sum(axis=0) / total if total else np.zeros(counts.shape[1])
    expected = counts.sum(axis=1, keepdims=True) * share
    return _Spread(observed, expected, _others(observed, genus), _others(expected, genus))


def _shrunk(votes: _Spread, weight: float) -> Counts:
    relatives = (votes.observed_relatives + weight) / (votes.expected_relatives + weight)
    return np.asarray((votes.observed + weight * relatives) / (votes.expected + weight))


def _others(values: Counts, genus: Indices) -> Counts:
    # Of the same genus without the class itself, whose votes must not count twice.
    order = np.argsort(genus, kind="stable")
    _, starts, of_class = np.unique(genus[order], return_index=True, return_inverse=True)
    sums = np.add.reduceat(values[order], starts, axis=0)
    others = np.empty_like(values)
    others[order] = sums[of_class] - values[order]
    # Differences of equal sums may fall a hair below nothing.
    return np.maximum(others, 0.0)


def to_levels(ratios: Counts) -> NDArray[np.int8]:
    """Ratios as whole steps of their logarithm, within the file's range."""
    return np.asarray(np.clip(np.rint(np.log(ratios) / STEP), -LEVELS, LEVELS), np.int8)


def choose_smoothing(
    labels: Indices,
    bins: Indices,
    shape: tuple[int, int],
    genus: Indices,
    widths: Sequence[float],
    kernel: Callable[[float], Kernel],
) -> Smoothing:
    """The width and weight that make votes that were left out most probable, in a four-fold cross-validation.

    Args:
        labels: class of each vote.
        bins: its bin.
        shape: classes and bins.
        genus: number of each class's genus.
        widths: to choose from.
        kernel: the kernel of a width.
    """
    fold = np.random.default_rng(0).integers(0, FOLDS, len(labels))
    total = count_votes(labels, bins, shape)
    gains = dict.fromkeys(product(widths, WEIGHTS), 0.0)
    for one in range(FOLDS):
        held = count_votes(labels[fold == one], bins[fold == one], shape)
        inside = total - held
        for width in widths:
            votes = _spread(inside, genus, kernel(width))
            for weight in WEIGHTS:
                gains[width, weight] += _gain_of_counts(_shrunk(votes, weight), inside.sum(axis=1), held)
    # Of equals the first: the least spreading.
    width, weight = max(gains, key=gains.__getitem__)
    return Smoothing(width, weight, gains[width, weight] / len(labels))


def _gain_of_counts(ratios: Counts, base: Counts, held: Counts) -> float:
    # The sum of `name_gains` over votes that are counted by class and bin.
    levels = to_levels(ratios)
    mean = np.log(base @ _RATIO_OF[levels + LEVELS] / base.sum()) if base.sum() else np.zeros(ratios.shape[1])
    known = np.where(base[:, None] > 0, held, 0.0)
    return float(np.vdot(levels, known) * STEP - known.sum(axis=0) @ mean)


def name_gains(ratios: Counts, base: Counts, labels: Indices, bins: Indices) -> NDArray[np.float64]:
    """Nats by which each vote's name is more probable in its bin than among all votes; as stored, in whole levels.

    Args:
        ratios: `(classes, bins)`.
        base: votes of each class, `(classes,)`; those of a class without any are left out.
        labels: class of each vote, `(votes,)`.
        bins: its bin.
    """
    known = base[labels] > 0
    levels = to_levels(ratios)
    mean = np.log(base @ _RATIO_OF[levels + LEVELS] / base.sum())
    return np.asarray((levels[labels, bins] * STEP - mean[bins])[known])
