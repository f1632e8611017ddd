"""How a photo becomes the model's input: the one description that Python and the browser share."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class InputSpec(BaseModel):
    """Geometry of the model's input. Pixels are RGB, 0 to 255; all scaling is inside the model.

    The steps, in integers so that both languages agree to the byte:

    1. decode, turn upright by the EXIF orientation, convert to RGB;
    2. cut the box: for `crop`, the centred square of side `max(1, floor(min(w, h) * crop_fraction + 0.5))`,
       left and top rounded down; for `stretch`, the whole picture;
    3. per axis, with `k = max(1, box // (2 * size))`: cut the box to a multiple of `k` (the remainder's smaller
       half goes from the left or top) and average blocks of `k` pixels (Pillow's `Image.reduce`);
    4. resize to `size` x `size` with a triangle filter whose support grows with the scale (Pillow's `BILINEAR`),
       horizontal pass first, each pass rounded to 8 bits.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(224, ge=32, le=1024)
    """Side of the square input, pixels."""
    fit: Literal["crop", "stretch"] = "crop"
    """How a rectangular photo becomes a square."""
    crop_fraction: float = Field(1.0, gt=0, le=1)
    """Side of the centred square as a share of the shorter side; only for `crop`."""
    kernel: Literal["triangle"] = "triangle"
    """Resampling filter."""
