"""Photos as large as phones take them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from sporeprint_training.errors import BadInput

SIZE = (4032, 3024)
"""Of a phone's 12-megapixel sensor, in pixels."""
_GRAIN = 6.0
_QUALITY = 90


def phone_photos(sources: Sequence[Path], out: Path) -> list[Path]:
    """Enlarge photos to 12 megapixels, with the grain of a sensor, so that the files weigh what a phone's do.

    Raises:
        BadInput: there are no photos.
    """
    if not sources:
        raise BadInput("The benchmark needs photos to enlarge", next_step="Name a folder with --photos")
    out.mkdir(parents=True)
    paths = [out / f"{index}.jpg" for index in range(len(sources))]
    for seed, (source, path) in enumerate(zip(sources, paths, strict=True)):
        path.write_bytes(_enlarged(source, seed))
    return paths


def _enlarged(source: Path, seed: int) -> bytes:
    with Image.open(source) as image:
        large = np.asarray(image.convert("RGB").resize(SIZE, Image.Resampling.BICUBIC), dtype=np.float32)
    # Grey grain: a sensor's colours are interpolated, and JPEG halves what is left of their noise.
    grain = np.random.default_rng(seed).normal(0, _GRAIN, (SIZE[1], SIZE[0], 1)).astype(np.float32)
    stream = io.BytesIO()
    Image.fromarray(np.clip(large + grain, 0, 255).astype(np.uint8)).save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()
