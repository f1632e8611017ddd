"""Real dates and coordinates: Mushroom Observer's images and one species of tick from GBIF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.priors.ratios import Indices

TAXA = 2500
DATES = "mushroomobserver/mushrooms.tsv.gz"
PLACES = "dwca/gbif_amblyomma/occurrence.txt"
Places = NDArray[np.float64]
"""Rows of latitude and longitude."""


@dataclass(frozen=True)
class Dated:
    """Observations of the most frequent names: one per name, day and photographer."""

    names: list[str]
    label: Indices
    month: Indices
    """0 to 11."""
    year: Indices


def read_dates(data: Path, names: Sequence[str] | None = None, taxa: int = TAXA) -> Dated:
    """Mushroom Observer's dates, of the given names or of its `taxa` most frequent ones.

    The table has one row per image and no observation ids; images of one name, day and rights holder count as one find.
    Some names are genera, as identifiers give them.
    """
    table = pd.read_csv(data / DATES, sep="\t", dtype=str, usecols=["name", "created", "rightsHolder"])
    finds = table.dropna(subset=["name", "created"]).drop_duplicates()
    counts = finds["name"].value_counts()
    # Equal counts in the order of the names, so that the choice does not hang on the file's.
    if names is None:
        names = sorted(sorted(counts.index, key=lambda name: (-counts[name], name))[:taxa])
    finds = finds[finds["name"].isin(names)]
    places = {name: place for place, name in enumerate(names)}
    return Dated(
        names=list(names),
        label=np.array([places[name] for name in finds["name"]], np.int64),
        month=np.array([int(day[5:7]) - 1 for day in finds["created"]], np.int64),
        year=np.array([int(day[:4]) for day in finds["created"]], np.int64),
    )


def read_places(data: Path) -> Places:
    """The tick's coordinates, `(records, 2)`; records without any are left out."""
    columns = ["decimalLatitude", "decimalLongitude"]
    table = pd.read_csv(data / PLACES, sep="\t", dtype=str, quoting=3, usecols=columns)
    numbers = [pd.to_numeric(table[column], errors="coerce") for column in columns]
    places = np.array(numbers, np.float64).T
    return np.asarray(places[np.isfinite(places).all(axis=1)])
