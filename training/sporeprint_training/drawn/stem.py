"""The stem with its ring and what the veil leaves at its base."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw

from sporeprint_training.drawn.body import Body, Point
from sporeprint_training.drawn.light import Mask, mix, soft, vary
from sporeprint_training.drawn.look import Colour, Look

_STEPS = 26


@dataclass(frozen=True)
class Axis:
    """A bent stem on its layer, pixels; `along` runs from 0 (cap) to 1 (ground)."""

    top: Point
    bottom: Point
    bend: float
    """How far the middle is pushed sideways."""
    widths: tuple[float, float]
    """Half the width at the top and above the bulb."""
    bulb: float
    unit: float
    """Length of the upright stem, for what does not shrink with perspective."""

    def at(self, along: float, side: float = 0.0) -> Point:
        """A point of the stem; `side` runs from -1 (left edge) to 1 (right edge)."""
        bow = 4 * along * (1 - along) * self.bend
        x = self.top[0] + (self.bottom[0] - self.top[0]) * along + bow
        y = self.top[1] + (self.bottom[1] - self.top[1]) * along
        return x + side * self.half(along), y

    def half(self, along: float) -> float:
        """Half the width."""
        swell = self.bulb * math.exp(-(((along - 0.94) / 0.14) ** 2))
        return (self.widths[0] + (self.widths[1] - self.widths[0]) * along) * (1 + swell)

    def outline(self, start: float = 0.0, end: float = 1.0) -> list[Point]:
        """The stem between two heights as a polygon, rounded above and below."""
        rows = [start + (end - start) * step / _STEPS for step in range(_STEPS + 1)]
        left, right = [self.at(row, -1) for row in rows], [self.at(row, 1) for row in rows]
        return [*left[::-1], *self._arc(start, -0.4), *right, *self._arc(end, 0.35)]

    def _arc(self, along: float, depth: float) -> list[Point]:
        x, y = self.at(along)
        half = self.half(along)
        angles = [math.pi * step / 8 for step in range(9)]
        # From left to right above the stem, from right to left below it.
        return [(x + math.copysign(half, depth) * math.cos(a), y + half * depth * math.sin(a)) for a in angles]


def paint_stem(body: Body, look: Look, axis: Axis) -> None:
    """Paint the stem with its pattern, then what the veil left at its base."""
    rng, stem = body.rng, look.stem
    if look.base == "sack":
        _sack(body, look, axis, behind=True)
    mask, draw = body.mask()
    draw.polygon(axis.outline(), fill=255)
    top, base = vary(stem.colours[0], rng, 5), vary(stem.colours[1], rng, 7)
    surface = body.surface(mask, top, 6, (axis.unit * 0.08, axis.unit * 0.2))
    lower = body.surface(mask, base, 8, (axis.unit * 0.08, axis.unit * 0.2))
    ramp = _ramp(mask.size, axis)
    surface.paste(lower, (0, 0), ramp)
    _pattern(ImageDraw.Draw(surface, "RGBA"), look, axis, rng)
    body.shape(surface, mask, max(axis.widths) * 0.95, 0.15)
    if look.base == "sack":
        _sack(body, look, axis, behind=False)
    elif look.base != "plain":
        _rims(body, look, axis)


def shade_under_cap(body: Body, axis: Axis, reach: float) -> None:
    """The cap's shadow on the upper stem."""
    mask, draw = body.mask()
    wide = axis.half(0) * 3
    x, y = axis.top
    draw.rectangle((x - wide, y - reach, x + wide, y + reach), fill=255)
    body.darken(soft(mask, reach * 0.5), 0.8)


def paint_ring(body: Body, look: Look, axis: Axis) -> None:
    """Paint the ring: a hanging skirt, a thin rag, or a movable double collar."""
    if look.ring == "none":
        return
    rng = body.rng
    along = rng.uniform(0.2, 0.3)
    x, y = axis.at(along)
    near = axis.half(along)
    skirt = look.ring == "skirt"
    drop = axis.unit * (rng.uniform(0.12, 0.17) if skirt else rng.uniform(0.035, 0.06))
    wide = near * (rng.uniform(1.7, 2.1) if skirt else rng.uniform(1.35, 1.6))
    mask, draw = body.mask()
    phase = rng.uniform(0, 6)
    lower = [
        (x + wide * side, y + drop * (1 + 0.12 * math.sin(7 * side + phase)) - drop * 0.35 * side * side)
        for side in (part / 12 - 1 for part in range(25))
    ]
    draw.polygon([(x + near * 1.02, y), (x - near * 1.02, y), *lower], fill=255)
    if look.ring == "double":
        draw.ellipse((x - wide, y - drop * 0.5, x + wide, y + drop * 0.7), fill=255)
    surface = body.surface(mask, vary(look.ring_colour, rng, 4), 8, (near, drop))
    lines = ImageDraw.Draw(surface, "RGBA")
    for part in range(3, 22):
        side = part / 12 - 1
        lines.line((x + near * side, y, x + wide * side, y + drop), fill=(120, 104, 80, 60), width=1)
    below = ImageChops.offset(mask, round(-body.light.dx * drop * 0.25), round(drop * 0.3))
    body.darken(ImageChops.subtract(soft(below, drop * 0.2), mask), 0.8)
    body.shape(surface, mask, drop * 0.22, 0.1)


def _ramp(size: tuple[int, int], axis: Axis) -> Mask:
    top, bottom = round(axis.top[1]), round(axis.bottom[1])
    height = max(2, bottom - top)
    ramp = Image.new("L", size, 255)
    ramp.paste(0, (0, 0, size[0], max(0, top)))
    ramp.paste(Image.linear_gradient("L").resize((size[0], height)), (0, top))
    return ramp


def _pattern(draw: ImageDraw.ImageDraw, look: Look, axis: Axis, rng: Random) -> None:
    stem = look.stem
    colour, fine = stem.pattern_colour, max(1, round(axis.unit * 0.009))
    if stem.pattern in ("snakeskin", "banded"):
        strength = 210 if stem.pattern == "snakeskin" else 130
        _bands(draw, axis, rng, (*colour, strength), 20 if stem.pattern == "snakeskin" else 12)
    elif stem.pattern == "net":
        for _ in range(70):
            along, side = rng.uniform(0.02, 0.75), rng.uniform(-0.9, 0.9)
            points = [axis.at(along + step * 0.05, side + way * step * 0.16) for way in (-1, 1) for step in (1, 0)]
            draw.line([points[0], points[1], points[2]], fill=(*colour, 120), width=fine)
    elif stem.pattern == "silky":
        for _ in range(46):
            along, side = rng.uniform(0.3, 0.9), rng.uniform(-0.9, 0.9)
            draw.line(
                (axis.at(along, side), axis.at(along + rng.uniform(0.04, 0.12), side)), fill=(*colour, 130), width=fine
            )
    elif stem.pattern in ("scaly", "floccose"):
        for _ in range(90 if stem.pattern == "scaly" else 60):
            along, side = rng.uniform(0.3, 0.95), rng.uniform(-0.95, 0.95)
            x, y = axis.at(along, side)
            size = axis.unit * rng.uniform(0.008, 0.018)
            tuft = [(x - size, y), (x + size, y), (x + size * rng.uniform(-0.5, 0.5), y + size * 1.6)]
            draw.polygon(tuft, fill=(*colour, 220 if stem.pattern == "scaly" else 120))


def _bands(draw: ImageDraw.ImageDraw, axis: Axis, rng: Random, fill: tuple[int, int, int, int], count: int) -> None:
    for step in range(count):
        along = 0.26 + 0.66 * (step + rng.uniform(-0.2, 0.2)) / count
        points = [
            axis.at(along + 0.022 * math.sin(9 * side + step * 2.1) + rng.uniform(-0.006, 0.006), side)
            for side in (part / 8 - 1 for part in range(17))
        ]
        draw.line(points, fill=fill, width=max(1, round(axis.unit * 0.013)), joint="curve")


def _sack(body: Body, look: Look, axis: Axis, *, behind: bool) -> None:
    rng = Random(round(axis.bottom[0] * 7 + axis.unit))  # both halves have the same rim
    x, y = axis.bottom
    half = axis.half(0.94) * 1.45
    rim = axis.unit * rng.uniform(0.14, 0.22)
    mask, draw = body.mask()
    phase = rng.uniform(0, 6.28)
    lift = -rim * 0.16 if behind else rim * 0.1
    edge = [
        (
            x + half * side * 1.02,
            y
            - rim * (1 + 0.16 * math.sin(5 * side + phase) + 0.1 * math.sin(11 * side + 2 * phase))
            + lift * (1 - side * side),
        )
        for side in (part / 16 - 1 for part in range(33))
    ]
    bowl = [
        (x + half * 1.08 * math.cos(angle), y + half * 0.3 * math.sin(angle) - rim * 0.2 * (1 - math.sin(angle)))
        for angle in (math.pi * step / 12 for step in range(13))
    ]
    draw.polygon([*edge, *bowl], fill=255)
    colour: Colour = mix(look.ring_colour, (214, 204, 178), 0.35 if behind else 0.1)
    surface = body.surface(mask, colour, 12, (half * 0.5, half * 0.5))
    body.shape(surface, mask, half * 0.5)
    if behind:
        body.darken(mask, 0.7)


def _rims(body: Body, look: Look, axis: Axis) -> None:
    rng = body.rng
    draw = ImageDraw.Draw(body.colour, "RGBA")
    collar = look.base == "collar"
    for ring, along in enumerate((0.84,) if collar else (0.8, 0.86, 0.92)):
        for part in range(19 if collar else 11):
            side = part / (9 if collar else 5) - 1
            x, y = axis.at(along, side)
            size = axis.unit * (0.02 if collar else rng.uniform(0.012, 0.024))
            y += axis.half(along) * 0.25 * (1 - side * side) + ring
            draw.ellipse((x - size, y - size * 0.2, x + size, y + size), fill=(110, 84, 60, 110))
            draw.ellipse((x - size, y - size * 0.8, x + size, y + size * 0.6), fill=(*look.cap.wart_colour, 255))
