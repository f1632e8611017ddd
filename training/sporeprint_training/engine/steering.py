"""Callbacks that steer: averages of weights, early stopping, and a step size that falls on a plateau."""

from __future__ import annotations

from typing import Any

import keras

from sporeprint_training.config_stages import EarlyStoppingConfig
from sporeprint_training.engine.plan import Stage
from sporeprint_training.engine.watchers import State


class Averages(keras.callbacks.Callback):  # type: ignore[misc]
    """Puts the moving average of the weights in their place for validation and at the end of an epoch.

    Callbacks after this one see the average then. Keras has `SwapEMAWeights`, which ends with the plain weights when
    training stops early, and swaps by additions that round.
    """

    def __init__(self) -> None:
        super().__init__()
        self._plain: list[Any] | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Learn on with the plain weights."""
        self._put_back()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """What is kept is the average."""
        self._put_in()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """What is judged is the average."""
        self._put_in()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Judging is over."""
        self._put_back()

    def _put_in(self) -> None:
        # Half precision wraps the optimiser that has the averages.
        optimiser = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        averages = optimiser._model_variables_moving_average
        if self._plain is None and int(optimiser.iterations) > 0:
            self._plain = [keras.ops.convert_to_numpy(weight) for weight in self.model.trainable_weights]
            for weight, average in zip(self.model.trainable_weights, averages, strict=True):
                weight.assign(average)

    def _put_back(self) -> None:
        if self._plain is not None:
            for weight, plain in zip(self.model.trainable_weights, self._plain, strict=True):
                weight.assign(plain)
        self._plain = None


class _GoesOn(keras.callbacks.Callback):  # type: ignore[misc]
    # Keras' callbacks forget everything when training begins.
    kept: tuple[str, ...] = ()

    def state(self) -> State:
        """See `Resumable`."""
        values = {name: getattr(self, name) for name in self.kept}
        return {**values, "best": None if self.best is None else float(self.best)}

    def restore(self, state: State) -> None:
        """See `Resumable`."""
        self._resumed = state

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin, or go on."""
        super().on_train_begin(logs)
        for name, value in self.__dict__.pop("_resumed", {}).items():
            setattr(self, name, value)


class Stopping(_GoesOn, keras.callbacks.EarlyStopping):  # type: ignore[misc]
    """Early stopping that goes on counting after a break."""

    kept = ("wait", "best_epoch", "best_weights")

    def __init__(self, config: EarlyStoppingConfig) -> None:
        super().__init__(
            monitor=config.monitor,
            mode="min" if config.monitor == "val_loss" else "max",
            min_delta=config.min_delta,
            patience=config.patience,
            restore_best_weights=config.restore_best_weights,
            start_from_epoch=config.start_from_epoch,
        )


class Plateau(_GoesOn, keras.callbacks.ReduceLROnPlateau):  # type: ignore[misc]
    """A step size that falls where the validation loss does not, and that goes on counting after a break."""

    kept = ("wait",)

    def __init__(self, stage: Stage) -> None:
        schedule = stage.schedule
        least = schedule.end * stage.learning_rate
        super().__init__("val_loss", schedule.factor, schedule.patience, mode="min", min_delta=0.0, min_lr=least)
