"""What the priors tell of names that they were not built from, in nats per observation over the names' base rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from priors_benchmark.observations import Dated, Places
from priors_benchmark.ranges import drawn_ranges
from priors_benchmark.sizes import genera
from sporeprint_training.priors.file import LARGEST_RATIO, LEVELS, MONTHS
from sporeprint_training.priors.fit import number_genera
from sporeprint_training.priors.place import WIDTHS as CELL_WIDTHS
from sporeprint_training.priors.place import cell_kernel, cells_of
from sporeprint_training.priors.ratios import (
    Counts,
    Indices,
    Smoothing,
    choose_smoothing,
    count_votes,
    name_gains,
    smoothed_ratios,
    to_levels,
)
from sporeprint_training.priors.rule import FLAG_LEVEL
from sporeprint_training.priors.season import WIDTHS as MONTH_WIDTHS
from sporeprint_training.priors.season import month_kernel

FEW = (1, 4, 10, 30, 100, 10**9)
"""Bounds of the groups of names by their observations."""


@dataclass(frozen=True)
class Gain:
    """Held-out observations under priors built from others."""

    what: str
    n_built: int
    n_held_out: int
    """Of names that were known before."""
    smoothing: Smoothing
    """Chosen by cross-validation on what the priors were built from."""
    gain: float
    error: float
    """Standard error of the gain, observations taken as independent."""
    more_probable: float
    """Share of the held-out observations whose name the priors made more probable."""
    flagged: float
    """Share whose name was marked as unusual."""
    flagged_pairs: float
    """Share of all pairs of a name and a month or cell that are marked."""
    by_count: dict[str, float]
    """The gain for names by their number of observations in the built part."""


def season_gain(dated: Dated, first_year: int, *, related: bool = True) -> Gain:
    """Build from the years before, hold out the years from `first_year` on."""
    old = dated.year < first_year
    genus = _genera(dated.names) if related else np.arange(len(dated.names))
    shape = (len(dated.names), MONTHS)
    smoothing = choose_smoothing(dated.label[old], dated.month[old], shape, genus, MONTH_WIDTHS, month_kernel)
    counts = count_votes(dated.label[old], dated.month[old], shape)
    ratios = smoothed_ratios(counts, genus, month_kernel(smoothing.width), smoothing.weight)
    what = f"Mushroom Observer, from {first_year} on" + ("" if related else ", without relatives")
    return _judge(what, ratios, counts, smoothing, dated.label[~old], dated.month[~old])


def step_losses(dated: Dated, first_year: int) -> dict[int, float]:
    """The season's gain by the number of levels on each side of 0: 7 are 4 bits, 15 are 5, 127 are 8."""
    old = dated.year < first_year
    genus, shape = _genera(dated.names), (len(dated.names), MONTHS)
    smoothing = choose_smoothing(dated.label[old], dated.month[old], shape, genus, MONTH_WIDTHS, month_kernel)
    counts = count_votes(dated.label[old], dated.month[old], shape)
    ratios = smoothed_ratios(counts, genus, month_kernel(smoothing.width), smoothing.weight)
    base = counts.sum(axis=1)
    known = base[dated.label[~old]] > 0
    labels, months = dated.label[~old][known], dated.month[~old][known]
    found = {}
    for levels in (7, LEVELS, 127):
        step = np.log(LARGEST_RATIO) / levels
        stored = np.exp(np.clip(np.rint(np.log(ratios) / step), -levels, levels) * step)
        mean = (base / base.sum()) @ stored
        found[levels] = float(np.log(stored[labels, months] / mean[months]).mean())
    return found


def place_gain(places: Places, counts: Indices, degrees: float = 2.5) -> tuple[Gain, float]:
    """Drawn ranges, of which half the votes are held out; and the gain that the true ranges would give.

    The truth is taken from a hundred times as many votes as the priors see, by cell.
    """
    taxa = len(counts)
    drawn = drawn_ranges(places, 2 * counts)
    half = np.concatenate([np.arange(2 * count) < count for count in counts])
    cells, columns = cells_of(places[:, 0], places[:, 1], degrees)
    of_place = {(north, east): column for (north, east), column in zip(places.tolist(), columns.tolist(), strict=True)}
    bins = np.array([of_place[north, east] for north, east in drawn.places.tolist()])
    genus, shape, kernel = np.arange(taxa), (taxa, len(cells)), cell_kernel(cells, degrees)
    smoothing = choose_smoothing(drawn.label[half], bins[half], shape, genus, CELL_WIDTHS, kernel)
    built = count_votes(drawn.label[half], bins[half], shape)
    ratios = smoothed_ratios(built, genus, kernel(smoothing.width), smoothing.weight)
    gain = _judge("drawn ranges on the real coordinates", ratios, built, smoothing, drawn.label[~half], bins[~half])
    return gain, _true_gain(places, counts, shape, of_place, (drawn.label[~half], bins[~half]))


def _true_gain(
    places: Places,
    counts: Indices,
    shape: tuple[int, int],
    of_place: dict[tuple[float, float], int],
    held_out: tuple[Indices, Indices],
) -> float:
    # The same seed draws the same homes and widths.
    many = drawn_ranges(places, np.full(len(counts), 2000))
    bins = np.array([of_place[north, east] for north, east in many.places.tolist()])
    of_taxon = (count_votes(many.label, bins, shape) + 0.01) / (2000 + 0.01 * shape[1])
    share = counts / counts.sum()
    labels, columns = held_out
    return float(np.log(of_taxon[labels, columns] / (share @ of_taxon)[columns]).mean())


def _judge(what: str, ratios: Counts, counts: Counts, smoothing: Smoothing, labels: Indices, bins: Indices) -> Gain:
    base = counts.sum(axis=1)
    known = base[labels] > 0
    gains = name_gains(ratios, base, labels, bins)
    levels = to_levels(ratios)
    votes = base[labels][known]
    return Gain(
        what=what,
        n_built=int(base.sum()),
        n_held_out=len(gains),
        smoothing=smoothing,
        gain=float(gains.mean()),
        error=float(gains.std() / np.sqrt(len(gains))),
        more_probable=float((gains > 0).mean()),
        flagged=float((levels[labels, bins][known] <= FLAG_LEVEL).mean()),
        flagged_pairs=float((levels <= FLAG_LEVEL).mean()),
        by_count={
            f"{low}–{high - 1}" if high < FEW[-1] else f"{low}+": float(gains[(votes >= low) & (votes < high)].mean())
            for low, high in pairwise(FEW)
            if ((votes >= low) & (votes < high)).any()
        },
    )


def _genera(names: Sequence[str]) -> Indices:
    return number_genera(genera(names))
