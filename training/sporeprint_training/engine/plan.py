"""The stages of a run, with everything that a stage leaves to the run filled in."""

from __future__ import annotations

from dataclasses import dataclass

from sporeprint_training.config_model import ScheduleConfig
from sporeprint_training.config_photos import AugmentationConfig
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.config_stages import EarlyStoppingConfig, Layers, StageConfig


@dataclass(frozen=True)
class Stage:
    """One stage, complete."""

    index: int
    name: str
    """`head`, `network` or `fine_tune`, or `stage_1`, `stage_2`, … where the configuration lists them."""
    epochs: int
    layers: Layers
    learn_batch_norm: bool
    learning_rate: float
    learning_rate_key: str
    """Where the configuration says it."""
    schedule: ScheduleConfig
    batch_size: int
    augmentation: AugmentationConfig | None
    early_stopping: EarlyStoppingConfig | None

    @property
    def whole_network(self) -> bool:
        """Layers of the backbone learn too; otherwise the head alone, on features that are computed once."""
        return self.layers not in ("none", 0)


def plan(config: RunConfig, *, pretrained: bool) -> tuple[Stage, ...]:
    """What a run does, stage by stage.

    Args:
        config: with `stages`, or with `max_epochs` and `fine_tune` for the usual two.
        pretrained: whether the backbone came with weights; otherwise it learns from the first stage on.
    """
    if config.stages:
        return tuple(
            _stage(config, index, f"stage_{index + 1}", f"stages.{index}.learning_rate", stage)
            for index, stage in enumerate(config.stages)
        )
    first = StageConfig(epochs=config.max_epochs, layers="none" if pretrained else "all", batch_norm="learn")
    stages = [_stage(config, 0, "head" if pretrained else "network", "model.learning_rate", first)]
    if config.fine_tune.active:
        tune = config.fine_tune
        second = StageConfig(epochs=tune.epochs, layers=tune.layers, learning_rate=tune.learning_rate)
        stages.append(_stage(config, 1, "fine_tune", "fine_tune.learning_rate", second, learn=not pretrained))
    return tuple(stages)


def _stage(config: RunConfig, index: int, name: str, key: str, stage: StageConfig, *, learn: bool = False) -> Stage:
    own_rate, augmentation, stopping = stage.learning_rate, stage.data_augmentation, stage.early_stopping
    return Stage(
        index=index,
        name=name,
        epochs=stage.epochs,
        layers=stage.layers,
        learn_batch_norm=learn or stage.batch_norm == "learn",
        learning_rate=config.model.learning_rate if own_rate is None else own_rate,
        learning_rate_key="model.learning_rate" if own_rate is None else key,
        schedule=stage.learning_rate_schedule or config.model.learning_rate_schedule,
        batch_size=stage.batch_size or config.batch_size,
        # False is "none of it", null is "as the run".
        augmentation=config.dataset.data_augmentation if augmentation is None else augmentation or None,
        early_stopping=config.callbacks.early_stopping if stopping is None else stopping or None,
    )
