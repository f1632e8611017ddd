"""Which observations speak for a month or a place: one vote each, however many photos they have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.priors.rule import folded_month

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Votes:
    """Observations of a split, one row each; an observation with two species has two rows."""

    label: Labels
    month: Labels
    """0 January to 11 December as in the northern hemisphere; -1 unknown."""
    latitude: NDArray[np.float64]
    """Degrees; NaN unknown."""
    longitude: NDArray[np.float64]
    photo: Labels
    """Row of the observation's first photo in the table that the votes were taken from."""


def take_votes(photos: pd.DataFrame) -> Votes:
    """The observations of a table of photos, in the order of their first photos.

    What the first photo with a date, or with coordinates, says counts for the observation. Where a latitude is known
    the southern hemisphere's months are moved by half a year; elsewhere the north is assumed.

    Args:
        photos: rows of `Dataset.photos`.
    """
    rows = photos.assign(photo=np.arange(len(photos)), observed_on=photos["observed_on"].replace("", None))
    # `first` skips what is missing.
    columns = ["photo", "observed_on", "latitude", "longitude"]
    first = rows.groupby(["observation_id", "label"], sort=False)[columns].first().reset_index()
    pairs = zip(first["observed_on"], first["latitude"], strict=True)
    return Votes(
        label=first["label"].to_numpy(np.int64),
        month=np.array([_month(day, latitude) for day, latitude in pairs], np.int64),
        latitude=first["latitude"].to_numpy(np.float64),
        longitude=first["longitude"].to_numpy(np.float64),
        photo=first["photo"].to_numpy(np.int64),
    )


def _month(observed_on: str | None, latitude: float) -> int:
    if not isinstance(observed_on, str):
        return -1
    return folded_month(int(observed_on[5:7]), None if np.isnan(latitude) else latitude)
