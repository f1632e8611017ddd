"""Where fungi stand: moss, litter, meadow and dead wood, with a blurred world behind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from sporeprint_training.drawn.light import grain, mottled, soft, vary
from sporeprint_training.drawn.look import Colour, Habitat


@dataclass(frozen=True)
class Place:
    """The colours of one habitat."""

    far: tuple[Colour, Colour]
    """Behind everything: below and above."""
    soil: Colour
    blades: tuple[Colour, ...]
    """Moss, grass and needles."""
    leaves: tuple[Colour, ...]
    blade_count: int
    leaf_count: int
    blade_length: float
    """Share of the picture's side."""


_BROWNS: tuple[Colour, ...] = ((150, 98, 52), (122, 78, 44), (172, 124, 70), (98, 66, 42), (184, 146, 96))
_MOSSES: tuple[Colour, ...] = ((104, 122, 50), (132, 146, 66), (84, 102, 44), (160, 164, 90))
_GRASSES: tuple[Colour, ...] = ((104, 132, 58), (132, 152, 76), (84, 110, 50), (168, 168, 104))
PLACES: dict[Habitat, Place] = {
    "moss": Place(((86, 98, 62), (206, 208, 176)), (74, 84, 44), _MOSSES, _BROWNS, 640, 9, 0.042),
    "litter": Place(
        ((112, 92, 66), (222, 206, 172)), (92, 68, 48), (*_MOSSES[:2], (136, 112, 70)), _BROWNS, 120, 60, 0.05
    ),
    "meadow": Place(((128, 146, 88), (228, 230, 208)), (92, 104, 54), _GRASSES, _BROWNS[:2], 420, 3, 0.14),
    "wood": Place(((92, 88, 66), (202, 196, 168)), (100, 80, 60), _MOSSES, _BROWNS, 200, 14, 0.035),
}


def backdrop(side: int, habitat: Habitat, rng: Random) -> Image.Image:
    """What lies out of focus behind the find: a wash of light, trunks or a hedge, and discs of light; RGB."""
    place, small = PLACES[habitat], side // 4
    low, high = vary(place.far[0], rng, 14), vary(place.far[1], rng, 18)
    wash = Image.blend(
        Image.linear_gradient("L").resize((small, small)),
        grain((small, small), (14, 10), rng).resize((small, small), Image.Resampling.BICUBIC),
        0.3,
    )
    image = Image.composite(Image.new("RGB", wash.size, low), Image.new("RGB", wash.size, high), wash)
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(rng.randint(2, 6) if habitat != "meadow" else 1):
        x, wide = rng.uniform(0, small), rng.uniform(0.02, 0.09) * small
        lean = rng.uniform(-0.05, 0.05) * small
        draw.polygon(
            [(x, 0), (x + wide, 0), (x + wide + lean, small), (x + lean, small)],
            fill=(40, 34, 26, rng.randint(50, 130)),
        )
    image = image.filter(ImageFilter.GaussianBlur(small * 0.025))
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(rng.randint(4, 18)):
        x, y, r = rng.uniform(0, small), rng.uniform(0, small * 0.6), rng.uniform(0.015, 0.06) * small
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(250, 246, 214, rng.randint(14, 60)))
    return image.filter(ImageFilter.GaussianBlur(1.2)).resize((side, side), Image.Resampling.BILINEAR)


def ground(side: int, horizon: int, habitat: Habitat, rng: Random) -> tuple[Image.Image, Image.Image]:
    """The ground from `horizon` down.

    Returns:
        RGB picture and mask, both of the whole picture's size. The far part is out of focus.
    """
    place = PLACES[habitat]
    height = side - horizon
    image = mottled((side, side), vary(place.soil, rng, 8), rng, 30, (side * 0.05, side * 0.025))
    for near, share in ((False, 0.45), (True, 0.55)):
        draw = ImageDraw.Draw(image, "RGBA")
        _scatter(draw, place, rng, side, horizon, share, near=near)
        if not near:
            far = (0, horizon, side, side)
            image.paste(image.crop(far).filter(ImageFilter.BoxBlur(side // 170)), far)
    mask = Image.new("L", (side, side))
    ridge = [(x * side / 8, horizon + rng.uniform(-0.02, 0.02) * side) for x in range(9)]
    ImageDraw.Draw(mask).polygon([(0, side), *ridge, (side, side)], fill=255)
    return image, soft(mask, max(2.0, height * 0.06)) if horizon > 0 else Image.new("L", (side, side), 255)


def _scatter(
    draw: ImageDraw.ImageDraw, place: Place, rng: Random, side: int, horizon: int, share: float, *, near: bool
) -> None:
    top = horizon if not near else horizon + (side - horizon) * 0.3 * (horizon > 0)
    blades = [vary(rng.choice(place.blades), rng, 12) for _ in range(24)]
    leaves = [vary(rng.choice(place.leaves), rng, 12) for _ in range(16)]
    things = [(rng.uniform(top, side * 1.03), True) for _ in range(round(place.blade_count * share))]
    things += [(rng.uniform(top, side * 1.03), False) for _ in range(round(place.leaf_count * share))]
    for y, is_blade in sorted(things):
        scale = 0.45 + 0.75 * (y - horizon) / max(1, side - horizon)
        x = rng.uniform(-0.03, 1.03) * side
        if is_blade:
            blade(draw, (x, y), place.blade_length * side * scale * rng.uniform(0.5, 1.3), rng.choice(blades), rng)
        else:
            leaf(draw, (x, y), side * 0.055 * scale * rng.uniform(0.7, 1.5), rng.choice(leaves), rng)


def blade(draw: ImageDraw.ImageDraw, foot: tuple[float, float], length: float, colour: Colour, rng: Random) -> None:
    """One blade of grass or shoot of moss, growing up from `foot`."""
    x, y = foot
    lean = rng.uniform(-0.55, 0.55) * length
    width = max(1.2, length * 0.07)
    tip = (x + lean, y - length)
    middle = (x + lean * 0.3, y - length * 0.55)
    draw.polygon(
        [
            (x - width, y),
            (middle[0] - width * 0.7, middle[1]),
            tip,
            (middle[0] + width * 0.7, middle[1]),
            (x + width, y),
        ],
        fill=colour,
    )


def leaf(draw: ImageDraw.ImageDraw, middle: tuple[float, float], size: float, colour: Colour, rng: Random) -> None:
    """One fallen leaf with its shadow and midrib."""
    angle, flat = rng.uniform(0, 2 * math.pi), rng.uniform(0.3, 0.75)
    cos, sin = math.cos(angle), math.sin(angle)

    def place(along: float, across: float) -> tuple[float, float]:
        x, y = along * size, across * size
        return middle[0] + x * cos - y * sin, middle[1] + (x * sin + y * cos) * flat

    edge = [place(t, 0.42 * math.sin(math.pi * (t + 1) / 2) ** 0.8) for t in (part / 5 - 1 for part in range(11))]
    edge += [place(-t, -0.42 * math.sin(math.pi * (t + 1) / 2) ** 0.8) for t in (part / 5 - 1 for part in range(11))]
    draw.polygon([(x + size * 0.06, y + size * 0.1) for x, y in edge], fill=(24, 16, 10, 110))
    draw.polygon(edge, fill=colour)
    rib = (*(round(c * 0.7) for c in colour), 200)
    draw.line((place(-1, 0), place(1, 0)), fill=rib, width=max(1, round(size * 0.04)))


def cover_foot(canvas: Image.Image, foot: tuple[float, float], height: float, habitat: Habitat, rng: Random) -> None:
    """Let what grows and lies on the ground reach over the foot of a fruit body that is `height` pixels tall."""
    place, draw = PLACES[habitat], ImageDraw.Draw(canvas, "RGBA")
    grassy = habitat in ("moss", "meadow")
    for _ in range(26 if grassy else 8):
        x, y = foot[0] + rng.gauss(0, 0.16) * height, foot[1] + rng.uniform(0.0, 0.06) * height
        blade(
            draw,
            (x, y),
            height * rng.uniform(0.04, 0.1 if grassy else 0.06),
            vary(rng.choice(place.blades), rng, 12),
            rng,
        )
    for _ in range(rng.randint(2, 5) if habitat == "litter" else rng.randint(0, 1)):
        x, y = foot[0] + rng.gauss(0, 0.2) * height, foot[1] + rng.uniform(0.02, 0.06) * height
        leaf(draw, (x, y), height * rng.uniform(0.05, 0.09), vary(rng.choice(place.leaves), rng, 12), rng)


def log(side: int, top: int, rng: Random) -> tuple[Image.Image, Image.Image]:
    """A fallen trunk across the picture whose upper edge is at `top`: RGB picture and mask."""
    tall = round(side * rng.uniform(0.3, 0.45))
    image = mottled((side, side), vary((112, 88, 66), rng, 10), rng, 30, (side * 0.25, side * 0.018))
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(60):
        x, y, length = rng.uniform(-0.1, 1) * side, rng.uniform(top, top + tall), rng.uniform(0.05, 0.3) * side
        draw.line(
            (x, y, x + length, y + rng.uniform(-3, 3)), fill=(46, 32, 22, rng.randint(60, 150)), width=rng.randint(1, 4)
        )
    for _ in range(140):
        y = top + tall * rng.random() ** 2.5 * 0.6
        blade(
            draw,
            (rng.uniform(0, side), y + side * 0.02),
            side * rng.uniform(0.015, 0.04),
            vary(rng.choice(_MOSSES), rng, 14),
            rng,
        )
    mask = Image.new("L", (side, side))
    edge = [(x * side / 10, top + rng.uniform(-0.008, 0.008) * side) for x in range(11)]
    ImageDraw.Draw(mask).polygon([*edge, (side, top + tall), (0, top + tall)], fill=255)
    return image, mask


def foreground(side: int, habitat: Habitat, rng: Random) -> Image.Image:
    """What stands before the find, out of focus: RGBA."""
    place, small = PLACES[habitat], side // 4
    image = Image.new("RGBA", (small, small), (*place.blades[0], 0))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(6, 22) if habitat in ("meadow", "moss") else rng.randint(2, 9)):
        colour = vary(rng.choice(place.blades), rng, 14)
        x, y = rng.uniform(0, small), small * 1.02
        blade(draw, (x, y), small * rng.uniform(0.05, 0.16 + place.blade_length), colour, rng)
    return image.filter(ImageFilter.GaussianBlur(1.0)).resize((side, side), Image.Resampling.BILINEAR)
