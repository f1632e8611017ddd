"""Temperature scaling: making the scores mean what they say."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.metrics import Labels, Matrix

COLDEST, HOTTEST = 0.05, 20.0


def softmax(logits: Matrix, temperature: float) -> NDArray[np.float64]:
    """Scores `(photos, classes)`; the same numbers as `decision.calibrated_scores`, for many photos at once."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_temperature(logits: Matrix, labels: Labels) -> float:
    """The temperature with the least negative log-likelihood (Guo et al. 2017), between 0.05 and 20.

    Fit it on validation photos. The likelihood is convex in 1/temperature, so that one search finds it. With fewer
    than some hundred photos expect an error of several per cent; 1.0 is returned when there are none.
    """
    if not len(labels):
        return 1.0

    def loss(log_temperature: float) -> float:
        scaled = logits.astype(np.float64) / math.exp(log_temperature)
        peak = scaled.max(axis=1)
        total = peak + np.log(np.exp(scaled - peak[:, None]).sum(axis=1))
        return float((total - scaled[np.arange(len(labels)), labels]).mean())

    return math.exp(golden_section(loss, math.log(COLDEST), math.log(HOTTEST)))


def golden_section(function: Callable[[float], float], low: float, high: float, tolerance: float = 1e-4) -> float:
    """Place of the minimum of a function with one valley between `low` and `high` (Kiefer 1953)."""
    ratio = (math.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = function(left), function(right)
    while high - low > tolerance:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = function(right)
    return (low + high) / 2
