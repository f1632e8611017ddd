"""Callbacks that look on: the clock, the history, the end of a loss that is no number, and the checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Protocol

import keras

from sporeprint_training.engine.learner import Learner
from sporeprint_training.engine.pipeline import Cursor
from sporeprint_training.engine.plan import Stage
from sporeprint_training.history import Epoch

State = dict[str, Any]
"""What a callback has to know again after a break: JSON values, and lists of arrays."""


class Resumable(Protocol):
    """A callback that can go on after a break."""

    def state(self) -> State:
        """What it has to know."""
        ...

    def restore(self, state: State) -> None:
        """Take up a state; called before `fit`."""
        ...


class LossIsNoNumber(Exception):
    """Raised out of `fit`; the weights are those of the last good epoch, or of the start, again."""

    def __init__(self, loss: float, epochs: int) -> None:
        super().__init__(f"{loss} after {epochs} whole epochs")
        self.loss, self.epochs = loss, epochs


class Clock(keras.callbacks.Callback):  # type: ignore[misc]
    """Divides an epoch's time into waiting for data, learning, and callbacks. Has to be the first of the callbacks.

    A batch that was ready before the step asked for it cost no waiting, however long it took to make.

    Args:
        measures_data: whether batches are made while training runs; features lie in memory.
    """

    model: Learner

    def __init__(self, *, measures_data: bool) -> None:
        super().__init__()
        self._measures_data, self._traced = measures_data, False
        self._seconds = {"data": 0.0, "step": 0.0, "callbacks": 0.0}
        self._resumed: State = {}
        self._asked = self._ended = 0.0

    @property
    def seconds(self) -> dict[str, float]:
        """Of the epoch so far, by `data`, `step` and `callbacks`."""
        return dict(self._seconds)

    def state(self) -> State:
        """See `Resumable`."""
        return self.seconds

    def restore(self, state: State) -> None:
        """See `Resumable`."""
        self._resumed = state

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start at zero, or where a break was."""
        self._seconds = dict(self._resumed) or dict.fromkeys(self._seconds, 0.0)
        self._resumed, self._ended = {}, 0.0

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """From here on the step waits for its batch."""
        self._asked = time.time()
        if self._ended:
            self._seconds["callbacks"] += self._asked - self._ended

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """The clocks of TensorFlow and of Python are one."""
        self._ended = time.time()
        took = self._ended - self._asked
        waited = 0.0
        # The first step is traced before it asks for its batch.
        if self._measures_data and self._traced:
            waited = min(max(0.0, float(self.model.last_produced.numpy()) - self._asked), took)
        self._seconds["data"] += waited
        self._seconds["step"] += took - waited
        self._traced = True


class Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the history, moves the cursor, and ends training at the first loss that is no number.

    Args:
        stage: named in each row.
        cursor: where training stands.
        clock: of the same training.
        after_epoch: told of every row; answers whether to stop.
    """

    model: Learner

    def __init__(self, stage: Stage, cursor: Cursor, clock: Clock, after_epoch: Callable[[Epoch], bool]) -> None:
        super().__init__()
        self._stage, self._cursor, self._clock, self._after_epoch = stage, cursor, clock, after_epoch
        self._started, self._before, self._rate = 0.0, 0.0, stage.learning_rate
        self._whole_epochs = 0
        self._good: list[Any] = []

    def state(self) -> State:
        """See `Resumable`."""
        return {"seconds": self._seconds(), "rate": self._rate}

    def restore(self, state: State) -> None:
        """See `Resumable`."""
        self._before, self._rate = float(state["seconds"]), float(state["rate"])

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Keep the weights that are good so far."""
        self._good, self._whole_epochs = self.model.get_weights(), self._cursor.epoch

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Begin a row, or go on with one."""
        self._started = time.monotonic()
        if not self._cursor.batch:
            self._before, self._rate = 0.0, float(self.model.optimizer.learning_rate)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Move the cursor; refuse a loss that is no number."""
        self._require_number((logs or {}).get("loss", 0.0))
        self._cursor.batch = batch + 1

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Complete the row."""
        values = {key: float(value) for key, value in (logs or {}).items()}
        self._require_number(values["val_loss"])
        row = Epoch(
            stage=self._stage.name,
            epoch=epoch,
            learning_rate=self._rate,
            steps=self._cursor.batch,
            seconds=self._seconds(),
            **{f"{part}_seconds": taken for part, taken in _named(self._clock.seconds).items()},
            **{key: values[key] for key in _MEASURED},
        )
        self._good, self._whole_epochs = self.model.get_weights(), epoch + 1
        self._cursor.epoch, self._cursor.batch = epoch + 1, 0
        if self._after_epoch(row):
            self.model.stop_training = True

    def _seconds(self) -> float:
        return self._before + (time.monotonic() - self._started if self._started else 0.0)

    def _require_number(self, loss: float) -> None:
        if not math.isfinite(loss):
            self.model.set_weights(self._good)
            raise LossIsNoNumber(loss, self._whole_epochs)


_MEASURED = (
    *("loss", "accuracy", "val_loss", "val_accuracy"),
    *("gradient_norm", "gradient_norm_max", "first_gradient_norm", "last_gradient_norm"),
)


def _named(seconds: dict[str, float]) -> dict[str, float]:
    return {"data": seconds["data"], "step": seconds["step"], "callback": seconds["callbacks"]}


class Saver(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes a checkpoint whenever one is due, between two steps or two epochs. Has to be the last of the callbacks.

    Args:
        save: writes it.
        every: seconds from one to the next; 0 writes after each step.
        cursor: where training stands.
        steps_per_epoch: after the last step nothing is written, but after the validation that follows it.
        metrics: sums of the epoch that training goes on within; None at an epoch's start.
    """

    def __init__(
        self,
        save: Callable[[], None],
        every: float,
        cursor: Cursor,
        steps_per_epoch: int,
        metrics: list[Any] | None,
    ) -> None:
        super().__init__()
        self._save, self._every, self._cursor = save, every, cursor
        self._steps_per_epoch, self._metrics = steps_per_epoch, metrics
        self._saved, self._begun = time.monotonic(), False

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keras has just set the sums to zero; all callbacks are done with the epoch before."""
        if self._metrics is not None:
            for variable, value in zip(self.model.metrics_variables, self._metrics, strict=True):
                variable.assign(value)
            self._metrics = None
        elif self._begun:
            self._if_due()
        self._begun = True

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Between two steps."""
        if self._cursor.batch < self._steps_per_epoch:
            self._if_due()

    def _if_due(self) -> None:
        if time.monotonic() - self._saved >= self._every:
            self._save()
            self._saved = time.monotonic()
