"""From a data set's dates and coordinates to the priors of a run."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.artefact import write_bytes
from sporeprint_training.metrics import Matrix
from sporeprint_training.priors.file import MONTHS, PlaceLevels, Priors, encode_levels, encode_priors
from sporeprint_training.priors.place import DEGREES, cell_kernel, cells_of
from sporeprint_training.priors.place import WIDTHS as CELL_WIDTHS
from sporeprint_training.priors.ratios import (
    Indices,
    Smoothing,
    choose_smoothing,
    count_votes,
    smoothed_ratios,
    to_levels,
)
from sporeprint_training.priors.record import PRIORS_FILE, PlaceRecord, PriorsRecord, SeasonRecord
from sporeprint_training.priors.season import WIDTHS as MONTH_WIDTHS
from sporeprint_training.priors.season import month_kernel
from sporeprint_training.priors.strength import Examples, Fit, Levels, fit_strengths
from sporeprint_training.priors.votes import Votes, take_votes

LEAST_OBSERVATIONS = 50
"""Training observations with a date, or with coordinates; with fewer there is no such prior."""
PLACE_BYTES = 290_000
"""Room for the map's part of the file."""
MOST_EXAMPLES = 5_000
"""Validation observations that strengths are chosen on; two numbers need no more."""


@dataclass(frozen=True)
class SeasonPart:
    """Levels by month with how they came about."""

    levels: Levels
    """`(classes, 12)`."""
    smoothing: Smoothing
    n: int


@dataclass(frozen=True)
class PlacePart:
    """Levels by cell with how they came about."""

    degrees: float
    cells: tuple[int, ...]
    levels: Levels
    """`(classes, cells)`."""
    smoothing: Smoothing
    n: int


def write_priors(
    folder: Path, train: pd.DataFrame, val: pd.DataFrame, scores: Matrix, genera: Sequence[str]
) -> PriorsRecord | None:
    """Build the priors of a run, choose their strengths, and write `priors.bin` where they help.

    Args:
        folder: of the run.
        train: rows of `Dataset.photos` that the priors are built from.
        val: rows that their strengths are chosen on.
        scores: calibrated scores of `val`, `(photos, classes)`.
        genera: each class's genus; "" unknown.

    Returns:
        What run.json says of them; None where neither dates nor coordinates are known of enough observations.
    """
    votes, genus = take_votes(train), number_genera(genera)
    season, place = season_part(votes, genus), place_part(votes, genus)
    if season is None and place is None:
        return None
    examples, known = _examples(take_votes(val), scores, season, place)
    fit = fit_strengths(examples)
    kept = Priors(
        classes=len(genus),
        season=_flat(season.levels) if season and fit.strengths[0] else None,
        place=PlaceLevels(place.degrees, place.cells, _flat(place.levels)) if place and fit.strengths[1] else None,
    )
    if any(fit.strengths):
        write_bytes(folder / PRIORS_FILE, encode_priors(kept))
    return _record(season, place, fit, known)


def number_genera(genera: Sequence[str]) -> Indices:
    """A number for each class's genus; classes of unknown genus have no relatives."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(name or place, len(numbers)) for place, name in enumerate(genera)], np.int64)


def season_part(votes: Votes, genus: Indices) -> SeasonPart | None:
    """Ratios by month; None with fewer than 50 dated observations."""
    dated = votes.month >= 0
    if dated.sum() < LEAST_OBSERVATIONS:
        return None
    labels, months, shape = votes.label[dated], votes.month[dated], (len(genus), MONTHS)
    smoothing = choose_smoothing(labels, months, shape, genus, MONTH_WIDTHS, month_kernel)
    counts = count_votes(labels, months, shape)
    ratios = smoothed_ratios(counts, genus, month_kernel(smoothing.width), smoothing.weight)
    return SeasonPart(to_levels(ratios), smoothing, int(dated.sum()))


def place_part(votes: Votes, genus: Indices, most_bytes: int = PLACE_BYTES) -> PlacePart | None:
    """Ratios by cell, in the finest cells whose rows take no more than `most_bytes`.

    Returns:
        None with fewer than 50 observations that have coordinates, or where the coarsest cells take too much.
    """
    placed = np.isfinite(votes.latitude) & np.isfinite(votes.longitude)
    if placed.sum() < LEAST_OBSERVATIONS:
        return None
    labels = votes.label[placed]
    for degrees in DEGREES:
        cells, places = cells_of(votes.latitude[placed], votes.longitude[placed], degrees)
        kernel, shape = cell_kernel(cells, degrees), (len(genus), len(cells))
        smoothing = choose_smoothing(labels, places, shape, genus, CELL_WIDTHS, kernel)
        counts = count_votes(labels, places, shape)
        levels = to_levels(smoothed_ratios(counts, genus, kernel(smoothing.width), smoothing.weight))
        if len(encode_levels(_flat(levels), *shape)) <= most_bytes:
            return PlacePart(degrees, cells, levels, smoothing, int(placed.sum()))
    return None


def _flat(levels: Levels) -> array[int]:
    return array("b", levels.tobytes())


def _examples(
    votes: Votes, scores: Matrix, season: SeasonPart | None, place: PlacePart | None
) -> tuple[Examples, tuple[int, int]]:
    dated = votes.month >= 0 if season else np.zeros(len(votes.label), bool)
    placed = np.isfinite(votes.latitude) & np.isfinite(votes.longitude) & (place is not None)
    chosen = np.flatnonzero(dated | placed)
    if len(chosen) > MOST_EXAMPLES:
        chosen = np.sort(np.random.default_rng(0).choice(chosen, MOST_EXAMPLES, replace=False))
    shape = (len(chosen), scores.shape[1])
    levels = np.zeros(shape, np.int8), np.zeros(shape, np.int8)
    if season:
        levels[0][dated[chosen]] = season.levels.T[votes.month[chosen][dated[chosen]]]
    if place:
        rows = np.flatnonzero(placed[chosen])
        _, columns = _columns(place, votes.latitude[chosen][rows], votes.longitude[chosen][rows])
        inside = columns >= 0
        levels[1][rows[inside]] = place.levels.T[columns[inside]]
    examples = Examples(scores[votes.photo[chosen]].astype(np.float64), votes.label[chosen], levels)
    return examples, (int(dated[chosen].sum()), int(placed[chosen].sum()))


def _columns(
    place: PlacePart, latitude: NDArray[np.float64], longitude: NDArray[np.float64]
) -> tuple[tuple[int, ...], Indices]:
    # A place in no used cell has the column -1.
    used, places = cells_of(latitude, longitude, place.degrees)
    columns = {number: column for column, number in enumerate(place.cells)}
    return used, np.array([columns.get(number, -1) for number in used], np.int64)[places]


def _record(season: SeasonPart | None, place: PlacePart | None, fit: Fit, known: tuple[int, int]) -> PriorsRecord:
    def common(part: SeasonPart | PlacePart, at: int) -> dict[str, float]:
        return {
            "strength": fit.strengths[at],
            "n": part.n,
            "n_validation": known[at],
            "gain": fit.gains[at],
            "width": part.smoothing.width,
            "weight": part.smoothing.weight,
        }

    return PriorsRecord(
        path=PRIORS_FILE if any(fit.strengths) else None,
        season=SeasonRecord.model_validate(common(season, 0)) if season else None,
        place=PlaceRecord.model_validate({**common(place, 1), "degrees": place.degrees, "cells": len(place.cells)})
        if place
        else None,
    )
