"""How sure a measured share is, and whether two runs differ."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.evaluate.schema import Share

Z95 = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""
RESAMPLES = 2000
_BLOCK = 1 << 22


def share(right: NDArray[np.bool_]) -> Share:
    """The share of true entries, with Wilson's interval."""
    return wilson(int(right.sum()), len(right))


def wilson(hits: int, n: int) -> Share:
    """A share with the score interval of Wilson (1927), which stays within 0 and 1 also for 0 or n hits."""
    if n == 0:
        return Share(value=None, low=None, high=None, n=0)
    p, z2 = hits / n, Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    # The ends are exact for none and all; rounding must not leave them a hair outside.
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == n else min(1.0, centre + half)
    return Share(value=p, low=low, high=high, n=n)


def auroc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> Share:
    """Chance that a positive's score is above a negative's, ties counted half (Mann & Whitney 1947).

    Args:
        positive: scores of what should score high.
        negative: scores of what should score low; `Share.n` counts these.

    Returns:
        With the normal interval of Hanley & McNeil (1982); null when either is empty.
    """
    m, n = len(positive), len(negative)
    if m == 0 or n == 0:
        return Share(value=None, low=None, high=None, n=n)
    low = np.searchsorted(np.sort(negative), positive, side="left").sum()
    high = np.searchsorted(np.sort(negative), positive, side="right").sum()
    area = float(low + high) / (2 * m * n)
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    variance = (area * (1 - area) + (m - 1) * (q1 - area * area) + (n - 1) * (q2 - area * area)) / (m * n)
    half = Z95 * math.sqrt(max(0.0, variance))
    return Share(value=area, low=max(0.0, area - half), high=min(1.0, area + half), n=n)


def mcnemar(better: int, worse: int) -> float:
    """Exact two-sided p-value that two runs are right equally often (McNemar 1947), by the binomial distribution.

    Args:
        better: photos that only the second run has right.
        worse: photos that only the first one has right.
    """
    n, least = better + worse, min(better, worse)
    if n == 0:
        return 1.0
    terms = [_log_choose(n, k) - n * math.log(2) for k in range(least + 1)]
    return min(1.0, 2 * math.fsum(math.exp(term) for term in terms))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for testing all of them (Holm 1979), in the same order."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected, highest = [0.0] * len(p_values), 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = highest
    return corrected


def bootstrap_mean(values: NDArray[np.float64], groups: Sequence[str]) -> tuple[float, float]:
    """95 % interval of the mean of `values`, drawing whole groups with replacement (Efron 1979; percentiles).

    Photos of one observation are alike, so that drawing single photos would make the interval too narrow.
    """
    names, place = np.unique(np.asarray(groups, dtype=np.str_), return_inverse=True)
    sums = np.bincount(place, values)
    counts = np.bincount(place)
    draw, n = np.random.default_rng(0), len(names)
    at_once = max(1, _BLOCK // n)
    means: list[NDArray[np.float64]] = []
    for start in range(0, RESAMPLES, at_once):
        drawn = draw.integers(0, n, (min(at_once, RESAMPLES - start), n))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
