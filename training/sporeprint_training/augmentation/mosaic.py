"""A picture of what the training photos become, for the run's report."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sporeprint_training.augmentation.layer import Augmenter
from sporeprint_training.config_photos import AugmentationConfig

DRAWS = 4
"""Changed copies under each photo: those of the first batches of a run, if they were of these photos."""
TILE = 112
GAP = 2
MOST_BYTES = 60_000
QUALITIES = range(85, 14, -10)


def mosaic(images: NDArray[np.uint8], config: AugmentationConfig, seed: int) -> bytes:
    """A WebP picture with a column for each photo: itself, and under it what training makes of it.

    Args:
        images: RGB of shape `(photos, size, size, 3)`; about six.
        config: the run's.
        seed: the run's.

    Returns:
        The file, at most `MOST_BYTES`, if the lowest quality is enough for that.
    """
    augmenter = Augmenter(config, images.shape[1], seed)
    pixels, labels = images.astype(np.float32), np.zeros((len(images), 1), np.float32)
    rows = [pixels, *(np.asarray(augmenter(pixels, labels)[0]) for _ in range(DRAWS))]
    return _encoded(_laid_out(rows))


def _laid_out(rows: list[NDArray[np.float32]]) -> Image.Image:
    step = TILE + GAP
    sheet = Image.new("RGB", (len(rows[0]) * step - GAP, len(rows) * step - GAP), "white")
    for down, row in enumerate(rows):
        for across, pixels in enumerate(row):
            sheet.paste(_tile(pixels), (across * step, down * step))
    return sheet


def _tile(pixels: NDArray[Any]) -> Image.Image:
    return Image.fromarray(np.rint(pixels).astype(np.uint8)).resize((TILE, TILE), Image.Resampling.LANCZOS)


def _encoded(sheet: Image.Image) -> bytes:
    data = b""
    for quality in QUALITIES:
        stream = io.BytesIO()
        sheet.save(stream, "WEBP", quality=quality, method=6)
        data = stream.getvalue()
        if len(data) <= MOST_BYTES:
            break
    return data
