"""Leaving out the records that are not wanted: the same filters for every source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.dataset.filters import Box, Filters
from sporeprint_training.dataset.names import binomial
from sporeprint_training.dataset.records import RANKS

Objection = Callable[[str], str]
"""Takes a licence as stated; why a photo under it is not taken, or ""."""
REASONS = (
    "", "other_taxon", "other_rank", "other_basis_of_record", "too_uncertain", "outside_dates", "outside_box",
    "other_country",
)  # fmt: skip
"""Why a record is not wanted, in the order in which that is asked; the first is for a record that is."""
_Mask = NDArray[np.bool_]


def apply_filters(
    records: pd.DataFrame, filters: Filters, objection: Objection | None = None
) -> tuple[pd.DataFrame, Counter[str]]:
    """Keep what is wanted.

    Args:
        records: with the columns of `records.COLUMNS`.
        filters: all of them have to hold.
        objection: to a licence; asked last.

    Returns:
        The wanted records, and how many others there are for each reason; every one counts once.
    """
    refused = unwanted(records, filters)
    counts = Counter(REASONS[reason] for reason in refused[refused > 0].tolist())
    records = records[refused == 0]
    if objection is not None:
        reasons = records["licence_verbatim"].map(objection).astype(str)
        counts.update(reasons[reasons != ""])
        records = records[reasons == ""]
    return records, counts


def unwanted(records: pd.DataFrame, filters: Filters) -> NDArray[np.int8]:
    """Place in `REASONS` of the first filter that each record fails; 0 for those that are wanted.

    Args:
        records: with the columns that the filters need; texts may be categories.
        filters: all of them have to hold.
    """
    refused = np.zeros(len(records), np.int8)
    for reason, fulfilled in _checks(records, filters):
        refused[(refused == 0) & ~fulfilled] = REASONS.index(reason)
    return refused


def _checks(records: pd.DataFrame, filters: Filters) -> Iterator[tuple[str, _Mask]]:
    if filters.taxa:
        yield "other_taxon", _of_taxa(records, filters.taxa)
    if filters.ranks:
        yield "other_rank", _among(records["rank"], filters.ranks)
    if filters.basis_of_record:
        yield "other_basis_of_record", _among(records["basis_of_record"], filters.basis_of_record)
    if filters.max_uncertainty_m is not None:
        yield "too_uncertain", _numbers(records, "uncertainty_m") <= filters.max_uncertainty_m
    if filters.observed_from is not None or filters.observed_until is not None:
        yield "outside_dates", _between(records["observed_on"], filters.observed_from, filters.observed_until)
    if filters.box is not None:
        yield "outside_box", _in_box(records, filters.box)
    if filters.countries:
        yield "other_country", _among(records["country"], filters.countries)


def _plain(text: str) -> str:
    return text.strip().replace("_", "").replace(" ", "").casefold()


def _among(column: pd.Series[str], words: Collection[str]) -> _Mask:
    # A column repeats few texts millions of times.
    wanted = {_plain(word) for word in words}
    return _mask(column, lambda text: _plain(text) in wanted)


def _mask(column: pd.Series[str], fulfils: Callable[[str], bool]) -> _Mask:
    return np.asarray(column.isin([text for text in column.unique() if fulfils(text)]), bool)


def _of_taxa(records: pd.DataFrame, taxa: Collection[str]) -> _Mask:
    wanted = {" ".join(taxon.split()).casefold() for taxon in taxa}

    def named(text: str) -> bool:
        return text.casefold() in wanted or (binomial(text) or "").casefold() in wanted

    masks = [_mask(records[column], named) for column in (*RANKS, "accepted_name", "scientific_name")]
    return np.asarray(np.logical_or.reduce(masks), bool)


def _between(days: pd.Series[str], first: date | None, last: date | None) -> _Mask:
    earliest, latest = (first or date.min).isoformat(), (last or date.max).isoformat()

    def inside(text: str) -> bool:
        if not text:
            return False
        month = len(text) == len("2021-10")
        return (f"{text}-01" if month else text) >= earliest and (f"{text}-31" if month else text) <= latest

    return _mask(days, inside)


def _numbers(records: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return np.asarray(records[column], np.float64)


def _in_box(records: pd.DataFrame, box: Box) -> _Mask:
    north, east = _numbers(records, "latitude"), _numbers(records, "longitude")
    over, under = east >= box.west, east <= box.east
    across = (over & under) if box.west <= box.east else ((over | under) & np.isfinite(east))
    return np.asarray((north >= box.south) & (north <= box.north) & across, bool)
