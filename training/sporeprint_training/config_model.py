"""The part of a run's configuration that says what the network is and how it learns."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from sporeprint_training.backbone_registry import BackboneName
from sporeprint_training.config_base import Frozen, lower, named


class ClassifierConfig(Frozen):
    """The head: dropout, then one dense layer that gives logits."""

    dropout: float = Field(0.5, ge=0, lt=1)
    """Share of features set to zero at each training step."""
    output_normalize: bool = False
    """Also write `scores.keras`, the model followed by the softmax of its calibrated logits, for programs of one's own.
    The run's own model and the app keep logits: everything that is decided needs them before the softmax."""


class OptimizerConfig(Frozen):
    """How gradients become steps. A name alone (`"sgd"`) takes the rest as it stands here."""

    name: Annotated[Literal["adam", "adamw", "sgd"], BeforeValidator(lower)] = "adam"
    """`adam` with a weight decay above 0 is AdamW: it is decoupled in either case (Loshchilov and Hutter 2019)."""
    beta_1: float = Field(0.9, ge=0, lt=1)
    """Decay of the mean of gradients; only Adam."""
    beta_2: float = Field(0.999, ge=0, lt=1)
    """Decay of the mean of squared gradients; only Adam."""
    epsilon: float = Field(1e-7, gt=0, le=10)
    """Added to the root of the second; only Adam."""
    momentum: float = Field(0.9, ge=0, lt=1)
    """Only SGD."""
    nesterov: bool = False
    """Only SGD."""
    clip_norm: float | None = Field(None, gt=0)
    """Greatest norm of all gradients together; longer ones are shortened to it. Null leaves them."""
    ema: float | None = Field(None, gt=0, lt=1)
    """Keep an exponential moving average of the weights with this momentum, validate with it and end with it."""


class ScheduleConfig(Frozen):
    """How the step size changes over a stage. A name alone (`"cosine"`) takes the rest as it stands here."""

    name: Annotated[Literal["constant", "cosine", "plateau"], BeforeValidator(lower)] = "constant"
    """`cosine` lowers it to `end` over the stage (Loshchilov and Hutter 2017), `plateau` by `factor` whenever the
    validation loss has not fallen for `patience` epochs."""
    warmup_epochs: float = Field(0.0, ge=0)
    """Epochs over which it first rises from 0, in even steps."""
    end: float = Field(0.0, ge=0, le=1)
    """Last step size of `cosine` as a share of the first, and the least that `plateau` goes down to."""
    factor: float = Field(0.2, gt=0, lt=1)
    """Only `plateau`."""
    patience: int = Field(3, ge=1)
    """Only `plateau`."""

    @model_validator(mode="after")
    def _agree(self) -> ScheduleConfig:
        if self.name == "plateau" and self.warmup_epochs:
            raise ValueError("a plateau schedule has no warm-up: set warmup_epochs to 0, or the name to 'cosine'")
        return self


class ModelConfig(Frozen):
    """The network and how it learns."""

    base: BackboneName = "inception_v3_inaturalist"
    """Backbone, in any case: a name that `sporeprint backbones` lists, or `keras.applications.NAME`. `hub` is any
    TensorFlow Hub image feature vector and `keras` any `.keras` file, named by `weights`."""
    weights: str | None = None
    """A file (.weights.h5, .h5, .keras), a SavedModel folder, a hub handle, `imagenet`, or `none`: from scratch.
    Null takes what the backbone is published with; `compact` is always trained from scratch then."""
    warm_start: str | None = None
    """Folder of a finished run whose weights training starts from; its head too, where the classes are the same."""
    classifier: ClassifierConfig = ClassifierConfig()
    learning_rate: float = Field(0.001, gt=0, le=100)
    """Step size while the head (or, from scratch, the whole network) learns."""
    learning_rate_schedule: Annotated[ScheduleConfig, BeforeValidator(named)] = ScheduleConfig()
    optimizer: Annotated[OptimizerConfig, BeforeValidator(named)] = OptimizerConfig()
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    """Share of the target spread evenly over all classes during training. It helps networks that learn from scratch; a
    head on a frozen backbone is more often right, and better calibrated, without."""
    weight_decay: float = Field(0.0, ge=0, lt=1)
    """Decoupled weight decay."""
    focal_gamma: float = Field(0.0, ge=0, le=10)
    """Focusing parameter of the focal loss (Lin et al. 2017), which weighs photos less the surer the model is of them;
    0 is cross-entropy."""
    class_weights: Literal["none", "balanced"] | dict[str, Annotated[float, Field(gt=0, le=1000)]] = "none"
    """Weight of each class in the loss: `balanced` is inverse to its training photos, on average 1; or a number by
    scientific name, where those not named have 1."""
