"""One stage of training as the rules see it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.engine.plan import Stage, plan
from sporeprint_training.history import Epoch, StageSignals


@dataclass(frozen=True)
class Watched:
    """A stage, what came before it, and what the configuration says of it."""

    plan: Stage
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
    def restores(self) -> bool:
        """Whether the stage ends with the weights of its best epoch."""
        return self.plan.early_stopping is not None and self.plan.early_stopping.restore_best_weights

    @property
    def epochs_key(self) -> str:
        """Key of the stage's number of epochs."""
        if self.config.stages:
            return f"stages.{self.plan.index}.epochs"
        return "fine_tune.epochs" if self.plan.index else "max_epochs"


def chance_loss(n_classes: int, config: RunConfig) -> float:
    """Loss of a uniform guess in the units of `Epoch.loss`, or more where class weights have names, nats.

    Label smoothing and MixUp do not change it: whatever the target, cross-entropy with a uniform guess is
    `ln(classes)`. The focal loss scales it by `(1 - 1/classes)^gamma`; balanced class weights are 1 on the mean of the
    photos. Weights by name are taken at their largest, so that a rule that compares with this errs towards silence.
    """
    weights = config.model.class_weights
    largest = max([1.0, *weights.values()]) if isinstance(weights, dict) else 1.0
    classes = max(n_classes, 2)
    return math.log(classes) * math.pow(1 - 1 / classes, config.model.focal_gamma) * largest


def watched_stages(history: Sequence[Epoch], signals: Sequence[StageSignals], config: RunConfig) -> Iterator[Watched]:
    """Each stage that has epochs, in order.

    Args:
        history: of all stages, in order.
        signals: one of each stage begun, in order.
        config: of the run.
    """
    earlier: tuple[Epoch, ...] = ()
    for signal in signals:
        planned = {stage.name: stage for stage in plan(config, pretrained=signal.pretrained)}
        epochs = tuple(epoch for epoch in history if epoch.stage == signal.stage)
        if epochs:
            yield Watched(planned[signal.stage], epochs, earlier, signal, config)
        earlier += epochs
