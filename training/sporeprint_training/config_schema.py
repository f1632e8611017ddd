"""`run.json`, the configuration of one training run: every key does what it says, and no other key is taken."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from sporeprint_training.config_base import Frozen
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.config_photos import DatasetConfig, InputConfig
from sporeprint_training.config_stages import CallbacksConfig, FineTuneConfig, StageConfig
from sporeprint_training.reference.regions import Region


class ReferenceConfig(Frozen):
    """What is known of dangers and look-alikes, whatever the photos hold."""

    folder: str | None = None
    """Folder with a reference table of one's own (CSV files as in `sporeprint_training/reference/`); null takes the
    one that comes with Sporeprint."""
    regions: tuple[Region, ...] = ()
    """Continents whose deadly species are listed as never seen where they are no class; none means all. Dangers and
    look-alikes hold everywhere."""


class DecisionConfig(Frozen):
    """What the thresholds are chosen for, on validation photos; see `thresholds.choose_thresholds`.

    These are aims, not promises: what came of them is measured on test photos. The thresholds record them.
    """

    target_precision: float = Field(0.9, gt=0.5, lt=1)
    """Share of the answers at each rank that have to be right. The higher, the more often a broader group is named, or
    none."""
    target_deadly_recall: float = Field(0.99, ge=0.9, le=1)
    """Share of the photos of deadly species whose summed score has to raise the alarm. Less than 0.9 is not offered:
    nobody should get an app that was meant to be silent on more than one deadly mushroom in ten, however many false
    alarms that would spare. 1 means that no validation photo may be missed, unless it scores less than
    `thresholds.LEAST_ALARM`; the next photo may be, all the same."""
    target_unknown: float = Field(0.05, ge=0, le=0.5)
    """Share of the photos of known species that may be called unknown: what asking for a second photo is worth. 0 calls
    unknown only what is less familiar than every validation photo."""


class RunConfig(Frozen):
    """One training run.

    The shape follows the JSON files of the project this grew from, so that its keys keep their meaning.
    """

    batch_size: int = Field(32, ge=1, le=65536)
    """Photos per training step."""
    max_epochs: int = Field(100, ge=1)
    """Greatest number of epochs of the first stage."""
    seed: int = Field(0, ge=0, lt=2**32)
    """Starts every random choice: the same seed on the same machine gives the same run."""
    deterministic: bool = False
    """Use only operations that give the same bits every time, slower ones among them. On processors results are almost
    always the same without; on accelerators they are not."""
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    """Of the layers' arithmetic in training; weights are float32 always. Half precision is for accelerators: it makes a
    processor slower."""
    input: InputConfig = InputConfig()
    model: ModelConfig = ModelConfig()
    dataset: DatasetConfig = DatasetConfig()
    fine_tune: FineTuneConfig = FineTuneConfig()
    stages: tuple[StageConfig, ...] | None = Field(None, min_length=1, max_length=20)
    """All stages, one after the other, instead of `max_epochs` and `fine_tune`."""
    callbacks: CallbacksConfig = CallbacksConfig()
    decision: DecisionConfig = DecisionConfig()
    reference: ReferenceConfig = ReferenceConfig()

    @model_validator(mode="after")
    def _one_plan(self) -> RunConfig:
        if self.stages and self.fine_tune.active:
            raise ValueError("stages lists every stage: put the fine-tuning there, and leave fine_tune out")
        return self


BASE_DEFAULTS: dict[str, dict[str, Any]] = {
    "compact": {
        "batch_size": 16,
        "max_epochs": 16,
        "model": {
            "learning_rate": 0.003,
            "learning_rate_schedule": "cosine",
            "label_smoothing": 0.1,
            "classifier": {"dropout": 0.2},
        },
    }
}
"""Defaults that differ for a backbone: a whole network learns in fewer epochs, of more and ever smaller steps."""
