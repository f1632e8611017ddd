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
        return chance_loss(self.signals.class_counts, self.config)

    @property
    def from_scratch(self) -> bool:
        """Whether a network learns that never learnt before."""
        return self.signals.whole_network and not self.signals.pretrained

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


def chance_loss(counts: Sequence[int], config: RunConfig) -> float:
    """Loss of a uniform guess in the units of `Epoch.loss`, or more where class weights have names, nats.

    Label smoothing and MixUp do not change it: whatever the target, cross-entropy with a uniform guess is
    `ln(classes)`. The focal loss scales it by `(1 - 1/classes)^gamma`.

    Args:
        counts: training photos of each class.
        config: of the run.
    """
    classes = max(len(counts), 2)
    return math.log(classes) * math.pow(1 - 1 / classes, config.model.focal_gamma) * _weight(counts, config)


def _weight(counts: Sequence[int], config: RunConfig) -> float:
    """Mean weight of a shown photo, at most; weights by name are taken at their largest, which errs towards silence."""
    weights, data = config.model.class_weights, config.dataset
    if isinstance(weights, dict):
        return max([1.0, *weights.values()])
    shown_alike = data.sampling == "balanced" or data.upsample not in ("none", 0)
    if weights == "balanced" and shown_alike and counts:
        # Inverse to the photos of each class, on the mean of the photos 1; of the classes, more.
        return sum(counts) / len(counts) * sum(1 / max(count, 1) for count in counts) / len(counts)
    return 1.0


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
