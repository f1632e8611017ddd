"""Does the bundle answer what the Keras model answered?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from sporeprint_export.manifest import Precision
from sporeprint_training.decision import calibrated_scores
from sporeprint_training.errors import StepFailed

Logits = NDArray[np.float32]
EXACT_LIMIT = 1e-3
"""Largest |Δp| of a float32 bundle: only the order of additions differs."""
QUANTISED_LIMIT = 0.02
"""Largest |Δp| of a float16 or uint16 bundle; above it, the next two must hold."""
QUANTISED_AGREEMENT = 0.99
QUANTISED_MEAN_LIMIT = 0.01


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


def check_parity(parity: Parity, precision: Precision) -> None:
    """Refuse a bundle that answers otherwise than its Keras model.

    A float32 bundle may differ by `EXACT_LIMIT`. A quantised one may differ by `QUANTISED_LIMIT`, or, where single
    photos lie on the edge between two species, agree on `QUANTISED_AGREEMENT` of them with a mean difference of at
    most `QUANTISED_MEAN_LIMIT`.

    Raises:
        StepFailed: it differs more.
    """
    close = parity.max_abs_dp <= (EXACT_LIMIT if precision == "float32" else QUANTISED_LIMIT)
    alike = parity.agreement >= QUANTISED_AGREEMENT and parity.mean_abs_dp <= QUANTISED_MEAN_LIMIT
    if close or (precision != "float32" and alike):
        return
    limit = (
        f"at most {EXACT_LIMIT}"
        if precision == "float32"
        else (f"at most {QUANTISED_LIMIT}, or on {QUANTISED_AGREEMENT:.0%} of photos the same answer")
    )
    raise StepFailed(
        f"The {precision} bundle's scores differ from the Keras model's by {limit}",
        received=f"{parity.max_abs_dp:.2g} at most and {parity.mean_abs_dp:.2g} on average, "
        f"the same answer on {parity.agreement:.1%} of {parity.n} photos",
        next_step="Nothing was written; try --precision float32, and report it if that fails too",
    )
