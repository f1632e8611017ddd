"""`run.json`, the configuration of one training run: every key does what it says, and no other key is taken."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sporeprint_training.input_spec import InputSpec
from sporeprint_training.reference.regions import Region

Base = Literal["inception_v3_inaturalist", "mobilenet_v2", "resnet50", "compact", "hub"]


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputConfig(_Frozen):
    """How a photo becomes the model's input; see `InputSpec`, which this turns into."""

    size: int | None = Field(None, ge=32, le=1024)
    """Side of the square input, pixels; null takes the backbone's own size."""
    fit: Literal["crop", "stretch"] = "crop"
    """Cut the centred square, or squeeze the whole photo into one."""
    crop_fraction: float = Field(1.0, gt=0, le=1)
    """Side of the centred square as a share of the shorter side; only for `crop`."""
    kernel: Literal["triangle"] = "triangle"
    """Resampling filter."""

    def spec(self, default_size: int) -> InputSpec:
        """The complete description, with the backbone's size where none was asked for."""
        return InputSpec(
            size=self.size or default_size, fit=self.fit, crop_fraction=self.crop_fraction, kernel=self.kernel
        )


class ClassifierConfig(_Frozen):
    """The head: dropout, then one dense layer that gives logits."""

    dropout: float = Field(0.5, ge=0, lt=1)
    """Share of features set to zero at each training step."""


class ModelConfig(_Frozen):
    """The network and how it learns."""

    base: Annotated[Base, BeforeValidator(_lower)] = "inception_v3_inaturalist"
    """Backbone, in any case. `hub` is any TensorFlow Hub image feature vector, named by `weights`."""
    weights: str | None = None
    """A file (.weights.h5, .h5), a SavedModel folder, a hub handle, `imagenet`, or `none` to train from scratch.
    Null takes what the backbone is published with; `compact` is always trained from scratch then."""
    classifier: ClassifierConfig = ClassifierConfig()
    learning_rate: float = Field(0.001, gt=0, le=10)
    """Step size of Adam while the head (or, from scratch, the whole network) learns."""
    learning_rate_schedule: Literal["constant", "cosine"] = "constant"
    """`cosine` lowers the step size to 0 over `max_epochs` (Loshchilov and Hutter 2017)."""
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    """Share of the target spread evenly over all classes during training. It helps networks that learn from scratch; a
    head on a frozen backbone is more often right, and better calibrated, without."""
    weight_decay: float = Field(0.0, ge=0, lt=1)
    """Decoupled weight decay (AdamW); 0 is plain Adam."""


class DatasetConfig(_Frozen):
    """What training does with the photos; the splits are the data set's own."""

    downsample: Literal["min"] | Annotated[int, Field(ge=1)] | None = None
    """Train on this many photos per class at most; `min` is as many as the rarest class has. `seed` draws them."""
    upsample: Literal["none", "sqrt", "max"] | Annotated[float, Field(ge=0, le=1)] = "none"
    """Show photos of rare classes more than once an epoch: `max` as often as those of the largest class, `sqrt` half
    the way (the geometric mean), a number that part of it. The bias towards frequent classes goes, and with
    it what the scores know of how frequent they are."""
    data_augmentation: bool = True
    """Learn from changed copies too: with a frozen backbone the mirrored photo, while the network itself learns
    also small turns (up to 18 degrees), zooms (up to 15 %), shifts (up to 8 %) and changes of brightness."""


class FineTuneConfig(_Frozen):
    """A second phase in which the backbone learns too."""

    epochs: int = Field(0, ge=0)
    """Greatest number of epochs; 0 leaves the backbone as it is."""
    learning_rate: float = Field(1e-5, gt=0, le=10)
    layers: Literal["none", "all"] | Annotated[int, Field(ge=0)] = "all"
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
        """Whether there is a second phase."""
        return self.epochs > 0


class EarlyStoppingConfig(_Frozen):
    """When to stop before the last epoch; holds for each phase on its own."""

    monitor: Literal["val_loss", "val_accuracy"] = "val_loss"
    patience: int = Field(8, ge=0)
    """Epochs without improvement before training stops."""
    restore_best_weights: bool = True
    """Keep the best epoch's weights instead of the last one's."""
    start_from_epoch: int = Field(0, ge=0)
    """Epochs (counted from 0) before this one are neither judged nor kept."""


class CallbacksConfig(_Frozen):
    """What watches training; `early_stopping` null trains all epochs."""

    early_stopping: EarlyStoppingConfig | None = EarlyStoppingConfig()


class ReferenceConfig(_Frozen):
    """What is known of dangers and look-alikes, whatever the photos hold."""

    folder: str | None = None
    """Folder with a reference table of one's own (CSV files as in `sporeprint_training/reference/`); null takes the
    one that comes with Sporeprint."""
    regions: tuple[Region, ...] = ()
    """Continents whose deadly species are listed as never seen where they are no class; none means all. Dangers and
    look-alikes hold everywhere."""


class DecisionConfig(_Frozen):
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


class RunConfig(_Frozen):
    """One training run.

    The shape follows the JSON files of the project this grew from, so that its keys keep their meaning.
    """

    batch_size: int = Field(32, ge=1, le=65536)
    """Photos per training step."""
    max_epochs: int = Field(100, ge=1)
    """Greatest number of epochs of the first phase."""
    seed: int = Field(0, ge=0, lt=2**32)
    """Starts every random choice: the same seed on the same machine gives the same run."""
    input: InputConfig = InputConfig()
    model: ModelConfig = ModelConfig()
    dataset: DatasetConfig = DatasetConfig()
    fine_tune: FineTuneConfig = FineTuneConfig()
    callbacks: CallbacksConfig = CallbacksConfig()
    decision: DecisionConfig = DecisionConfig()
    reference: ReferenceConfig = ReferenceConfig()


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
