"""One phase of training: compile, fit, stop early, and write down what happened."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import keras

from sporeprint_training.batches import Batches
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.config_stages import EarlyStoppingConfig
from sporeprint_training.errors import StepFailed
from sporeprint_training.execution import jit
from sporeprint_training.progress import Progress

PhaseName = Literal["head", "network", "fine_tune"]


@dataclass(frozen=True)
class Phase:
    """What differs between the phases."""

    name: PhaseName
    epochs: int
    learning_rate: float


@dataclass(frozen=True)
class Epoch:
    """One row of history.csv; `accuracy` is top-1, losses include label smoothing, the rate is the epoch's first."""

    phase: PhaseName
    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    seconds: float


def fit(
    model: keras.Model,
    train: Batches,
    val: Batches,
    phase: Phase,
    config: RunConfig,
    tensorboard: Path,
    progress: Progress,
) -> list[Epoch]:
    """Train `model`, whose outputs are logits, in place.

    Raises:
        StepFailed: the loss stopped being a number.
    """
    model.compile(
        optimizer=_optimiser(phase, config, len(train)),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.model.label_smoothing),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=jit(),
    )
    recorder = _Recorder(phase)
    watchers = [recorder, keras.callbacks.TensorBoard(str(tensorboard / phase.name), write_graph=False)]
    stopping = config.callbacks.early_stopping
    if stopping:
        watchers.append(_early_stopping(stopping))
    with progress.step(_TITLES[phase.name], phase.epochs) as done:
        watchers.append(keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: done(1)))
        model.fit(train, validation_data=val, epochs=phase.epochs, callbacks=watchers, shuffle=False, verbose=0)
    return recorder.epochs


def _optimiser(phase: Phase, config: RunConfig, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    rate: Any = phase.learning_rate
    if config.model.learning_rate_schedule.name == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, phase.epochs * steps_per_epoch)
    decay = config.model.weight_decay
    return keras.optimizers.AdamW(rate, weight_decay=decay) if decay else keras.optimizers.Adam(rate)


_TITLES = {"head": "Training the head", "network": "Training the network", "fine_tune": "Fine-tuning"}


def _early_stopping(config: EarlyStoppingConfig) -> keras.callbacks.Callback:
    return keras.callbacks.EarlyStopping(
        monitor=config.monitor,
        mode="min" if config.monitor == "val_loss" else "max",
        patience=config.patience,
        restore_best_weights=config.restore_best_weights,
        start_from_epoch=config.start_from_epoch,
    )


class _Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the history and stops at the first loss that is no number."""

    def __init__(self, phase: Phase) -> None:
        super().__init__()
        self.epochs: list[Epoch] = []
        self._phase = phase
        self._started, self._rate = 0.0, phase.learning_rate

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._started, self._rate = time.monotonic(), float(self.model.optimizer.learning_rate)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._require_number((logs or {}).get("loss", 0.0))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        values = {key: float(value) for key, value in (logs or {}).items()}
        self._require_number(values["val_loss"])
        self.epochs.append(
            Epoch(
                self._phase.name,
                epoch,
                values["loss"],
                values["accuracy"],
                values["val_loss"],
                values["val_accuracy"],
                self._rate,
                time.monotonic() - self._started,
            )
        )

    def _require_number(self, loss: float) -> None:
        if not math.isfinite(loss):
            key = "fine_tune.learning_rate" if self._phase.name == "fine_tune" else "model.learning_rate"
            raise StepFailed(
                "The loss stays a finite number",
                received=f"{loss} after {len(self.epochs)} whole epochs with {key} = {self._phase.learning_rate:g}",
                next_step=f"Lower {key}, to {self._phase.learning_rate / 10:g} for a start; nothing was written",
            )
