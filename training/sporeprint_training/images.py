"""Decoding untrusted images and resizing them exactly as the browser does."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from sporeprint_training.input_spec import InputSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_PIXELS = 100_000_000
"""Pictures above this many pixels are refused before decoding (a 100-megapixel camera passes)."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "MPO")
"""Formats that are tried; anything else is "not an image". MPO is what many phones write as .jpg."""


class UnreadableImage(Exception):
    """A file that is not a usable photo; `reason` is a short name that tables count by."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def decode_upright(source: Path | bytes) -> Image.Image:
    """Decode the whole picture and return it upright, as 8-bit RGB.

    Every pixel is decoded: Pillow's `verify()` passes a half-written JPEG. Transparent pixels become white,
    16-bit greys are scaled to 8 bits, animations are refused.

    Raises:
        UnreadableImage: with reason `empty`, `not_an_image`, `too_large`, `truncated` or `animated`.
    """
    stream: Path | io.BytesIO = io.BytesIO(source) if isinstance(source, bytes) else source
    if (len(source) if isinstance(source, bytes) else source.stat().st_size) == 0:
        raise UnreadableImage("empty")
    with warnings.catch_warnings():
        # The size rule below is ours; Pillow's own warns at a different number.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(stream, formats=FORMATS)
        except Image.DecompressionBombError:
            raise UnreadableImage("too_large") from None
        except Exception:  # Pillow's plugins raise many kinds (SyntaxError, struct.error, ...) on hostile files
            raise UnreadableImage("not_an_image") from None
        with image:
            if image.width * image.height > MAX_PIXELS:
                raise UnreadableImage("too_large")
            if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
                raise UnreadableImage("animated")
            try:
                image.load()
                return _to_rgb(ImageOps.exif_transpose(image))
            except UnreadableImage:
                raise
            except Exception:
                raise UnreadableImage("truncated") from None


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16- and 32-bit greys: convert("RGB") would clip them to white
        image = image.point(lambda value: value / 256.0, "F").convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        background = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(background, rgba).convert("RGB")
    return image.convert("RGB")


def to_input(image: Image.Image, spec: InputSpec) -> NDArray[np.uint8]:
    """Cut and resize an upright RGB picture by the rule of `InputSpec`.

    Returns:
        Pixels of shape `(size, size, 3)` (row, column, RGB), 0 to 255.
    """
    import numpy as np  # the base install, which only builds sites, has no NumPy

    width, height = image.size
    if spec.fit == "crop":
        side = max(1, int(min(width, height) * spec.crop_fraction + 0.5))
        left, top, box_width, box_height = (width - side) // 2, (height - side) // 2, side, side
    else:
        left, top, box_width, box_height = 0, 0, width, height
    factor_x = max(1, box_width // (2 * spec.size))
    factor_y = max(1, box_height // (2 * spec.size))
    left, box_width = left + box_width % factor_x // 2, box_width - box_width % factor_x
    top, box_height = top + box_height % factor_y // 2, box_height - box_height % factor_y
    square = image.crop((left, top, left + box_width, top + box_height))
    if factor_x > 1 or factor_y > 1:
        square = square.reduce((factor_x, factor_y))
    square = square.resize((spec.size, spec.size), Image.Resampling.BILINEAR)
    return np.asarray(square, dtype=np.uint8)


def read_input(path: Path, spec: InputSpec) -> NDArray[np.uint8]:
    """`decode_upright` and `to_input` in one call: the pixels that the model sees, `(size, size, 3)`."""
    return to_input(decode_upright(path), spec)
