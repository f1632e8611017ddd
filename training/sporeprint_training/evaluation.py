"""What a finished model is worth on the test split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sporeprint_training.calibrate import softmax
from sporeprint_training.decision import Rank, Taxon, Thresholds, decide
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
        top1_genus=rank_accuracy(logits, labels, taxa, "genus"),
        top1_family=rank_accuracy(logits, labels, taxa, "family"),
        top1_order=rank_accuracy(logits, labels, taxa, "order"),
        n_deadly=int(deadly.sum()),
        deadly_recall=float(alarms[deadly].mean()) if deadly.any() else None,
        deadly_false_alarm=float(alarms[~deadly].mean()) if (~deadly).any() else None,
        ece=calibration_error(scores, labels),
    )


def rank_accuracy(logits: Matrix, labels: Labels, taxa: Sequence[Taxon], rank: Rank) -> float | None:
    """Share of photos whose best class belongs to the right taxon of a rank.

    It is the rank of the one best class; `thresholds.rank_answers` sums the classes' scores first. A class that has no
    name at this rank is right only for its own photos, whatever the others are called.

    Args:
        logits: `(photos, classes)`.
        labels: `(photos,)`.
        taxa: the classes.
        rank: `species` gives top-1.

    Returns:
        None without photos, and where no class has a name at this rank: then nothing is known of it.
    """
    names = [taxon.names.get(rank) for taxon in taxa]
    if not len(labels) or not any(names):
        return None
    places = {name: place for place, name in reversed([*enumerate(names)])}
    group = np.array([places[name] if name else place for place, name in enumerate(names)])
    return float((group[logits.argmax(axis=1)] == group[labels]).mean())
