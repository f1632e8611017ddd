"""The cap: a surface of revolution that is seen from above, from the side or from below."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw

from sporeprint_training.drawn.body import Body, Point
from sporeprint_training.drawn.light import mix, pick, scaled, soft
from sporeprint_training.drawn.look import Cap, Hymenium

_RINGS = 14
_AROUND = 32


@dataclass(frozen=True)
class Dome:
    """Geometry of one cap on its layer, pixels.

    A point at `radius` (0 middle, 1 rim) and `azimuth` (0 towards the viewer, clockwise seen from above) of the upper
    surface lies at `at(radius, azimuth)`.
    """

    x: float
    y: float
    """Middle of the rim."""
    half: float
    """Half the width."""
    rise: float
    """Height over the rim as it appears."""
    tilt: float
    """Sine of the camera's elevation over the rim: 1 from straight above, 0 level, negative from below."""
    cap: Cap
    phase: float
    """Where the rim's wobble starts."""

    def at(self, radius: float, azimuth: float) -> Point:
        """Where a point of the upper surface appears."""
        along = self._reach(radius, azimuth)
        return (
            self.x + along * math.sin(azimuth),
            self.y - self.rise * self._profile(radius) + along * self.tilt * math.cos(azimuth),
        )

    def under(self, radius: float, azimuth: float) -> Point:
        """Where a point of the underside appears, for a camera below the rim; `azimuth` 0 is the nearer side."""
        along = self._reach(radius, azimuth)
        return self.x + along * math.sin(azimuth), self.y + along * self.tilt * math.cos(azimuth)

    def contour(self, radius: float) -> list[Point]:
        """The closed curve of all points at `radius`."""
        return [self.at(radius, 2 * math.pi * step / _AROUND) for step in range(_AROUND)]

    def silhouette(self, draw: ImageDraw.ImageDraw, radius: float = 1.0, fill: int = 255) -> None:
        """Fill everything that the surface out to `radius` covers."""
        # A surface of revolution covers what its contours cover together.
        for step in range(_RINGS + 1):
            ring = self.contour(max(0.02, radius * math.sin(step / _RINGS * math.pi / 2)))
            draw.polygon(ring, fill=fill)
        draw.polygon([self.at(radius * side, math.pi / 2) for side in _across()], fill=fill)

    def _reach(self, radius: float, azimuth: float) -> float:
        wave = math.sin(3 * azimuth + self.phase) + 0.6 * math.sin(5 * azimuth + 2 * self.phase)
        return self.half * radius * (1 + self.cap.wobble * radius * radius * wave)

    def _profile(self, radius: float) -> float:
        inner = min(1.0, abs(radius))
        power, root = self.cap.shape
        return float((1 - inner**power) ** root + self.cap.umbo * math.exp(-((inner / 0.22) ** 2)))


def _across() -> list[float]:
    return [math.sin(step / _RINGS * math.pi / 2) for step in range(-_RINGS, _RINGS + 1)]


def paint_cap(body: Body, dome: Dome, age: float) -> None:
    """Paint the upper surface.

    Args:
        body: the layer.
        dome: geometry.
        age: 0 young to 1 old: colours fade, veil remains get fewer.
    """
    cap, rng = dome.cap, body.rng
    mask, draw = body.mask()
    dome.silhouette(draw)
    colour = pick(cap.colours, rng, min(1.0, max(0.0, age + rng.gauss(0, 0.15))))
    cell = dome.half * 0.35
    surface = body.surface(mask, colour, 9, (cell, cell * 0.6))
    _tint_zones(surface, dome, rng)
    _radial_lines(surface, dome, rng)
    if cap.scales:
        _warts(surface, None, dome, rng, age)
    top, bottom = (mask.getbbox() or (0, 0, 0, 1))[1::2]
    body.shape(surface, mask, min(dome.half * 0.4, (bottom - top) * 0.3), cap.gloss)
    if cap.warts[1] and not cap.scales:
        _warts(body.colour, body, dome, rng, age)


def _tint_zones(surface: Image.Image, dome: Dome, rng: Random) -> None:
    cap = dome.cap
    if cap.margin:
        rim = Image.new("L", surface.size, 255)
        dome.silhouette(ImageDraw.Draw(rim), 0.94, fill=0)
        surface.paste(cap.margin, (0, 0, *surface.size), soft(rim, dome.half * 0.05))
    if cap.centre:
        zone = Image.new("L", surface.size)
        radius = cap.zone * rng.uniform(0.75, 1.15) if cap.zone else 0.3
        dome.silhouette(ImageDraw.Draw(zone), min(0.92, radius))
        edge = 0.06 if cap.zone else 0.3
        surface.paste(cap.centre, (0, 0, *surface.size), soft(zone, dome.half * edge).point(scaled(0.85)))


def _radial_lines(surface: Image.Image, dome: Dome, rng: Random) -> None:
    cap = dome.cap
    draw = ImageDraw.Draw(surface, "RGBA")
    for strength, inner, count in ((cap.fibrils, 0.05, 130), (cap.striate, 0.72, 64)):
        for step in range(count if strength else 0):
            azimuth = 2 * math.pi * (step + rng.uniform(-0.3, 0.3)) / count
            start = inner + rng.uniform(0, 0.5 if inner < 0.5 else 0.08)
            end = min(1.0, start + rng.uniform(0.25, 0.6))
            line = [dome.at(start + (end - start) * part / 4, azimuth) for part in range(5)]
            draw.line(
                line, fill=(40, 30, 14, round(rng.uniform(30, 80) * strength)), width=max(1, round(dome.half * 0.012))
            )


def _warts(surface: Image.Image, body: Body | None, dome: Dome, rng: Random, age: float) -> None:
    cap = dome.cap
    count = round(cap.warts[0] + (cap.warts[1] - cap.warts[0]) * (1 - age) * rng.uniform(0.5, 1.0))
    draw = ImageDraw.Draw(surface, "RGBA")
    drop = dome.half * 0.02
    for index in range(count):
        # Even on the surface; torn skin starts at the middle.
        radius = (index + rng.random()) / count
        radius = radius**0.8 * 0.97 if cap.scales else math.sqrt(radius) * 0.95
        azimuth = index * 2.39996 + rng.uniform(-0.4, 0.4)
        middle = dome.at(radius, azimuth)
        size = dome.half * cap.wart_size * 2 * rng.uniform(0.55, 1.25) * (1 - 0.45 * radius if cap.scales else 1)
        # Towards the sides and the far rim the surface turns away.
        turned = math.sqrt(max(0.12, 1 - (radius * math.sin(azimuth)) ** 2))
        blot = _blot(middle, size * turned, size * (0.5 + 0.45 * abs(dome.tilt)), rng)
        tone = mix(cap.wart_colour, (255, 255, 255) if not cap.scales else (90, 60, 36), rng.uniform(0, 0.25))
        if not cap.scales:
            draw.polygon([(x + drop, y + drop * 1.5) for x, y in blot], fill=(60, 10, 10, 90))
        draw.polygon(blot, fill=(*tone, 235))
        if not cap.scales:
            lit = [(x + (middle[0] - x) * 0.45 - drop * 0.4, y + (middle[1] - y) * 0.45 - drop * 0.6) for x, y in blot]
            draw.polygon(lit, fill=(255, 253, 244, 150))


def _blot(middle: Point, width: float, height: float, rng: Random) -> list[Point]:
    corners = 10
    return [
        (
            middle[0] + width * rng.uniform(0.78, 1.05) * math.cos(2 * math.pi * step / corners),
            middle[1] + height * rng.uniform(0.78, 1.05) * math.sin(2 * math.pi * step / corners),
        )
        for step in range(corners)
    ]


def paint_underside(body: Body, dome: Dome, hymenium: Hymenium, age: float) -> None:
    """Paint gills or pores on the rim's ellipse, for a camera below the rim."""
    rng = body.rng
    mask, draw = body.mask()
    draw.polygon([dome.under(0.965, 2 * math.pi * step / _AROUND) for step in range(_AROUND)], fill=255)
    colour = pick(hymenium.colours, rng, age)
    if hymenium.kind == "pores":
        fine = max(2.0, dome.half * 0.022)
        surface = body.surface(mask, colour, 26, (fine, fine * max(0.4, abs(dome.tilt))))
        broad = body.surface(mask, colour, 12, (dome.half * 0.4, dome.half * 0.3))
        surface = Image.blend(surface, broad, 0.5)
    else:
        surface = body.surface(mask, colour, 6, (dome.half * 0.4, dome.half * 0.3))
        _gills(surface, dome, hymenium, rng)
    body.paint(surface, mask)
    hollow = Image.new("L", mask.size)
    ImageDraw.Draw(hollow).polygon(
        [dome.under(0.55, 2 * math.pi * step / _AROUND) for step in range(_AROUND)], fill=255
    )
    body.darken(ImageChops.multiply(soft(hollow, dome.half * 0.2), mask), 0.4)
    body.darken(ImageChops.multiply(ImageChops.invert(soft(mask, dome.half * 0.03)), mask), 0.6)


def _gills(surface: Image.Image, dome: Dome, hymenium: Hymenium, rng: Random) -> None:
    draw = ImageDraw.Draw(surface, "RGBA")
    count = hymenium.spacing
    width = max(1, round(dome.half * 0.014))
    for step in range(count * 2):
        azimuth = math.pi * (step + rng.uniform(-0.2, 0.2)) / count
        # Every second gill is a short one that starts nearer to the rim.
        start = 0.1 if step % 2 == 0 else rng.uniform(0.45, 0.75)
        dark = rng.uniform(24, 62)
        draw.line((dome.under(start, azimuth), dome.under(0.98, azimuth)), fill=(70, 44, 26, round(dark)), width=width)
