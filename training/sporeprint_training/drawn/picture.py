"""One drawn photo: fruit bodies in a scene, seen by a camera that is not always steady."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageFilter, ImageOps

from sporeprint_training.drawn import scene
from sporeprint_training.drawn.body import Body, Point
from sporeprint_training.drawn.cap import Dome, paint_cap, paint_underside
from sporeprint_training.drawn.funnel import Trumpet, paint_trumpet
from sporeprint_training.drawn.light import Light, random_light, scaled
from sporeprint_training.drawn.look import Habitat, Look
from sporeprint_training.drawn.species import LOOKS
from sporeprint_training.drawn.stem import Axis, paint_ring, paint_stem, shade_under_cap

_BY_NAME = {look.name: look for look in LOOKS}
_FINE = 1.5
"""Everything is drawn this many times larger and reduced, for soft edges."""

_VIGNETTE = [round(v * v / 255 * 0.32) for v in range(256)]


@dataclass(frozen=True)
class View:
    """How the camera looks at the find."""

    tilt: tuple[float, float]
    """Range of the sine of the camera's elevation over the cap's rim."""
    horizon: tuple[float, float]
    """Where the ground begins, share of the side from above; 0 when the ground fills the picture."""
    foot: float
    """Where the fruit body stands."""
    height: float
    """Of the largest fruit body."""


_SIDE = View((0.06, 0.34), (0.45, 0.66), 0.88, 0.72)
_LOW = View((-0.34, -0.12), (0.6, 0.74), 0.9, 0.74)
_ABOVE = View((0.5, 0.9), (0.0, 0.0), 0.8, 0.78)
_UNDER = View((-0.85, -0.5), (0.0, 0.0), 0.84, 0.78)
_VIEWS = (_SIDE, _LOW, _ABOVE, _UNDER)


def draw_photo(species: str, seed: int, size: int = 256) -> Image.Image:
    """Draw one species; the same species, seed and size give the same picture.

    Args:
        species: one of `DRAWN_SPECIES`.
        seed: of everything that varies: view, light, place, age, number.
        size: side of the square picture, pixels.

    Returns:
        RGB picture of `size` x `size`.

    Raises:
        KeyError: the species cannot be drawn.
    """
    look = _BY_NAME[species]
    rng = Random(f"{species}:{seed}")
    side = round(size * _FINE)
    light = random_light(rng)
    view = rng.choices(_VIEWS, (5, 3, 1.4, 1.8))[0]
    habitat: Habitat = rng.choices(list(look.habitats), list(look.habitats.values()))[0]
    canvas = _scene(side, habitat, view, rng)
    for foot, height in _stand(look, view, side, rng):
        body, anchor = _fruit_body(look, view, height, light, rng)
        _place(canvas, body, foot, anchor, light, upright=view.horizon[1] > 0)
        if view.horizon[1] > 0:
            scene.cover_foot(canvas, foot, height, habitat, rng)
    if view.horizon[1] > 0:
        near = scene.foreground(side, habitat, rng)
        canvas.paste(near, (0, 0), near)
    return _develop(canvas, size, light, rng)


def _scene(side: int, habitat: Habitat, view: View, rng: Random) -> Image.Image:
    horizon = round(side * rng.uniform(*view.horizon))
    canvas = scene.backdrop(side, habitat, rng) if horizon else Image.new("RGB", (side, side))
    canvas.paste(*_at_origin(scene.ground(side, horizon, habitat, rng)))
    if habitat == "wood":
        top = round(side * (view.foot - rng.uniform(0.04, 0.1))) if horizon else round(side * rng.uniform(0.3, 0.5))
        canvas.paste(*_at_origin(scene.log(side, top, rng)))
    return canvas


def _at_origin(layer: tuple[Image.Image, Image.Image]) -> tuple[Image.Image, tuple[int, int], Image.Image]:
    return layer[0], (0, 0), layer[1]


def _stand(look: Look, view: View, side: int, rng: Random) -> list[tuple[tuple[float, float], float]]:
    count = rng.randint(*look.group)
    main = side * view.height * look.size * rng.uniform(0.85, 1.08)
    places = [((side * rng.uniform(0.4, 0.6), side * (view.foot + rng.uniform(-0.02, 0.04))), main)]
    for index in range(count - 1):
        away = side * rng.uniform(0.12, 0.3) * (1 if index % 2 else -1) * (1 + index // 2 * 0.4)
        back = rng.uniform(-0.05, 0.05) * side
        x, y = places[0][0]
        places.append(((x + away, y + back), main * rng.uniform(0.45, 0.85)))
    return sorted(places, key=lambda place: place[0][1])


def _fruit_body(
    look: Look, view: View, height: float, light: Light, rng: Random
) -> tuple[Image.Image, tuple[float, float]]:
    tilt, age = rng.uniform(*view.tilt), rng.random()
    upright = math.sqrt(1 - tilt * tilt)
    wide = round(height * (look.cap.width[1] * 1.1 + 0.24))
    # From straight above the near rim comes to lie below the foot.
    tall = height * (1.45 if tilt < 0.45 else 1.9)
    body = Body.empty((wide, round(tall)), light, rng)
    foot = (wide / 2, height * 1.33)
    if look.funnel:
        paint_trumpet(body, look, _trumpet(look, foot, height, tilt, upright, rng), age)
    else:
        _agaric(body, look, foot, height, tilt, upright, age)
    lean = max(-15.0, min(15.0, rng.gauss(0, 7)))
    image = body.image()
    box = image.getchannel("A").getbbox() or (0, 0, 1, 1)
    # The cap swings out to the side, and a wide one also up or down.
    room = round(height * (0.04 + 0.9 * math.sin(math.radians(abs(lean)))))
    box = (box[0] - room, box[1] - room, box[2] + room, box[3] + room)
    foot = (foot[0] - box[0], foot[1] - box[1])
    return image.crop(box).rotate(lean, Image.Resampling.BILINEAR, center=foot), foot


def _trumpet(look: Look, foot: tuple[float, float], height: float, tilt: float, upright: float, rng: Random) -> Trumpet:
    rim = height * rng.uniform(*look.cap.width) / 2
    neck, base = (height * width / 2 * rng.uniform(0.85, 1.15) for width in look.stem.width)
    return Trumpet(
        x=foot[0],
        foot=foot[1],
        length=height * rng.uniform(0.75, 0.95) * max(0.25, upright),
        radii=(base, neck * 1.4, rim),
        tilt=tilt,
        wobble=look.cap.wobble * rng.uniform(0.6, 1.2),
        phase=rng.uniform(0, 6.28),
        bend=height * rng.uniform(-0.2, 0.2),
    )


def _agaric(
    body: Body, look: Look, foot: tuple[float, float], height: float, tilt: float, upright: float, age: float
) -> None:
    rng, cap = body.rng, look.cap
    half = height * rng.uniform(*cap.width) / 2
    # Young caps are high and narrow, old ones flat and wide.
    share = cap.height[1] + (cap.height[0] - cap.height[1]) * age
    half *= 0.85 + 0.2 * age
    rise = half * share * upright
    length = height * rng.uniform(0.62, 0.8) * upright
    top = (foot[0] + rng.uniform(-1, 1) * look.stem.bend * height, foot[1] - length)
    top_half, low_half = (height * width / 2 * rng.uniform(0.88, 1.12) for width in look.stem.width)
    bend = rng.uniform(-1, 1) * look.stem.bend * height
    axis = Axis(top, foot, bend, (top_half, low_half), look.stem.bulb * rng.uniform(0.7, 1.2), height * 0.7)
    dome = Dome(top[0], top[1], half, rise, tilt, cap, rng.uniform(0, 6.28))
    if tilt < 0:
        paint_cap(body, dome, age)
        paint_underside(body, dome, look.hymenium, age)
        paint_stem(body, look, axis)
        paint_ring(body, look, axis)
    else:
        paint_stem(body, look, axis)
        shade_under_cap(body, axis, half * 0.3)
        paint_ring(body, look, axis)
        paint_cap(body, dome, age)


def _place(canvas: Image.Image, body: Image.Image, foot: Point, anchor: Point, light: Light, *, upright: bool) -> None:
    room = body.width // 2
    corner = round(foot[0] - anchor[0]), round(foot[1] - anchor[1])
    small = ImageOps.expand(body.getchannel("A"), (room, 0)).reduce(4)
    if upright:
        # The body's own outline, pressed flat on the ground around its foot and pushed away from the light.
        y, slant = anchor[1] / 4 + 1, light.dx * 1.6
        coefficients = (1, slant, -slant * y, 0, 3.2, y * (1 - 3.2))
    else:
        coefficients = (1, 0, light.dx * body.width * 0.015, 0, 1, light.dy * body.width * 0.015)
    shadow = small.transform(small.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR)
    shadow = shadow.filter(ImageFilter.GaussianBlur(body.width / 4 * 0.022))
    shadow = shadow.point(scaled(light.strength))
    shadow = shadow.resize((small.width * 4, small.height * 4), Image.Resampling.BILINEAR)
    left, top = corner[0] - room, corner[1]
    canvas.paste((28, 20, 14), (left, top, left + shadow.width, top + shadow.height), shadow)
    canvas.paste(body, corner, body)


def _develop(canvas: Image.Image, size: int, light: Light, rng: Random) -> Image.Image:
    image = canvas.resize((size, size), Image.Resampling.HAMMING)
    image = ImageChops.multiply(image, Image.new("RGB", image.size, light.tint))
    vignette = Image.radial_gradient("L").resize((size, size)).point(_VIGNETTE)
    image.paste(ImageChops.multiply(image, Image.new("RGB", image.size, light.shade)), (0, 0), vignette)
    brightness, contrast = rng.uniform(0.94, 1.2), rng.uniform(0.92, 1.15)
    image = image.point([round((v - 110) * contrast * brightness + 110 * brightness) for v in range(256)] * 3)
    if rng.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.3) * size / 256))
    grain = Image.frombytes("L", (size, size), rng.randbytes(size * size))
    return Image.blend(image, Image.merge("RGB", (grain, grain, grain)), rng.uniform(0.015, 0.04))
