"""How much of the trained model is left in an exported one, and how much has to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sporeprint_export.answers import Answers, Logits
from sporeprint_export.manifest import Manifest, Precision
from sporeprint_export.parity import Parity, compare
from sporeprint_export.precision import Budget
from sporeprint_training.decision import Taxa, calibrated_scores, decide
from sporeprint_training.run import RunRecord

EXACT_LIMIT = 1e-3
"""Largest |Δp| of a float32 bundle: only the order of additions differs."""
_ROUNDING = 1e-9
"""Shares of photos are compared with limits that are decimal fractions."""


@dataclass(frozen=True)
class Fidelity:
    """An exported model's answers beside the Keras model's."""

    parity: Parity
    accuracy: float
    """Top-1 of the exported model."""
    accuracy_drop: float
    """Top-1 of the Keras model less that; below 0 when the exported one happens to be better."""
    worst_class: str
    """Name of the class whose recall falls most."""
    worst_class_drop: float
    """By how much it falls."""
    deadly_lost: tuple[str, ...]
    """Deadly classes of which fewer photos are named, or raise the alarm, than with the Keras model."""

    def as_dict(self) -> dict[str, float | str | list[str]]:
        """The figures, rounded to what a reader can use and a different processor does not change."""
        return {
            **self.parity.as_dict(),
            "accuracy": round(self.accuracy, 4),
            "accuracy_drop": round(self.accuracy_drop, 4),
            "worst_class": self.worst_class,
            "worst_class_drop": round(self.worst_class_drop, 4),
            "deadly_lost": list(self.deadly_lost),
        }

    def faults(self, precision: Precision, budget: Budget) -> list[str]:
        """Each limit that is passed, with both numbers; empty when the model may be used."""
        parity = self.parity
        if precision == "float32":
            exact = parity.max_abs_dp <= EXACT_LIMIT
            return [] if exact else [f"largest |Δp| {parity.max_abs_dp:.2g}, limit {EXACT_LIMIT:g}"]
        drop = self.accuracy_drop
        limits = [
            (
                parity.agreement < budget.agreement - _ROUNDING,
                f"agreement {parity.agreement:.1%}, limit {budget.agreement:.1%}",
            ),
            (
                parity.mean_abs_dp > budget.mean_abs_dp,
                f"mean |Δp| {parity.mean_abs_dp:.2g}, limit {budget.mean_abs_dp:g}",
            ),
            (
                drop > budget.accuracy_drop + _ROUNDING,
                f"accuracy drop {drop * 100:.1f} points, limit {budget.accuracy_drop * 100:g}",
            ),
            (bool(self.deadly_lost), f"fewer photos recognised of {', '.join(self.deadly_lost)}"),
        ]
        return [text for passed, text in limits if passed]


def measure(answers: Answers, logits: Logits, record: RunRecord | Manifest) -> Fidelity:
    """Measure an exported model's logits, `(n, classes)`, for the photos of `answers`.

    Raises:
        ValueError: another number of photos or classes, or a logit that is NaN or infinite.
    """
    parity = compare(answers.logits, logits, record.temperature)
    expected, labels = answers.logits.argmax(axis=1) == answers.labels, answers.labels
    found = logits.argmax(axis=1) == labels
    present = np.unique(labels)
    drops = [float(expected[labels == label].mean() - found[labels == label].mean()) for label in present]
    worst = int(np.argmax(drops))
    return Fidelity(
        parity=parity,
        accuracy=float(found.mean()),
        accuracy_drop=float(expected.mean() - found.mean()),
        worst_class=record.classes[present[worst]].scientific_name,
        worst_class_drop=drops[worst],
        deadly_lost=_deadly_lost(answers, logits, record),
    )


def _deadly_lost(answers: Answers, logits: Logits, record: RunRecord | Manifest) -> tuple[str, ...]:
    lost, taxa = [], record.taxa()
    for label, item in enumerate(record.classes):
        rows = answers.labels == label
        if item.toxicity != "deadly" or not rows.any():
            continue
        named = [(values[rows].argmax(axis=1) == label).sum() for values in (answers.logits, logits)]
        alarms = [_alarms(values[rows], record, taxa) for values in (answers.logits, logits)]
        if named[1] < named[0] or alarms[1] < alarms[0]:
            lost.append(item.scientific_name)
    return tuple(lost)


def _alarms(logits: NDArray[np.float32], record: RunRecord | Manifest, taxa: Taxa) -> int:
    rows: Sequence[Sequence[float]] = logits.astype(float).tolist()
    scores = (calibrated_scores(row, record.temperature) for row in rows)
    return sum(decide(row, taxa, record.thresholds).alarm for row in scores)
