"""Small pictures inside a report, so that it stays one file."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from pathlib import Path

from PIL import Image

from sporeprint_training.images import UnreadableImage, decode_upright

SIDE = 144
"""Pixels; shown at half of that on a sharp screen."""


@lru_cache(maxsize=1024)
def data_uri(path: Path) -> str:
    """The middle of a photo as a small JPEG without any metadata; empty where it cannot be read."""
    try:
        image = decode_upright(path)
    except (UnreadableImage, OSError):
        return ""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    square.save(stream, "JPEG", quality=72, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode()}"
