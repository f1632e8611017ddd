"""Trumpets: cap and stem are one flaring surface, with ridges outside and a hollow above."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw

from sporeprint_training.drawn.body import Body, Point
from sporeprint_training.drawn.light import pick, soft
from sporeprint_training.drawn.look import Look

_RINGS, _AROUND = 20, 40


@dataclass(frozen=True)
class Trumpet:
    """Geometry of one trumpet on its layer, pixels; `along` runs from 0 (ground) to 1 (rim)."""

    x: float
    foot: float
    """Height of the foot on the layer."""
    length: float
    """As it appears."""
    radii: tuple[float, float, float]
    """At the foot, at the neck, at the rim."""
    tilt: float
    """Sine of the camera's elevation over the rim; see `cap.Dome`."""
    wobble: float
    phase: float
    bend: float

    def at(self, along: float, azimuth: float) -> Point:
        """Where a point of the outer surface appears; `azimuth` 0 is towards the viewer."""
        flare = along**4.5
        foot, neck, rim = self.radii
        wave = math.sin(3 * azimuth + self.phase) + 0.7 * math.sin(7 * azimuth + 2.3 * self.phase)
        radius = (foot + (neck - foot) * along + (rim - neck) * flare) * (1 + self.wobble * flare * wave)
        lift = self.wobble * 0.9 * rim * flare * math.sin(4 * azimuth + self.phase * 1.7)
        return (
            self.x + radius * math.sin(azimuth) + self.bend * along * (1 - along),
            self.foot - self.length * along + radius * self.tilt * math.cos(azimuth) - lift * (1 - abs(self.tilt)),
        )

    def rim(self, share: float = 1.0) -> list[Point]:
        """The opening's edge, or a smaller copy of it."""
        ring = [self.at(1, 2 * math.pi * step / _AROUND) for step in range(_AROUND)]
        x, y = self.x, self.foot - self.length
        return [(x + (px - x) * share, y + (py - y) * share) for px, py in ring]


def paint_trumpet(body: Body, look: Look, trumpet: Trumpet, age: float) -> None:
    """Paint the outside with its ridges and, for a camera above the rim, the hollow."""
    rng = body.rng
    mask, draw = body.mask()
    for step in range(_RINGS + 1):
        ring = [trumpet.at(step / _RINGS, 2 * math.pi * part / _AROUND) for part in range(_AROUND)]
        draw.polygon(ring, fill=255)
    for side in (-1, 1):
        edge = [trumpet.at(step / _RINGS, side * math.pi / 2) for step in range(_RINGS + 1)]
        draw.polygon([*edge, (trumpet.x, trumpet.foot - trumpet.length), (trumpet.x, trumpet.foot)], fill=255)
    cell = trumpet.radii[2] * 0.4
    surface = body.surface(mask, pick(look.hymenium.colours, rng), 10, (cell, cell))
    stem = body.surface(mask, pick(look.stem.colours, rng), 8, (cell, cell))
    surface.paste(stem, (0, 0), _towards_foot(mask.size, trumpet))
    _ridges(surface, look, trumpet, body)
    body.shape(surface, mask, trumpet.radii[2] * 0.3, look.cap.gloss * 0.5)
    if trumpet.tilt > 0:
        _hollow(body, look, trumpet, age)


def _towards_foot(size: tuple[int, int], trumpet: Trumpet) -> Image.Image:
    ramp = Image.new("L", size, 255)
    top = round(trumpet.foot - trumpet.length * 0.8)
    height = max(2, round(trumpet.length * 0.5))
    ramp.paste(0, (0, 0, size[0], max(0, top)))
    ramp.paste(Image.linear_gradient("L").resize((size[0], height)), (0, top))
    return ramp


def _ridges(surface: Image.Image, look: Look, trumpet: Trumpet, body: Body) -> None:
    rng, draw = body.rng, ImageDraw.Draw(surface, "RGBA")
    smooth = look.hymenium.kind == "smooth"
    count = look.hymenium.spacing
    dark, light = ((30, 26, 26), (176, 168, 162)) if smooth else ((110, 56, 8), (255, 226, 140))
    if look.stem.width[0] < 0.1:
        dark, light = (66, 46, 26), (212, 194, 160)
    width = max(1, round(trumpet.radii[2] * 0.02))
    for step in range(count * 3):
        azimuth = math.pi * (step / (count * 1.5) - 1) + rng.uniform(-0.03, 0.03)
        # Ridges fork: only every third one reaches far down.
        start = rng.uniform(0.35, 0.55) if step % 3 == 0 else rng.uniform(0.6, 0.85)
        bow = rng.uniform(-0.05, 0.05)
        line = [trumpet.at(start + (1 - start) * part / 6, azimuth + bow * part / 6) for part in range(7)]
        strength = rng.uniform(20, 50) if smooth else rng.uniform(70, 130)
        draw.line(line, fill=(*dark, round(strength)), width=width)
        draw.line([(x - width, y) for x, y in line], fill=(*light, round(strength * 0.6)), width=width)


def _hollow(body: Body, look: Look, trumpet: Trumpet, age: float) -> None:
    mask, draw = body.mask()
    draw.polygon(trumpet.rim(), fill=255)
    cell = trumpet.radii[2] * 0.3
    surface = body.surface(mask, pick(look.cap.colours, body.rng, age), 12, (cell, cell * 0.5))
    inner, inner_draw = body.mask()
    depth = 0.75 if look.hymenium.kind == "smooth" else 0.5
    inner_draw.polygon([(x, y + trumpet.radii[2] * trumpet.tilt * 0.12) for x, y in trumpet.rim(depth)], fill=255)
    body.shape(surface, mask, trumpet.radii[2] * 0.16, look.cap.gloss)
    body.darken(ImageChops.multiply(soft(inner, trumpet.radii[2] * 0.2), mask), 0.95)
    if look.hymenium.kind == "smooth":
        body.darken(ImageChops.multiply(soft(inner, trumpet.radii[2] * 0.12), mask), 0.9)
