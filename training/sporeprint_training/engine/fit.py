"""One stage: compile, fit from wherever training stands, stop early, and write down what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.engine.checkpoints import Content
from sporeprint_training.engine.learner import Learner
from sporeprint_training.engine.optimisers import build_loss, build_optimiser
from sporeprint_training.engine.pipeline import Cursor
from sporeprint_training.engine.plan import Stage
from sporeprint_training.engine.steering import Averages, Plateau, Stopping
from sporeprint_training.engine.watchers import Clock, Recorder, Resumable, Saver
from sporeprint_training.execution import jit
from sporeprint_training.history import Epoch
from sporeprint_training.progress import Progress

MOST_STEPS_AT_ONCE = 32
"""Steps on features in memory that TensorFlow runs before it asks Python again: each takes less than asking does."""


@dataclass(frozen=True)
class Fitting:
    """One stage and what surrounds it.

    Attributes are what `fit` needs besides the learner and its batches.
    """

    stage: Stage
    config: RunConfig
    steps_per_epoch: int
    cursor: Cursor
    progress: Progress
    after_epoch: Callable[[Epoch], bool]
    """Told of every row; answers whether to stop."""
    save: Callable[[Content], None] | None
    """Writes a checkpoint; None keeps none."""
    tensorboard: Path | None
    resumed: Content | None = None
    """The part of a checkpoint that `fit` made in this stage."""

    @property
    def at_once(self) -> int:
        """Steps that TensorFlow runs in one go."""
        return 1 if self.stage.whole_network else max(1, min(MOST_STEPS_AT_ONCE, self.steps_per_epoch))


def fit(learner: Learner, train: tf.data.Dataset, val: tf.data.Dataset, fitting: Fitting) -> None:
    """Train in place.

    Keras' own `fit` cannot begin within an epoch; these are its steps, with its callbacks and compiled functions.

    Args:
        learner: what learns.
        train: batches of one epoch from the cursor on; iterated anew for every epoch.
        val: batches to judge every epoch on.
        fitting: everything else.

    Raises:
        LossIsNoNumber: the weights are then those of the last good epoch.
    """
    learner.compile(
        optimizer=_optimiser(fitting),
        loss=build_loss(fitting.config.model),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=jit(),
        steps_per_execution=fitting.at_once,
    )
    # What is restored has to exist first.
    learner.optimizer.build(learner.trainable_variables)
    learner._symbolic_build(data_batch=next(iter(val.take(1))))
    watchers = _watchers(learner, fitting)
    if fitting.resumed:
        _restore(learner, watchers, fitting.resumed)
    title = _TITLES.get(fitting.stage.name, f"Training, {fitting.stage.name.replace('_', ' ')}")
    with fitting.progress.step(title, fitting.stage.epochs) as done:
        done(fitting.cursor.epoch)
        watchers.append(keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: done(1)))
        _all_epochs(learner, train, val, fitting, watchers)


def _all_epochs(
    learner: Learner,
    train: tf.data.Dataset,
    val: tf.data.Dataset,
    fitting: Fitting,
    watchers: list[keras.callbacks.Callback],
) -> None:
    told = keras.callbacks.CallbackList(
        watchers, model=learner, epochs=fitting.stage.epochs, steps=fitting.steps_per_epoch, verbose=0
    )
    train, val = (learner.distribute_strategy.experimental_distribute_dataset(data) for data in (train, val))
    learner.make_train_function()
    learner.make_test_function()
    learner.stop_training = False
    told.on_train_begin()
    for epoch in range(fitting.cursor.epoch, fitting.stage.epochs):
        learner.reset_metrics()
        told.on_epoch_begin(epoch)
        learned = _one_epoch(learner, iter(train), fitting, told)
        judged = _judged(learner, val, told)
        told.on_epoch_end(epoch, learned | {f"val_{name}": value for name, value in judged.items()})
        if learner.stop_training:
            break
    learner.optimizer.finalize_variable_values(learner.trainable_weights)
    told.on_train_end()


def _one_epoch(learner: Learner, batches: Any, fitting: Fitting, told: Any) -> dict[str, Any]:
    steps = fitting.steps_per_epoch
    for begin in range(fitting.cursor.batch, steps, fitting.at_once):
        told.on_train_batch_begin(begin)
        logs = learner.train_function(batches)
        told.on_train_batch_end(min(begin + fitting.at_once, steps) - 1, logs)
    return dict(learner.get_metrics_result())


def _judged(learner: Learner, val: Any, told: Any) -> dict[str, Any]:
    told.on_test_begin()
    learner.reset_metrics()
    batches = iter(val)
    try:
        while True:
            learner.test_function(batches)
    except (StopIteration, tf.errors.OutOfRangeError):  # one step at a time, or several
        pass
    logs = dict(learner.get_metrics_result())
    told.on_test_end(logs)
    return logs


_TITLES = {"head": "Training the head", "network": "Training the network", "fine_tune": "Fine-tuning"}


def _optimiser(fitting: Fitting) -> keras.optimizers.Optimizer:
    optimiser = build_optimiser(fitting.config.model, fitting.stage, fitting.steps_per_epoch)
    half = fitting.config.precision == "mixed_float16" and fitting.stage.whole_network
    return keras.optimizers.LossScaleOptimizer(optimiser) if half else optimiser


def _watchers(learner: Learner, fitting: Fitting) -> list[keras.callbacks.Callback]:
    # In this order: the row of an epoch is done first, what is kept is of averaged weights, and a checkpoint is last.
    clock = Clock(measures_data=fitting.stage.whole_network)
    recorder = Recorder(fitting.stage, fitting.cursor, clock, fitting.after_epoch)
    found: list[keras.callbacks.Callback] = [clock, recorder]
    if fitting.config.model.optimizer.ema is not None:
        found.append(Averages())
    if fitting.stage.schedule.name == "plateau":
        found.append(Plateau(fitting.stage))
    if fitting.stage.early_stopping:
        found.append(Stopping(fitting.stage.early_stopping))
    if fitting.tensorboard is not None and fitting.config.callbacks.tensorboard:
        found.append(_tensorboard(fitting.tensorboard / fitting.stage.name, fitting))
    if fitting.save is not None:
        found.append(_saver(learner, list(found), fitting, fitting.save))
    return found


def _tensorboard(folder: Path, fitting: Fitting) -> keras.callbacks.Callback:
    options = fitting.config.callbacks.tensorboard
    assert options is not None
    return keras.callbacks.TensorBoard(
        str(folder),
        write_graph=False,
        histogram_freq=1 if options.histograms else 0,
        profile_batch=options.profile or 0,
    )


def _saver(
    learner: Learner, watchers: Sequence[Any], fitting: Fitting, save: Callable[[Content], None]
) -> keras.callbacks.Callback:
    def content() -> Content:
        return {
            "epoch": fitting.cursor.epoch,
            "batch": fitting.cursor.batch,
            "model": values(learner.variables),
            "optimizer": values(learner.optimizer.variables),
            "metrics": values(learner.metrics_variables),
            "watchers": {type(item).__name__: item.state() for item in watchers if hasattr(item, "state")},
        }

    resumed = fitting.resumed
    metrics = resumed["metrics"] if resumed and resumed["batch"] else None
    every = fitting.config.callbacks.checkpoint.every_seconds
    return Saver(lambda: save(content()), every, fitting.cursor, fitting.steps_per_epoch, metrics)


def _restore(learner: Learner, watchers: Sequence[keras.callbacks.Callback], content: Content) -> None:
    assign(learner.variables, content["model"])
    assign(learner.optimizer.variables, content["optimizer"])
    for watcher in watchers:
        state = content["watchers"].get(type(watcher).__name__)
        if state is not None:
            resumable: Resumable = watcher
            resumable.restore(state)


def values(variables: Sequence[Any]) -> list[NDArray[Any]]:
    """What variables hold."""
    return [np.asarray(keras.ops.convert_to_numpy(variable)) for variable in variables]


def assign(variables: Sequence[Any], kept: Sequence[NDArray[Any]]) -> None:
    """Give variables what `values` of the same ones was."""
    for variable, value in zip(variables, kept, strict=True):
        variable.assign(value)
