"""How far two models' answers to the same photos are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.decision import calibrated_scores

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Parity:
    """Differences between two models' calibrated scores on the same photos."""

    n: int
    """Number of photos."""
    agreement: float
    """Share of photos with the same best class."""
    mean_abs_dp: float
    """|Δp| of the reference's best class, mean over the photos."""
    max_abs_dp: float
    """Largest |Δp| of any class on any photo."""

    def as_dict(self) -> dict[str, float]:
        """The figures, rounded to what a reader can use and a different processor does not change."""
        return {key: float(f"{value:.2g}") if key.endswith("dp") else value for key, value in asdict(self).items()}


def compare(reference: Logits, logits: Logits, temperature: float) -> Parity:
    """Compare logits of shape `(n, classes)`, n at least 1.

    Raises:
        ValueError: the shapes differ, or a logit is NaN or infinite.
    """
    if reference.shape != logits.shape or len(reference) == 0:
        raise ValueError(f"the same photos and classes on both sides, not {reference.shape} and {logits.shape}")
    expected, found = _scores(reference, temperature), _scores(logits, temperature)
    best = expected.argmax(axis=1)
    difference = np.abs(expected - found)
    return Parity(
        n=len(best),
        agreement=float((found.argmax(axis=1) == best).mean()),
        mean_abs_dp=float(difference[np.arange(len(best)), best].mean()),
        max_abs_dp=float(difference.max()),
    )


def _scores(logits: Logits, temperature: float) -> NDArray[np.float64]:
    rows: Sequence[Sequence[float]] = logits.astype(np.float64).tolist()
    return np.array([calibrated_scores(row, temperature) for row in rows])
