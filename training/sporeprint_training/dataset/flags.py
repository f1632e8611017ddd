"""What somebody should look at before a model learns from it: photos are flagged, never left out for it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FLAGS = {
    "small": "The shorter side has fewer than 224 pixels, less than most networks see",
    "grey": "Without colour: an old print, a scan, a night shot",
    "drawing": "Much flat, light ground: a drawing, a plate, or a cut-out on paper",
}
SMALL_SIDE = 224
"""Pixels of the shorter side."""
GREY_SPREAD = 3.0
"""Sum of the standard deviations of Cb and Cr, of 255. Of 910 photos of 27 species none was below 5; grey pictures have
0, and evenly toned ones from 7 on, so that these are not told apart."""
DRAWN_GROUND = 0.3
"""Share of light pixels that equal their neighbours. A sensor's noise makes neighbours differ, and night shots are
dark: of 910 photos two came above, a plate and mushrooms before a white wall."""
_LIGHT = 180
_SAMPLE = 256


def flags_of(image: Image.Image) -> Iterator[str]:
    """Keys of `FLAGS` for an upright RGB picture at its full size."""
    if min(image.size) < SMALL_SIDE:
        yield "small"
    if _colour_spread(image) < GREY_SPREAD:
        yield "grey"
    if _flat_light(image) > DRAWN_GROUND:
        yield "drawing"


def _colour_spread(image: Image.Image) -> float:
    small = image.reduce(max(1, min(image.size) // 128))
    chroma = np.asarray(small.convert("YCbCr"), dtype=np.float64)[:, :, 1:]
    return float(chroma.std(axis=(0, 1)).sum())


def _flat_light(image: Image.Image) -> float:
    # Nearest neighbour keeps the noise, which every smoother filter would average away.
    scale = min(1.0, _SAMPLE / min(image.size))
    size = (max(2, round(image.width * scale)), max(2, round(image.height * scale)))
    pixels = np.asarray(image.resize(size, Image.Resampling.NEAREST), dtype=np.int16)
    right: NDArray[np.int16] = np.abs(np.diff(pixels, axis=1)).max(axis=2)[:-1]
    down: NDArray[np.int16] = np.abs(np.diff(pixels, axis=0)).max(axis=2)[:, :-1]
    light = pixels[:-1, :-1].min(axis=2) > _LIGHT
    return float((light & (np.maximum(right, down) <= 1)).mean())
