"""Bytes of the two parts of `priors.bin` for thousands of taxa."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from priors_benchmark.observations import Dated, Places
from priors_benchmark.ranges import Placed, around_the_globe, drawn_ranges, everywhere
from sporeprint_export.transfer import compressed_bytes
from sporeprint_training.priors.file import LEVELS, MONTHS, PlaceLevels, Priors, encode_priors
from sporeprint_training.priors.fit import PLACE_BYTES, number_genera, place_part, season_part
from sporeprint_training.priors.place import DEGREES
from sporeprint_training.priors.strength import Levels
from sporeprint_training.priors.votes import Votes


@dataclass(frozen=True)
class Size:
    """One part of a file, for some taxa."""

    part: str
    data: str
    """What it was built from."""
    taxa: int
    votes: int
    cells: int
    """Columns: months or cells."""
    degrees: float
    """Side of a cell; 0 for months."""
    bytes: int
    bytes_brotli: int
    """As a web server compresses it."""


def genera(names: Sequence[str]) -> list[str]:
    """First words of the names."""
    return [name.split()[0] for name in names]


def season_sizes(dated: Dated) -> list[Size]:
    """The months of real names, and of names whose months are noise."""
    part = season_part(votes_of(dated), number_genera(genera(dated.names)))
    if part is None:
        return []
    random = _random_levels(len(dated.names), MONTHS)
    return [
        _season(part.levels, len(dated.label), "Mushroom Observer"),
        _season(random, 0, "worst case: levels at random"),
    ]


def place_sizes(dated: Dated, places: Places) -> list[Size]:
    """Drawn ranges on the real map with the real names' long tail of counts, and worse."""
    taxa = len(dated.names)
    counts = np.bincount(dated.label, minlength=taxa)
    ranges = drawn_ranges(places, counts)
    found = [
        _place(ranges, taxa, "drawn ranges on the real coordinates"),
        _place(everywhere(places, taxa), taxa, "every taxon everywhere"),
        _place(around_the_globe(ranges), taxa, "the map twelve times around the globe"),
    ]
    return [size for size in found if size] + [worst_place(taxa)]


def worst_place(taxa: int) -> Size:
    """Levels at random in every cell of the globe: nothing repeats; in the finest cells that still fit."""
    for degrees in DEGREES:
        cells = round(64800 / degrees**2)
        if taxa * cells <= PLACE_BYTES:
            break
    levels = _random_levels(taxa, cells)
    return _sized_place(levels, tuple(range(cells)), degrees, 0, "worst case: levels at random in every cell")


def votes_of(dated: Dated) -> Votes:
    """Dates without places."""
    unknown = np.full(len(dated.label), np.nan)
    return Votes(dated.label, dated.month, unknown, unknown, np.arange(len(dated.label)))


def placed_votes(placed: Placed) -> Votes:
    """Places without dates."""
    nothing = np.full(len(placed.label), -1)
    return Votes(placed.label, nothing, placed.places[:, 0], placed.places[:, 1], np.arange(len(placed.label)))


def _random_levels(taxa: int, columns: int) -> Levels:
    return np.asarray(np.random.default_rng(0).integers(-LEVELS, LEVELS + 1, (taxa, columns)), np.int8)


def _season(levels: Levels, votes: int, data: str) -> Size:
    file = encode_priors(Priors(len(levels), array("b", levels.tobytes()), None))
    return Size("season", data, len(levels), votes, MONTHS, 0.0, len(file), compressed_bytes(file))


def _place(placed: Placed, taxa: int, data: str) -> Size | None:
    # Without relatives: drawn taxa have none.
    part = place_part(placed_votes(placed), np.arange(taxa))
    return _sized_place(part.levels, part.cells, part.degrees, part.n, data) if part else None


def _sized_place(levels: Levels, cells: tuple[int, ...], degrees: float, votes: int, data: str) -> Size:
    file = encode_priors(Priors(len(levels), None, PlaceLevels(degrees, cells, array("b", levels.tobytes()))))
    return Size("place", data, len(levels), votes, len(cells), degrees, len(file), compressed_bytes(file))
