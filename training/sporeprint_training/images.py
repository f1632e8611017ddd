"""Decoding untrusted images and resizing them exactly as the browser does."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from sporeprint_training.input_spec import InputSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_PIXELS = 100_000_000
"""Pictures above this many pixels are refused before decoding (a 100-megapixel camera passes)."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "MPO")
"""Formats that are tried; anything else is "not an image". MPO is what many phones write as .jpg."""


_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation to what turns the stored picture upright. Source: CIPA DC-008 (Exif 2.32), tag 0x0112."""


class UnreadableImage(Exception):
    """A file that is not a usable photo; `reason` is a short name that tables count by."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def decode_upright(source: Path | bytes) -> Image.Image:
    """Decode the whole picture and return it upright, as 8-bit RGB without metadata.

    Every pixel is decoded: Pillow's `verify()` passes a half-written JPEG. Transparent pixels become white,
    wider greys are scaled to 8 bits, animations are refused. A damaged EXIF block does not cost the picture.

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
            try:
                if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
                    raise UnreadableImage("animated")
                image.load()
                upright = _to_rgb(_upright(image))
            except UnreadableImage:
                raise
            except Exception:
                raise UnreadableImage("truncated") from None
    upright.info.clear()
    return upright


def is_upright(source: Path) -> bool:
    """Whether a file that holds a picture shows it upright as it is stored; only its head is read."""
    try:
        with Image.open(source, formats=FORMATS) as image:
            return image.getexif().get(_ORIENTATION, 1) not in _TURNS
    except Exception:  # as for `decode_upright`
        return False


def _upright(image: Image.Image) -> Image.Image:
    # ImageOps.exif_transpose also rewrites the EXIF block and fails when that is damaged.
    try:
        orientation = image.getexif().get(_ORIENTATION)
    except Exception:  # a damaged block says nothing about the picture
        orientation = None
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image.copy() if turn is None else image.transpose(turn)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):  # convert("RGB") would clip these greys to white
        return _to_8_bits(image).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        background = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(background, rgba).convert("RGB")
    return image.convert("RGB")


def _to_8_bits(grey: Image.Image) -> Image.Image:
    wide = grey.convert("F")
    peak = 65535.0
    if not grey.mode.startswith("I;16"):
        # 32-bit files do not say what white is: the narrowest usual range that holds the brightest pixel.
        low_high = wide.getextrema()
        brightest = float(low_high[1]) if isinstance(low_high[1], (int, float)) else peak
        ranges = (255.0, 65535.0) if grey.mode == "I" else (1.0, 255.0, 65535.0)
        peak = next((top for top in ranges if brightest <= top), brightest)
    return wide.point(lambda value: value * (255.0 / peak) + 0.0).convert("L")


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
    # One axis per call: which pass Pillow takes first depends on its version and on the picture's shape.
    square = square.resize((spec.size, square.height), Image.Resampling.BILINEAR)
    square = square.resize((spec.size, spec.size), Image.Resampling.BILINEAR)
    return np.asarray(square, dtype=np.uint8)


def read_input(path: Path, spec: InputSpec) -> NDArray[np.uint8]:
    """`decode_upright` and `to_input` in one call: the pixels that the model sees, `(size, size, 3)`."""
    return to_input(decode_upright(path), spec)
