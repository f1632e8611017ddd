"""What is looked at before the first step of a stage and after its last, on some validation photos."""

from __future__ import annotations

import math
from dataclasses import replace

import keras
import numpy as np
from numpy.typing import NDArray

from sporeprint_training.batches import Floats
from sporeprint_training.calibrate import softmax
from sporeprint_training.engine.plan import Stage
from sporeprint_training.history import StageSignals

SIGNAL_PHOTOS = 256
"""Validation photos that are looked at, at most: enough to see a unit that is never active."""


def signals_before(
    network: keras.Model,
    stage: Stage,
    features: Floats,
    logits: Floats,
    labels: NDArray[np.int32],
    *,
    pretrained: bool,
    class_counts: NDArray[np.int64],
) -> StageSignals:
    """Look at a network that is about to learn; what is measured last is NaN until `signals_after`.

    Args:
        network: what learns in the stage.
        stage: that begins.
        features: the head's inputs, `(photos, n_features)`.
        logits: of the same photos, `(photos, classes)`.
        labels: their classes.
        pretrained: the backbone came with weights.
        class_counts: training photos of each class.
    """
    scores = softmax(logits, 1.0)[np.arange(len(labels)), labels]
    return StageSignals(
        stage=stage.name,
        whole_network=stage.whole_network,
        pretrained=pretrained,
        class_counts=tuple(int(count) for count in class_counts),
        first_loss=float(-np.log(np.maximum(scores, 1e-12)).mean()),
        logit_spread=float(logits.std(axis=0).mean()),
        constant_kernels=tuple(_constant(network)),
        dead_before=dead_share(features),
        dead_after=math.nan,
    )


def signals_after(before: StageSignals, features: Floats) -> StageSignals:
    """The signals of a stage that has ended, from the same photos' features."""
    return replace(before, dead_after=dead_share(features))


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
