"""The part of a run's configuration that says what learns when, and what watches it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from sporeprint_training.config_base import Frozen, named, on_off_or_inherit, on_or_off
from sporeprint_training.config_model import ScheduleConfig
from sporeprint_training.config_photos import AugmentationConfig

Layers = Literal["none", "all"] | Annotated[int, Field(ge=0)]


class FineTuneConfig(Frozen):
    """A second stage in which the backbone learns too; short for the second of two `stages`."""

    epochs: int = Field(0, ge=0)
    """Greatest number of epochs; 0 leaves the backbone as it is."""
    learning_rate: float = Field(1e-5, gt=0, le=100)
    layers: Layers = "all"
    """Which layers of the backbone learn: all, none, or the last N. Batch norm statistics of Keras backbones stay."""

    @model_validator(mode="after")
    def _agree(self) -> FineTuneConfig:
        if self.epochs and self.layers in ("none", 0):
            raise ValueError(
                f"{self.epochs} epochs of fine-tuning need layers to tune: set layers to 'all' or a number"
            )
        return self

    @property
    def active(self) -> bool:
        """Whether there is a second stage."""
        return self.epochs > 0


class EarlyStoppingConfig(Frozen):
    """When to stop before the last epoch; holds for each stage on its own."""

    monitor: Literal["val_loss", "val_accuracy"] = "val_loss"
    patience: int = Field(8, ge=0)
    """Epochs without improvement before training stops."""
    min_delta: float = Field(0.0, ge=0)
    """Least change that counts as one."""
    restore_best_weights: bool = True
    """Keep the best epoch's weights instead of the last one's."""
    start_from_epoch: int = Field(0, ge=0)
    """Epochs (counted from 0) before this one are neither judged nor kept."""


class StageConfig(Frozen):
    """One stage of training: which layers learn, for how long, and with which steps. What is null is the run's own."""

    epochs: int = Field(ge=1)
    """Greatest number of epochs."""
    layers: Layers = "all"
    """Layers of the backbone that learn with the head: all, none, or the last N of those with weights."""
    batch_norm: Literal["keep", "learn"] = "keep"
    """Batch norm of pretrained layers that learn: with the statistics it came with, which a few photos per batch would
    spoil, or learning like the others."""
    learning_rate: float | None = Field(None, gt=0, le=100)
    learning_rate_schedule: Annotated[ScheduleConfig | None, BeforeValidator(named)] = None
    batch_size: int | None = Field(None, ge=1, le=65536)
    data_augmentation: Annotated[AugmentationConfig | Literal[False] | None, BeforeValidator(on_off_or_inherit)] = None
    early_stopping: EarlyStoppingConfig | Literal[False] | None = None
    """`false` trains all epochs."""


class CheckpointConfig(Frozen):
    """What a killed training can continue from."""

    every_seconds: float = Field(30.0, ge=0)
    """A checkpoint is written after the first step, and after the first epoch, that ends this long after the last one;
    0 writes after each."""
    keep: int = Field(2, ge=1, le=100)
    """Newest checkpoints that are kept until the run is finished: if the last is damaged, the one before is used."""


class TensorBoardConfig(Frozen):
    """What TensorBoard gets; `false` writes nothing for it, `true` is this as it stands."""

    histograms: bool = False
    """Distributions of weights, once an epoch."""
    profile: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] | None = None
    """First and last step, counted from the start of the stage, that the profiler records."""


class CallbacksConfig(Frozen):
    """What watches training; `early_stopping` null trains all epochs."""

    early_stopping: EarlyStoppingConfig | None = EarlyStoppingConfig()
    checkpoint: CheckpointConfig = CheckpointConfig()
    tensorboard: Annotated[TensorBoardConfig | None, BeforeValidator(on_or_off)] = TensorBoardConfig()
