"""What a finished model is worth on the test split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sporeprint_training.calibrate import softmax
from sporeprint_training.decision import Taxon, Thresholds, decide
from sporeprint_training.metrics import Labels, Matrix, calibration_error, macro_f1, top_k
from sporeprint_training.run import RunMetrics


def measure(
    logits: Matrix, labels: Labels, taxa: Sequence[Taxon], temperature: float, thresholds: Thresholds
) -> RunMetrics:
    """Measure the answers to test photos; logits have shape `(photos, classes)`, labels `(photos,)`."""
    scores = softmax(logits, temperature)
    alarms = np.array([decide(row.tolist(), taxa, thresholds).alarm for row in scores], bool)
    deadly = np.array([taxa[label].toxicity == "deadly" for label in labels], bool)
    return RunMetrics(
        top1=top_k(logits, labels, 1),
        top3=top_k(logits, labels, 3),
        macro_f1=macro_f1(logits, labels),
        n=len(labels),
        deadly_recall=float(alarms[deadly].mean()) if deadly.any() else None,
        deadly_false_alarm=float(alarms[~deadly].mean()) if (~deadly).any() else None,
        ece=calibration_error(scores, labels),
    )
