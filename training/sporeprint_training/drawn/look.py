"""The features that a drawn species is made of.

Sizes are shares of the fruit body's height unless they say otherwise; colours are sRGB.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Colour = tuple[int, int, int]
Habitat = Literal["moss", "litter", "meadow", "wood"]


@dataclass(frozen=True)
class Cap:
    """Seen from the side: `(1 - |x| ** shape[0]) ** shape[1]`, plus an umbo."""

    colours: tuple[Colour, ...]
    """Young to old or dry to wet; a picture mixes two neighbours."""
    width: tuple[float, float]
    """Diameter, smallest to largest."""
    height: tuple[float, float]
    """Height over the rim as a share of half the width."""
    shape: tuple[float, float]
    umbo: float = 0.0
    centre: Colour | None = None
    """Colour of the middle where it differs."""
    zone: float = 0.0
    """Radius of a sharply different, drying middle (share of the cap's radius); 0 for none."""
    margin: Colour | None = None
    """Colour of the outermost edge where it differs."""
    warts: tuple[int, int] = (0, 0)
    """Fewest and most remains of the veil."""
    wart_size: float = 0.05
    wart_colour: Colour = (240, 236, 222)
    scales: bool = False
    """Warts are torn cap skin: flat, and dense towards the middle."""
    fibrils: float = 0.0
    """Strength of dark inborn radial fibres."""
    striate: float = 0.0
    """Strength of the lines at the margin."""
    gloss: float = 0.3
    wobble: float = 0.015


@dataclass(frozen=True)
class Hymenium:
    """The underside."""

    kind: Literal["gills", "pores", "ridges", "smooth"]
    colours: tuple[Colour, ...]
    spacing: int = 90
    """Gills around the whole cap."""


@dataclass(frozen=True)
class Stem:
    """From the cap down to the ground."""

    colours: tuple[Colour, Colour]
    """Top and base."""
    width: tuple[float, float]
    """At the top and above the base."""
    bulb: float = 0.0
    """How much wider the base is, as a share."""
    pattern: Literal["plain", "floccose", "snakeskin", "net", "scaly", "silky", "banded"] = "plain"
    pattern_colour: Colour = (150, 130, 100)
    bend: float = 0.06


@dataclass(frozen=True)
class Look:
    """Everything that makes one species."""

    name: str
    hymenium: Hymenium
    cap: Cap
    stem: Stem
    ring: Literal["none", "skirt", "thin", "double"] = "none"
    ring_colour: Colour = (238, 232, 214)
    base: Literal["plain", "sack", "warty", "collar"] = "plain"
    funnel: bool = False
    """Cap and stem are one trumpet."""
    group: tuple[int, int] = (1, 2)
    """Fewest and most fruit bodies in a picture."""
    size: float = 1.0
    habitats: dict[Habitat, float] = field(default_factory=dict)
    """Relative frequency; none is exclusive, so the ground alone names no species."""
