"""Optimiser, schedule and loss as the configuration names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_training.config_model import ModelConfig, ScheduleConfig
from sporeprint_training.engine.plan import Stage
from sporeprint_training.errors import BadInput


@keras.saving.register_keras_serializable("sporeprint")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Even steps from 0 to the first step size, then another schedule, or that step size.

    Args:
        rate: step size at the end of the warm-up.
        steps: of the warm-up.
        after: from there on, its own steps counted from 0; None keeps `rate`.
    """

    def __init__(self, rate: float, steps: int, after: Any = None) -> None:
        self.rate, self.steps, self.after = rate, steps, after

    def __call__(self, step: Any) -> Any:
        """The step size of one step."""
        step = tf.cast(step, tf.float32)
        rising = self.rate * (step + 1) / max(1, self.steps)
        later = tf.constant(self.rate) if self.after is None else self.after(tf.maximum(step - self.steps, 0))
        return tf.where(step < self.steps, rising, later)

    def get_config(self) -> dict[str, Any]:
        """What `__init__` takes."""
        return {"rate": self.rate, "steps": self.steps, "after": self.after}


def build_optimiser(model: ModelConfig, stage: Stage, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """The optimiser of one stage.

    Args:
        model: names the optimiser.
        stage: with its step size and schedule.
        steps_per_epoch: what a schedule counts in.
    """
    options = model.optimizer
    shared = {
        "learning_rate": _rate(stage.learning_rate, stage.schedule, stage.epochs, steps_per_epoch),
        "weight_decay": model.weight_decay or None,
        "global_clipnorm": options.clip_norm,
        "use_ema": options.ema is not None,
        "ema_momentum": options.ema if options.ema is not None else 0.99,
    }
    if options.name == "sgd":
        return keras.optimizers.SGD(momentum=options.momentum, nesterov=options.nesterov, **shared)
    # Keras decouples the decay of Adam as that of AdamW.
    return keras.optimizers.Adam(beta_1=options.beta_1, beta_2=options.beta_2, epsilon=options.epsilon, **shared)


def _rate(rate: float, schedule: ScheduleConfig, epochs: int, steps_per_epoch: int) -> Any:
    warm = round(schedule.warmup_epochs * steps_per_epoch)
    if schedule.name == "cosine":
        falling = max(1, epochs * steps_per_epoch - warm)
        cosine = keras.optimizers.schedules.CosineDecay(rate, falling, alpha=schedule.end)
        return WarmUp(rate, warm, cosine) if warm else cosine
    # `plateau` sets the step size itself, which Keras allows only without a schedule; see `steering.Plateau`.
    return WarmUp(rate, warm) if warm and schedule.name == "constant" else rate


def build_loss(model: ModelConfig) -> keras.losses.Loss:
    """Cross-entropy of logits `(batch, classes)` with one-hot labels, or the focal loss; mean of a batch, in nats."""
    if model.focal_gamma:
        return keras.losses.CategoricalFocalCrossentropy(
            alpha=1.0, gamma=model.focal_gamma, from_logits=True, label_smoothing=model.label_smoothing
        )
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=model.label_smoothing)


def class_weights(model: ModelConfig, names: Sequence[str], counts: NDArray[np.int64]) -> NDArray[np.float32] | None:
    """Weight of each class in the loss, shape `(classes,)`; None where all are 1.

    Args:
        model: says how they are weighed.
        names: scientific names, by label.
        counts: training photos, by label.

    Raises:
        BadInput: a name that is no class.
    """
    wanted = model.class_weights
    if wanted == "none":
        return None
    if wanted == "balanced":
        return np.asarray(counts.sum() / len(counts) / np.maximum(counts, 1), np.float32)
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        raise BadInput(
            "model.class_weights names classes of the data set",
            received=", ".join(unknown),
            next_step="Spell the scientific names as `sporeprint inspect` lists them",
        )
    return np.array([wanted.get(name, 1.0) for name in names], np.float32)
