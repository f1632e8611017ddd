"""Soft light on flat shapes: everything that turns a silhouette into a body."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageFilter

from sporeprint_training.drawn.look import Colour

_ROUND = [min(255, max(0, round((v - 40) * 1.75))) for v in range(256)]
"""From the blurred mask (half way at an edge that is turned neither way) to the share of light."""

Mask = Image.Image
"""Mode L: 255 inside, 0 outside."""


@dataclass(frozen=True)
class Light:
    """Where the light comes from and what colour it has."""

    dx: float
    """Towards the light, -1 (left) to 1 (right)."""
    dy: float
    """Towards the light, -1 (above) to 1."""
    shade: Colour
    """What full shadow multiplies colours with."""
    tint: Colour
    """What the whole picture is multiplied with."""
    strength: float
    """Of cast shadows, 0 to 1."""


def random_light(rng: Random) -> Light:
    """Overcast, sunny, warm evening or bluish shade."""
    angle = rng.uniform(-0.75, 0.75)
    shade, tint, strength = rng.choice(
        (
            ((134, 128, 128), (253, 252, 250), 0.5),
            ((120, 104, 96), (255, 249, 236), 0.8),
            ((124, 98, 82), (255, 240, 214), 0.7),
            ((122, 124, 134), (242, 248, 255), 0.55),
        )
    )
    return Light(math.sin(angle), -math.cos(angle), shade, tint, strength)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` and `other` mixed; `share` of the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def vary(colour: Colour, rng: Random, amount: float) -> Colour:
    """The colour, a little lighter or darker and a little off in hue; `amount` in levels."""
    level = rng.gauss(0, amount)
    red, green, blue = (min(255, max(0, round(c + level + rng.gauss(0, amount * 0.3)))) for c in colour)
    return red, green, blue


def pick(colours: tuple[Colour, ...], rng: Random, position: float | None = None) -> Colour:
    """A colour along the row of `colours`: at `position` (0 to 1), or anywhere."""
    place = (rng.random() if position is None else position) * (len(colours) - 1)
    low = min(int(place), len(colours) - 2) if len(colours) > 1 else 0
    return mix(colours[low], colours[min(low + 1, len(colours) - 1)], place - low)


def soft(mask: Mask, radius: float) -> Mask:
    """Gaussian blur, on a reduced copy when the radius allows it."""
    factor = max(1, int(radius / 2))
    small = mask.reduce(factor) if factor > 1 else mask
    small = small.filter(ImageFilter.GaussianBlur(radius / factor))
    if factor == 1:
        return small
    box = (0, 0, mask.width / factor, mask.height / factor)
    return small.resize(mask.size, Image.Resampling.BILINEAR, box=box)


def grain(size: tuple[int, int], cell: tuple[float, float], rng: Random) -> Image.Image:
    """Noise of mode L with one pixel per cell of `cell` pixels in a picture of `size`."""
    columns, rows = max(2, math.ceil(size[0] / cell[0])), max(2, math.ceil(size[1] / cell[1]))
    return Image.frombytes("L", (columns, rows), rng.randbytes(columns * rows))


def mottled(
    size: tuple[int, int], colour: Colour, rng: Random, spread: float, cell: tuple[float, float]
) -> Image.Image:
    """A surface of one colour with soft patches of about `cell` pixels, up to `spread` levels darker and lighter."""
    dark = tuple(max(0, round(c - spread)) for c in colour)
    light = tuple(min(255, round(c + spread)) for c in colour)
    spots = grain(size, cell, rng)
    patches = Image.composite(Image.new("RGB", spots.size, light), Image.new("RGB", spots.size, dark), spots)
    # Smooth on a quarter of the size, then doubled twice: a third of the time of one large smooth step.
    smooth = patches.resize((max(2, size[0] // 4), max(2, size[1] // 4)), Image.Resampling.BICUBIC)
    return (smooth if min(cell) >= 6 else patches).resize(size, Image.Resampling.BILINEAR)


def modelled(surface: Image.Image, mask: Mask, light: Light, depth: float, gloss: float = 0.0) -> Image.Image:
    """Shade a surface as if the mask were a rounded body.

    The blurred mask is high in the middle and low at the edge; moved towards the light it is high on the lit side.

    Args:
        surface: RGB, the colour under even light.
        mask: where the body is.
        light: direction and colour of the shade.
        depth: how far the rounding reaches in from the edge, pixels.
        gloss: strength of the highlight, 0 to 1.
    """
    shift = (round(light.dx * depth * 0.8), round(light.dy * depth * 0.8))
    lit = ImageChops.offset(soft(mask, depth), *shift)
    dark = ImageChops.multiply(surface, Image.new("RGB", surface.size, light.shade))
    shaded = Image.composite(surface, dark, lit.point(_ROUND))
    if gloss <= 0:
        return shaded
    far = ImageChops.offset(lit, *shift)
    # Bright only where the body is lit and its far side is already dark: a band near the lit edge.
    spot = ImageChops.multiply(lit, ImageChops.invert(far)).point(
        [min(255, round(v * 1.7 * gloss)) for v in range(256)]
    )
    return Image.composite(ImageChops.screen(shaded, Image.new("RGB", surface.size, (150, 150, 142))), shaded, spot)


@lru_cache(maxsize=256)
def scaled(strength: float) -> list[int]:
    """Table for `Image.point` that multiplies by `strength`."""
    return [min(255, round(value * strength)) for value in range(256)]
