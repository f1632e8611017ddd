"""How much more often than expected a class is reported in a bin (a month, a cell), smoothed and shrunk.

Arrays have the axes (classes, bins). Reports only tell where and when people look: what counts is a class's share of
the reports of a bin, in relation to its share of all reports, so that the observers' effort cancels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.priors.file import LEVELS, STEP

Counts = NDArray[np.float64]
Kernel = NDArray[np.float64]
Indices = NDArray[np.int64]
FOLDS = 4
WEIGHTS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Of the prior, in expected observations; among these one is chosen."""


@dataclass(frozen=True)
class Smoothing:
    """How votes are spread and shrunk."""

    width: float
    """Standard deviation of the kernel, in the unit of the bins; 0 spreads nothing."""
    weight: float
    """Expected observations that the class's genus, and its genus's family of all classes, count for."""
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
    return _shrunk(*_spread(counts, kernel), genus, weight)


def _spread(counts: Counts, kernel: Kernel) -> tuple[Counts, Counts]:
    # Votes as observed and as expected, both smoothed alike.
    observed = counts @ kernel.T
    total = observed.sum()
    share = observed.sum(axis=0) / total if total else np.zeros(counts.shape[1])
    return observed, counts.sum(axis=1, keepdims=True) * share


def _shrunk(observed: Counts, expected: Counts, genus: Indices, weight: float) -> Counts:
    relatives = (_others(observed, genus) + weight) / (_others(expected, genus) + weight)
    return np.asarray((observed + weight * relatives) / (expected + weight))


def _others(values: Counts, genus: Indices) -> Counts:
    # Of the same genus without the class itself, whose votes must not count twice.
    sums = np.zeros((int(genus.max()) + 1, values.shape[1]))
    np.add.at(sums, genus, values)
    # Differences of equal sums may fall a hair below nothing.
    return np.maximum(sums[genus] - values, 0.0)


def to_levels(ratios: Counts) -> NDArray[np.int8]:
    """Ratios as whole steps of their logarithm, within the file's range."""
    return np.asarray(np.clip(np.rint(np.log(ratios) / STEP), -LEVELS, LEVELS), np.int8)


def choose_smoothing(
    labels: Indices,
    bins: Indices,
    shape: tuple[int, int],
    genus: Indices,
    widths: Iterable[float],
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
    held = [(labels[fold == one], bins[fold == one]) for one in range(FOLDS)]
    inside = [count_votes(labels[fold != one], bins[fold != one], shape) for one in range(FOLDS)]
    best = Smoothing(0.0, max(WEIGHTS), -math.inf)
    for width in widths:
        spread = [_spread(counts, kernel(width)) for counts in inside]
        for weight in WEIGHTS:
            gains = [
                name_gains(_shrunk(*spread[one], genus, weight), inside[one].sum(axis=1), *held[one])
                for one in range(FOLDS)
            ]
            gain = float(np.concatenate(gains).mean())
            # Of equals the one that was found first: less spreading.
            if gain > best.gain + 1e-12:
                best = Smoothing(width, weight, gain)
    return best


def name_gains(ratios: Counts, base: Counts, labels: Indices, bins: Indices) -> NDArray[np.float64]:
    """Nats by which each vote's name is more probable in its bin than among all votes; as stored, in whole levels.

    Args:
        ratios: `(classes, bins)`.
        base: votes of each class, `(classes,)`; those of a class without any are left out.
        labels: class of each vote, `(votes,)`.
        bins: its bin.
    """
    known = base[labels] > 0
    stored = np.exp(to_levels(ratios) * STEP)
    mean = (base / base.sum()) @ stored if base.sum() else np.ones(ratios.shape[1])
    return np.asarray(np.log(stored[labels, bins] / mean[bins])[known])
