"""What a finished model is worth on the test split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.calibrate import softmax
from sporeprint_training.decision import Rank, Taxon, Thresholds, decide
from sporeprint_training.metrics import Labels, Matrix, calibration_error, macro_f1, top_k
from sporeprint_training.run import RunMetrics


def measure(
    logits: Matrix,
    labels: Labels,
    taxa: Sequence[Taxon],
    temperature: float,
    thresholds: Thresholds,
    familiarity: NDArray[np.float64] | None = None,
) -> RunMetrics:
    """Measure the answers to test photos.

    Args:
        logits: `(photos, classes)`.
        labels: `(photos,)`.
        taxa: the classes.
        temperature: of the scores.
        thresholds: of the decision.
        familiarity: `(photos,)`; None calls nothing unknown.
    """
    scores = softmax(logits, temperature)
    familiar = [None] * len(labels) if familiarity is None else familiarity.tolist()
    decisions = [decide(row.tolist(), taxa, thresholds, one) for row, one in zip(scores, familiar, strict=True)]
    by_score = np.array([decision.alarm_reason == "score" for decision in decisions], bool)
    alarm = np.array([decision.alarm for decision in decisions], bool)
    deadly = np.array([taxa[label].toxicity == "deadly" for label in labels], bool)
    # On a listed look-alike of a deadly species the alarm is meant to sound: there it is not false.
    look_alike = ~deadly & np.array([bool(taxa[label].deadly_look_alikes) for label in labels], bool)
    unrelated = ~deadly & ~look_alike
    species = np.array([decision.rank == "species" for decision in decisions], bool)
    return RunMetrics(
        top1=top_k(logits, labels, 1),
        top3=top_k(logits, labels, 3),
        macro_f1=macro_f1(logits, labels),
        n=len(labels),
        top1_genus=rank_accuracy(logits, labels, taxa, "genus"),
        top1_family=rank_accuracy(logits, labels, taxa, "family"),
        top1_order=rank_accuracy(logits, labels, taxa, "order"),
        n_deadly=int(deadly.sum()),
        deadly_recall=_share(alarm[deadly]),
        deadly_by_score=_share(by_score[deadly]),
        n_unrelated=int(unrelated.sum()),
        deadly_false_alarm=_share(alarm[unrelated]),
        look_alike_alarm=_share(alarm[look_alike]),
        species_precision=_share((scores.argmax(axis=1) == labels)[species]),
        species_coverage=_share(species),
        ece=calibration_error(scores, labels),
    )


def _share(found: NDArray[np.bool_]) -> float | None:
    return float(found.mean()) if len(found) else None


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
