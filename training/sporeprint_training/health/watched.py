"""One stage of training as the rules see it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.config_stages import EarlyStoppingConfig, StageConfig
from sporeprint_training.history import Epoch, StageSignals


@dataclass(frozen=True)
class Watched:
    """A stage, what came before it, and its part of the configuration."""

    place: int
    """Of the stage among all stages, from 0."""
    epochs: tuple[Epoch, ...]
    """Of this stage, at least one."""
    earlier: tuple[Epoch, ...]
    """Of the stages before it."""
    signals: StageSignals
    config: RunConfig

    @property
    def chance(self) -> float:
        """Loss of a uniform guess, nats; see `chance_loss`."""
        return chance_loss(len(self.signals.class_counts), self.config)

    @property
    def early_stopping(self) -> EarlyStoppingConfig | None:
        """What stops this stage; None trains all epochs."""
        own = self._listed.early_stopping if self._listed else None
        if own is False:
            return None
        return own or self.config.callbacks.early_stopping

    @property
    def restores(self) -> bool:
        """Whether the stage ends with the weights of its best epoch."""
        return self.early_stopping is not None and self.early_stopping.restore_best_weights

    @property
    def rate_key(self) -> str:
        """Key of the stage's learning rate."""
        if self._listed:
            return f"stages[{self.place}].learning_rate"
        return "fine_tune.learning_rate" if self.place else "model.learning_rate"

    @property
    def epochs_key(self) -> str:
        """Key of the stage's number of epochs."""
        if self._listed:
            return f"stages[{self.place}].epochs"
        return "fine_tune.epochs" if self.place else "max_epochs"

    @property
    def _listed(self) -> StageConfig | None:
        stages = self.config.stages or ()
        return stages[self.place] if self.place < len(stages) else None


def chance_loss(n_classes: int, config: RunConfig) -> float:
    """Loss of a uniform guess in the units of `Epoch.loss`, or more where class weights have names, nats.

    Label smoothing and MixUp do not change it: whatever the target, cross-entropy with a uniform guess is
    `ln(classes)`. The focal loss scales it by `(1 - 1/classes)^gamma`. Weights by name are taken at their largest, so
    that a rule that compares with this errs towards silence.
    """
    weights = config.model.class_weights
    largest = max([1.0, *weights.values()]) if isinstance(weights, dict) else 1.0
    classes = max(n_classes, 2)
    focal = math.pow(1 - 1 / classes, config.model.focal_gamma)
    return math.log(classes) * focal * largest


def watched_stages(history: Sequence[Epoch], signals: Sequence[StageSignals], config: RunConfig) -> Iterator[Watched]:
    """Each stage that has epochs, in order.

    Args:
        history: of all stages, in order.
        signals: one of each stage, in order.
        config: of the run.
    """
    before: tuple[Epoch, ...] = ()
    for place, signal in enumerate(signals):
        epochs = tuple(epoch for epoch in history if epoch.stage == signal.stage)
        if epochs:
            yield Watched(place, epochs, before, signal, config)
        before += epochs
