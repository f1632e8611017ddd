"""How TensorFlow runs a model on this machine."""

from __future__ import annotations

import tensorflow as tf


def jit() -> bool | str:
    """What to compile a Keras model with: Keras would choose XLA everywhere; on a CPU that is nine times slower."""
    return "auto" if tf.config.list_physical_devices("GPU") else False
