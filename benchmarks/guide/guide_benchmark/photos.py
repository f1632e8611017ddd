"""Reference photos by number: small JPEGs with about as many bytes as photos of their size."""

from __future__ import annotations

import io
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def draw_photo(number: int, side: int = 240) -> bytes:
    """A mushroom's outline on blurred ground, as JPEG bytes; another number gives another picture."""
    chance, noise = random.Random(number), np.random.default_rng(number)
    ground = Image.fromarray(noise.integers(40, 140, (24, 24, 3), np.uint8)).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    draw = ImageDraw.Draw(ground)
    middle, cap = side // 2, tuple(chance.randrange(60, 240) for _ in range(3))
    draw.rectangle((middle - side // 14, middle, middle + side // 14, side * 9 // 10), fill=(232, 222, 200))
    draw.pieslice((side // 6, side // 4, side * 5 // 6, side * 4 // 5), 180, 360, fill=cap)
    grain = Image.fromarray(noise.integers(0, 256, (side, side), np.uint8)).filter(ImageFilter.GaussianBlur(1))
    picture = Image.blend(ground, grain.convert("RGB"), 0.08)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=78)
    return stream.getvalue()
