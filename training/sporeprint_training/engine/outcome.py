"""What training leaves behind, and the answers of a model."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from sporeprint_training.batches import Floats, PhotoReader
from sporeprint_training.execution import answers, without_xla_on_cpu
from sporeprint_training.history import Epoch, StageSignals


@dataclass(frozen=True)
class Learned:
    """A trained model and what training left behind."""

    model: keras.Model
    history: tuple[Epoch, ...]
    signals: tuple[StageSignals, ...]
    logits: dict[str, Floats]
    """For the splits "val" and "test", shape `(photos, classes)` in the order of `split_photos`."""
    features: dict[str, Floats]
    """The head's input for the splits "train", "val" and "test", shape `(photos, n_features)`, likewise."""
    seconds: dict[str, float]
    """By `features`, and by stage."""


def predict(model: keras.Model, reader: PhotoReader, batch_size: int) -> Floats:
    """Outputs of a model for all photos of a reader: `(photos, classes)` where they are logits."""
    without_xla_on_cpu(model)
    parts = [answers(model, pixels, batch_size) for pixels in reader.in_order(batch_size)]
    return np.concatenate(parts) if parts else np.zeros((0, model.output_shape[1]), np.float32)
