"""The table `/answers` of predictions.h5: what the app says to each test photo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.calibrate import softmax
from sporeprint_training.decision import RANKS, Taxon
from sporeprint_training.evaluate.answers import Answers
from sporeprint_training.evaluate.measures import taxon_places
from sporeprint_training.evaluate.unknown import known_scores
from sporeprint_training.predictions import Predictions

BEST = 10
"""Classes whose scores are stored."""
_NAME_BYTES = 800


def answer_columns(
    test: Predictions, answers: Answers, taxa: Sequence[Taxon], temperature: float
) -> dict[str, NDArray[Any]]:
    """One entry per test photo, in their order.

    `taxon` and `rank` are empty where the app gives no name, `unknown` is true where it says "none of these".
    `best_label` and `best_score` `(photos, at most 10)` are the best classes, the best first; `right_RANK` is 1 where
    the best class is of the right taxon, 0 where it is not and -1 where nothing is known at that rank. The other
    columns are the app's score, band and alarm, and how much the photo looks like something known
    (`unknown.known_scores`).
    """
    scores = softmax(test.logits, temperature) if len(test) else np.zeros(test.logits.shape)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :BEST]
    said = answers.decisions
    known = known_scores(test.logits, test.familiarity, temperature)
    columns: dict[str, NDArray[Any]] = {
        "photo_id": _texts(test.photo_id.tolist(), 16),
        "taxon": _texts([decision.taxon or "" for decision in said], _NAME_BYTES),
        "rank": _texts([decision.rank or "" for decision in said], 8),
        "score": np.array([decision.score for decision in said], np.float64),
        "band": _texts([decision.band for decision in said], 8),
        "unknown": np.asarray(answers.unknown, np.bool_),
        "alarm": np.array([decision.alarm for decision in said], np.bool_),
        "alarm_reason": _texts([decision.alarm_reason or "" for decision in said], 12),
        "right": np.asarray(answers.right, np.bool_),
        "best_label": best.astype(np.int32),
        "best_score": np.take_along_axis(scores, best, axis=1).astype(np.float32),
        **{name: values.astype(np.float32) for name, values in known.items()},
    }
    for rank in RANKS:
        places = taxon_places(taxa, rank)
        right = np.full(len(test), -1) if places is None else places[best[:, 0]] == places[test.label]
        columns[f"right_{rank}"] = np.asarray(right, np.int8)
    return columns


def _texts(values: Sequence[str], width: int) -> NDArray[np.bytes_]:
    return np.array([value.encode()[:width] for value in values], f"S{width}")
