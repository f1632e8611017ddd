"""The app's icons: a spore print, the rings and rays that a cap leaves on paper, drawn here; or the site's own."""

from __future__ import annotations

import io
import math
from functools import lru_cache
from typing import Annotated

from PIL import Image, ImageDraw
from pydantic import AfterValidator, BaseModel, ConfigDict

PAPER = "#f4efe3"
_INK = (58, 49, 41)
_SCALE = 4
"""Drawn this much larger and reduced, for smooth edges."""
MAX_ICON_BYTES = 4 * 1024 * 1024
_SIDES = range(512, 4097)
"""Pixels of an icon's side that are taken: enough for the largest that a phone asks for, and no more than fits."""
_SAFE = 0.56
"""Side of a square that lies inside the safe zone of a maskable icon, a circle of 80 % of its side."""


def _square_png(data: bytes) -> bytes:
    if len(data) > MAX_ICON_BYTES:
        raise ValueError("an icon has at most 4 MiB")
    _opened(data)
    return data


OwnIcon = Annotated[bytes, AfterValidator(_square_png)]


class IconSources(BaseModel):
    """The site's own icon: square PNG files of 512 to 4096 pixels a side, named relative to the site file."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64")

    source: OwnIcon
    """Shown as it is where icons have any shape."""
    maskable: OwnIcon | None = None
    """For systems that cut a shape out: everything that matters lies in the inner circle, 80 % wide. Without one, the
    source is put there, on paper."""


def icon_files(own: IconSources | None, paper: str) -> dict[str, bytes]:
    """The site's icons by path, PNG; the same bytes for the same Pillow.

    Args:
        own: the site's own; None draws the spore print.
        paper: colour of the ground, `#rrggbb`.
    """
    if own is None:
        return {
            "icons/icon-192.png": draw_icon(192, maskable=False, paper=paper),
            "icons/icon-512.png": draw_icon(512, maskable=False, paper=paper),
            "icons/maskable-512.png": draw_icon(512, maskable=True, paper=paper),
            "icons/apple-touch-icon.png": draw_icon(180, maskable=True, paper=paper),
        }
    source = _opened(own.source)
    covering = _on_paper(_opened(own.maskable), paper, 1) if own.maskable else _on_paper(source, paper, _SAFE)
    return {
        "icons/icon-192.png": _png(source, 192),
        "icons/icon-512.png": _png(source, 512),
        "icons/maskable-512.png": _png(covering, 512),
        "icons/apple-touch-icon.png": _png(covering if own.maskable else _on_paper(source, paper, 0.8), 180),
    }


def _opened(data: bytes) -> Image.Image:
    """The decoded icon; a file that only claims to be one must not get further than here."""
    try:
        # One format: each decoder more is one more that a hostile file could reach.
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            size, frames = image.size, getattr(image, "n_frames", 1)
            if size[0] != size[1] or size[0] not in _SIDES or frames != 1:
                raise ValueError(f"an icon is one square PNG picture of 512 to 4096 pixels a side, not {size}")
            return image.convert("RGBA")
    except (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(f"an icon is a whole PNG picture: {error}") from None


def _on_paper(image: Image.Image, paper: str, share: float) -> Image.Image:
    side = image.width
    small = image.resize((round(side * share),) * 2, Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", (side, side), paper)
    corner = (side - small.width) // 2
    ground.alpha_composite(small, (corner, corner))
    return ground


def _png(image: Image.Image, size: int) -> bytes:
    stream = io.BytesIO()
    # A new picture: nothing of what the file said besides its pixels is handed on.
    small = image.resize((size, size), Image.Resampling.LANCZOS)
    Image.frombytes("RGBA", small.size, small.tobytes()).save(stream, "PNG", optimize=True)
    return stream.getvalue()


@lru_cache(maxsize=16)
def draw_icon(size: int, *, maskable: bool, paper: str = PAPER) -> bytes:
    """PNG bytes of the icon, `size` x `size` pixels; the same bytes for the same Pillow.

    Remembered, because it is most of a build's time: an export builds a site for every backend that it measures.

    Args:
        size: side in pixels.
        maskable: full-bleed background and the print inside the safe zone (the inner 80 % of the W3C's
            manifest specification); otherwise a rounded square.
        paper: colour of the ground, `#rrggbb`.
    """
    side = size * _SCALE
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if maskable:
        draw.rectangle((0, 0, side, side), fill=paper)
    else:
        draw.rounded_rectangle((0, 0, side - 1, side - 1), radius=side * 0.22, fill=paper)
    _spore_print(draw, side / 2, side * (0.33 if maskable else 0.40))
    stream = io.BytesIO()
    small = image.resize((size, size), Image.Resampling.LANCZOS)
    # Two colours and the steps between them: a palette of 64 looks the same at a fifth of the bytes.
    small.quantize(64, Image.Quantize.FASTOCTREE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _spore_print(draw: ImageDraw.ImageDraw, centre: float, radius: float) -> None:
    gills = 48
    for index in range(gills):
        angle = 2 * math.pi * index / gills
        # Every second gill is short, as in a real cap; three lengths make it look grown, not ruled.
        inner = radius * (0.26, 0.62, 0.42, 0.62)[index % 4]
        _gill(draw, centre, angle, inner, radius, width=radius * 0.035)
    hole = radius * 0.2
    draw.ellipse((centre - hole, centre - hole, centre + hole, centre + hole), outline=_INK, width=int(radius * 0.035))


def _gill(draw: ImageDraw.ImageDraw, centre: float, angle: float, inner: float, outer: float, *, width: float) -> None:
    cos, sin = math.cos(angle), math.sin(angle)
    across = (-sin * width, cos * width)
    near = (centre + cos * inner, centre + sin * inner)
    far = (centre + cos * outer, centre + sin * outer)
    draw.polygon([near, (far[0] + across[0], far[1] + across[1]), (far[0] - across[0], far[1] - across[1])], fill=_INK)
    draw.ellipse((far[0] - width, far[1] - width, far[0] + width, far[1] + width), fill=_INK)
