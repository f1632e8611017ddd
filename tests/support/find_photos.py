"""Photos as phones write them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def mosaic(size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture in which no two places look the same."""
    rows, columns = np.indices(size[::-1])
    pixels = np.stack([columns * 255 // size[0], rows * 255 // size[1], (rows * 7 + columns * 3) % 256], axis=-1)
    return Image.fromarray(pixels.astype(np.uint8))


def png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def phone_photo(
    colour: tuple[int, int, int],
    *,
    taken: str = "2023:10:05 12:33:10",
    place: tuple[float, float] | None = None,
) -> bytes:
    """A JPEG with a time and, if given, a place north and east of zero unless negative."""
    image = Image.new("RGB", (64, 48), colour)
    exif = image.getexif()
    exif.get_ifd(0x8769).update({0x9003: taken, 0x9011: "+02:00"})
    if place:
        latitude, longitude = place
        exif.get_ifd(0x8825).update(
            {
                1: "N" if latitude >= 0 else "S",
                2: (abs(latitude), 0.0, 0.0),
                3: "E" if longitude >= 0 else "W",
                4: (abs(longitude), 0.0, 0.0),
            }
        )
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=95, exif=exif)
    return stream.getvalue()
