"""A fruit body on its own transparent layer, part by part."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from sporeprint_training.drawn.light import Light, Mask, modelled, mottled, scaled
from sporeprint_training.drawn.look import Colour

Point = tuple[float, float]
_INWARD = [min(255, max(0, round((v - 80) * 1.6))) for v in range(256)]
"""Moves a blurred edge inward, so that it stays within what was painted."""


@dataclass
class Body:
    """The layer that parts are painted on, back to front."""

    colour: Image.Image
    """RGB."""
    alpha: Mask
    light: Light
    rng: Random

    @classmethod
    def empty(cls, size: tuple[int, int], light: Light, rng: Random) -> Body:
        """A layer with nothing on it."""
        # What lies outside shines through at soft edges: bark rather than black.
        return cls(Image.new("RGB", size, (128, 112, 94)), Image.new("L", size), light, rng)

    def mask(self) -> tuple[Mask, ImageDraw.ImageDraw]:
        """An empty mask of the layer's size and something to draw on it with."""
        mask = Image.new("L", self.alpha.size)
        return mask, ImageDraw.Draw(mask)

    def surface(self, mask: Mask, colour: Colour, spread: float, cell: tuple[float, float]) -> Image.Image:
        """A `mottled` surface of the layer's size; only where the mask is does it have patches."""
        box = self._box(mask, 0)
        surface = Image.new("RGB", mask.size, colour)
        surface.paste(mottled((box[2] - box[0], box[3] - box[1]), colour, self.rng, spread, cell), box)
        return surface

    def paint(self, surface: Image.Image, mask: Mask) -> None:
        """Lay a surface of the layer's size over what is there."""
        self.colour.paste(surface, (0, 0), mask)
        self.alpha = ImageChops.lighter(self.alpha, mask)

    def shape(self, surface: Image.Image, mask: Mask, depth: float, gloss: float = 0.0) -> None:
        """Lay a rounded body over what is there; see `modelled`."""
        box = self._box(mask, depth * 1.5)
        part = mask.crop(box)
        self.colour.paste(modelled(surface.crop(box), part, self.light, depth, gloss), box, part)
        self.alpha = ImageChops.lighter(self.alpha, mask)

    def darken(self, mask: Mask, strength: float) -> None:
        """Multiply with the light's shade where the mask is, only inside the body."""
        box = self._box(mask, 0)
        inside = ImageChops.multiply(mask.crop(box).point(scaled(strength)), self.alpha.crop(box))
        part = self.colour.crop(box)
        self.colour.paste(ImageChops.multiply(part, Image.new("RGB", part.size, self.light.shade)), box, inside)

    def _box(self, mask: Mask, margin: float) -> tuple[int, int, int, int]:
        left, top, right, bottom = mask.getbbox() or (0, 0, 1, 1)
        reach = math.ceil(margin)
        return (
            max(0, left - reach),
            max(0, top - reach),
            min(mask.width, right + reach),
            min(mask.height, bottom + reach),
        )

    def image(self) -> Image.Image:
        """The layer as RGBA, with a softened edge."""
        edge = self.alpha.filter(ImageFilter.GaussianBlur(1.1)).point(_INWARD)
        return Image.merge("RGBA", (*self.colour.split(), edge))
