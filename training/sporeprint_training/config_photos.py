"""The part of a run's configuration that says which photos a model learns from, and in which shapes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from sporeprint_training.config_base import Frozen, on_or_off
from sporeprint_training.input_spec import InputSpec


class InputConfig(Frozen):
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


class RandAugmentConfig(Frozen):
    """Some of fourteen changes, drawn for each photo, all of one strength (Cubuk et al. 2020)."""

    operations: int = Field(2, ge=1, le=10)
    """How many are done to each photo."""
    magnitude: float = Field(0.3, ge=0, le=1)
    """Their strength, 1 is the authors' 30; only the direction is drawn."""


class AugmentationConfig(Frozen):
    """Changes of the training photos, drawn anew at every showing; `true` in `data_augmentation` is this as it stands.

    Source of the defaults: small turns, shifts and changes of light as between two hand-held photos of one find.
    """

    flip: Literal["none", "horizontal", "both"] = "horizontal"
    rotate: float = Field(18.0, ge=0, le=180)
    """Greatest turn to either side, degrees."""
    zoom: float = Field(0.15, ge=0, lt=1)
    """Greatest change of size."""
    shift: float = Field(0.08, ge=0, lt=1)
    """Greatest shift along each axis, as a share of the side."""
    crop: float = Field(1.0, gt=0, le=1)
    """Least share of the picture's area in a random crop of 3:4 to 4:3 (Szegedy et al. 2015); 1 crops nothing."""
    brightness: float = Field(0.12, ge=0, le=1)
    """Greatest change, as a share of white."""
    contrast: float = Field(0.0, ge=0, le=1)
    """Greatest change, as a share of each pixel's distance to the photo's mean colour."""
    saturation: float = Field(0.0, ge=0, le=1)
    """Greatest change, as a share of each pixel's distance to its grey."""
    hue: float = Field(0.0, ge=0, le=0.5)
    """Greatest turn of the colour circle, 0.5 is half of it. A fungus is known by its colours: little, if any."""
    blur: float = Field(0.0, ge=0, le=10)
    """Greatest standard deviation of a Gaussian blur, pixels."""
    noise: float = Field(0.0, ge=0, le=1)
    """Standard deviation of Gaussian noise, as a share of white."""
    rand_augment: RandAugmentConfig | None = None
    """Null is off."""
    mixup: float = Field(0.0, ge=0, le=10)
    """Parameter of the beta distribution by which two photos are blended (Zhang et al. 2018); 0 is off."""
    cutmix: float = Field(0.0, ge=0, le=10)
    """The same for rectangles of one photo in another (Yun et al. 2019). With both on, each batch draws one."""
    views: int | None = Field(None, ge=0, le=64)
    """Changed copies of each photo that a frozen backbone sees, once, and whose features are kept; each showing draws
    one of them or the photo itself. Null is the mirrored photo alone, where `flip` allows it."""


class DatasetConfig(Frozen):
    """What training does with the photos."""

    source: str | None = None
    """Folder of the data set, where the command names none; whatever else it says is a label."""
    split_test: float | None = Field(None, ge=0, lt=1)
    """Share of the photos to test on, dividing all photos anew for this run; null keeps the data set's own splits,
    which are the same for every run and so allow comparing runs."""
    split_val: float | None = Field(None, gt=0, lt=1)
    """Share to validate on, likewise. If only one of the two is given, the other is the data set's own."""
    split_seed: int | None = Field(None, ge=0, lt=2**32)
    """Of that division; null takes `seed`."""
    downsample: Literal["min"] | Annotated[int, Field(ge=1)] | None = None
    """Train on this many photos per class at most; `min` is as many as the rarest class has. `seed` draws them."""
    upsample: Literal["none", "sqrt", "max"] | Annotated[float, Field(ge=0, le=1)] = "none"
    """Show photos of rare classes more than once an epoch: `max` as often as those of the largest class, `sqrt` half
    the way (the geometric mean), a number that part of it. The bias towards frequent classes goes, and with
    it what the scores know of how frequent they are."""
    sampling: Literal["all", "balanced"] = "all"
    """`balanced` keeps an epoch as long as it is and shows every class equally often in it: photos of frequent classes
    take turns over the epochs. Not together with `upsample`."""
    data_augmentation: Annotated[AugmentationConfig | None, BeforeValidator(on_or_off)] = AugmentationConfig()
    """Learn from changed copies too; `false` never does, `true` as `AugmentationConfig` stands."""

    @model_validator(mode="after")
    def _agree(self) -> DatasetConfig:
        if self.sampling == "balanced" and self.upsample not in ("none", 0):
            raise ValueError("sampling 'balanced' shows all classes equally often; leave upsample at 'none'")
        if (self.split_test or 0) + (self.split_val or 0) >= 1:
            raise ValueError("split_test and split_val leave photos to train on: together they are less than 1")
        return self
