"""How far to trust the priors: exponents of their ratios, chosen on validation observations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.calibrate import golden_section
from sporeprint_training.priors.file import STEP
from sporeprint_training.priors.record import STRONGEST

Matrix = NDArray[np.float64]
Levels = NDArray[np.int8]
LEAST_EVIDENCE = 2.0
"""Nats that a strength must save in total. Noise alone saves half a nat on average, and 2 once in twenty times
(Wilks 1938)."""
_ROUNDS = 8
_SMALLEST = 1e-12


@dataclass(frozen=True)
class Examples:
    """Validation observations, one photo of each."""

    scores: Matrix
    """Calibrated, `(observations, classes)`."""
    labels: NDArray[np.int64]
    """`(observations,)`."""
    levels: tuple[Levels, Levels]
    """Of the season and of the place, `(observations, classes)`; a row of zeros where nothing is known."""

    def loss(self, strengths: tuple[float, float]) -> float:
        """Mean negative log-likelihood of the labels after the priors, in nats."""
        logits = np.log(np.maximum(self.scores, _SMALLEST))
        for strength, levels in zip(strengths, self.levels, strict=True):
            if strength:
                logits = logits + strength * STEP * levels
        peak = logits.max(axis=1)
        total = peak + np.log(np.exp(logits - peak[:, None]).sum(axis=1))
        return float((total - logits[np.arange(len(self.labels)), self.labels]).mean())


@dataclass(frozen=True)
class Fit:
    """What was chosen."""

    strengths: tuple[float, float]
    """Season and place; 0 for a part that does not help."""
    gains: tuple[float, float]
    """What each saves of the mean loss beside the other, in nats; 0 for a part that is left out."""


def fit_strengths(examples: Examples) -> Fit:
    """The exponents between 0 and 1.5 with the least loss; a part without evidence that it helps gets 0.

    The loss is convex in both together, so that one after the other finds the least.
    """
    n = len(examples.labels)
    parts = [part for part in (0, 1) if n and examples.levels[part].any()]
    while parts:
        strengths = _search(examples, parts)
        least = examples.loss(strengths)
        saved = {part: examples.loss(_without(strengths, part)) - least for part in parts}
        worst = min(parts, key=lambda part: saved[part])
        if strengths[worst] > 0 and saved[worst] * n >= LEAST_EVIDENCE:
            return Fit(strengths, (saved.get(0, 0.0), saved.get(1, 0.0)))
        parts.remove(worst)
    return Fit((0.0, 0.0), (0.0, 0.0))


def _search(examples: Examples, parts: list[int]) -> tuple[float, float]:
    found = [1.0 if part in parts else 0.0 for part in (0, 1)]
    for _ in range(_ROUNDS if len(parts) > 1 else 1):
        before = list(found)
        for part in parts:
            found[part] = round(golden_section(_along(examples, found, part), 0, STRONGEST), 3)
        if found == before:
            break
    return found[0], found[1]


def _along(examples: Examples, strengths: list[float], part: int) -> Callable[[float], float]:
    # The loss as a function of one strength beside the other.
    other = strengths[1 - part]
    return lambda value: examples.loss((value, other) if part == 0 else (other, value))


def _without(strengths: tuple[float, float], part: int) -> tuple[float, float]:
    return (0.0, strengths[1]) if part == 0 else (strengths[0], 0.0)
