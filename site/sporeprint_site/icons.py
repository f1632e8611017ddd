"""The app's icons: a spore print, the rings and rays that a cap leaves on paper, drawn here."""

from __future__ import annotations

import io
import math

from PIL import Image, ImageDraw

_PAPER = (244, 239, 227)
_INK = (58, 49, 41)
_SCALE = 4
"""Drawn this much larger and reduced, for smooth edges."""


def draw_icon(size: int, *, maskable: bool) -> bytes:
    """PNG bytes of the icon, `size` x `size` pixels; the same bytes for the same Pillow.

    Args:
        size: side in pixels.
        maskable: full-bleed background and the print inside the safe zone (the inner 80 % of the W3C's
            manifest specification); otherwise a rounded square.
    """
    side = size * _SCALE
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if maskable:
        draw.rectangle((0, 0, side, side), fill=_PAPER)
    else:
        draw.rounded_rectangle((0, 0, side - 1, side - 1), radius=side * 0.22, fill=_PAPER)
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
