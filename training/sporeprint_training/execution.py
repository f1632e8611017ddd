"""How TensorFlow runs a model on this machine."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


def jit() -> bool | str:
    """What to compile a Keras model with: Keras would choose XLA everywhere; on a CPU that is nine times slower."""
    return "auto" if tf.config.list_physical_devices("GPU") else False


def without_xla_on_cpu(model: keras.Model) -> None:
    """Set the same for a model that only predicts and is never compiled."""
    if jit() is False:
        model.jit_compile = False


def filled(pixels: NDArray[Any], batch_size: int) -> NDArray[Any]:
    """At most `batch_size` photos, and the last one again until they are as many."""
    missing = batch_size - len(pixels)
    return np.concatenate([pixels, np.repeat(pixels[-1:], missing, axis=0)]) if missing > 0 else pixels


def answers(model: keras.Model, pixels: NDArray[Any], batch_size: int) -> NDArray[np.float32]:
    """Outputs `(photos, units)` for at most `batch_size` photos `(photos, size, size, 3)`.

    A smaller batch is filled up first, because TensorFlow would trace the graph again for every other batch size.
    """
    outputs: NDArray[Any] = model.predict_on_batch(filled(pixels, batch_size).astype(np.float32))
    return np.asarray(outputs[: len(pixels)], np.float32)
