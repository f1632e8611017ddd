"""What is looked at before the first step of a stage and after its last, on some validation photos."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from sporeprint_training.batches import Floats
from sporeprint_training.calibrate import softmax
from sporeprint_training.engine.plan import Stage
from sporeprint_training.history import StageSignals

SIGNAL_PHOTOS = 256
"""Validation photos that are looked at, at most: enough to see a unit that is never active."""


@dataclass(frozen=True)
class Before:
    """What there is to see before the first step."""

    first_loss: float
    logit_spread: float
    constant_kernels: tuple[str, ...]
    dead: float


def signals_before(network: keras.Model, features: Floats, logits: Floats, labels: NDArray[np.int32]) -> Before:
    """Look at a network that is about to learn.

    Args:
        network: what learns in the stage.
        features: the head's inputs, `(photos, n_features)`.
        logits: of the same photos, `(photos, classes)`.
        labels: their classes.
    """
    scores = softmax(logits, 1.0)[np.arange(len(labels)), labels]
    return Before(
        first_loss=float(-np.log(np.maximum(scores, 1e-12)).mean()),
        logit_spread=float(logits.std(axis=0).mean()),
        constant_kernels=tuple(_constant(network)),
        dead=dead_share(features),
    )


def signals_after(
    before: Before, features: Floats, stage: Stage, *, pretrained: bool, class_counts: NDArray[np.int64]
) -> StageSignals:
    """The signals of a stage, complete.

    Args:
        before: what was seen at its beginning.
        features: the head's inputs of the same photos at its end.
        stage: that has ended.
        pretrained: the backbone came with weights.
        class_counts: training photos of each class.
    """
    return StageSignals(
        stage=stage.name,
        whole_network=stage.whole_network,
        pretrained=pretrained,
        class_counts=tuple(int(count) for count in class_counts),
        first_loss=before.first_loss,
        logit_spread=before.logit_spread,
        constant_kernels=before.constant_kernels,
        dead_before=before.dead,
        dead_after=dead_share(features),
    )


def dead_share(features: Floats) -> float:
    """Share of the features that are 0 for every photo."""
    return float((features == 0).all(axis=0).mean()) if features.size else 0.0


def _constant(network: keras.Model) -> list[str]:
    found = []
    for weight in network.trainable_weights:
        values = keras.ops.convert_to_numpy(weight) if len(weight.shape) > 1 else np.zeros(0)
        if values.size > 1 and np.ptp(values) == 0:
            found.append(str(weight.path))
    return found
