"""Taxa on a real map: the coordinates are where people really report from, the ranges are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from priors_benchmark.observations import Places
from sporeprint_training.priors.ratios import Indices

RANGE_DEGREES = 6.0
"""Median standard deviation of a drawn range."""


@dataclass(frozen=True)
class Placed:
    """Votes with a place."""

    label: Indices
    places: Places


def drawn_ranges(places: Places, counts: NDArray[np.int64], seed: int = 0) -> Placed:
    """Taxa with a home each: a taxon's votes are drawn from the real coordinates, the nearer to its home the more.

    Homes are real coordinates, too; ranges have log-normal widths.

    Args:
        places: real coordinates.
        counts: votes of each taxon, `(taxa,)`.
        seed: of the draw; homes and widths depend on it, and so do the votes.
    """
    random = np.random.default_rng(seed)
    homes = places[random.integers(0, len(places), len(counts))]
    widths = RANGE_DEGREES * np.exp(random.normal(0, 0.7, len(counts)))
    votes = [
        _draw(places, home, width, count, random) for home, width, count in zip(homes, widths, counts, strict=True)
    ]
    return Placed(np.repeat(np.arange(len(counts)), counts), np.concatenate(votes))


def _draw(places: Places, home: Places, width: float, count: int, random: np.random.Generator) -> Places:
    gaps = places - home
    # A degree of longitude is shorter in the north.
    gaps = gaps * np.array([1.0, np.cos(np.radians(home[0]))])
    chances = np.exp(-(gaps**2).sum(axis=1) / (2 * width**2))
    return places[random.choice(len(places), int(count), p=chances / chances.sum())]


def everywhere(places: Places, taxa: int) -> Placed:
    """Every taxon was seen once at every coordinate."""
    return Placed(np.repeat(np.arange(taxa), len(places)), np.tile(places, (taxa, 1)))


def around_the_globe(placed: Placed, copies: int = 12) -> Placed:
    """The same map several times around the globe, each taxon on one of them: a world's worth of cells."""
    turn = (placed.label % copies) * (360 / copies)
    east = (placed.places[:, 1] + turn + 180) % 360 - 180
    return Placed(placed.label, np.stack([placed.places[:, 0], east], axis=1))
