"""Which records of a source are wanted: the same filters for every source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from sporeprint_training.dataset.names import binomial
from sporeprint_training.dataset.records import NUMBER_COLUMNS, RANKS

Objection = Callable[[str], str]
"""Takes a licence as stated; why a photo under it is not taken, or ""."""
REASONS = (
    "", "other_taxon", "other_rank", "other_basis_of_record", "too_uncertain", "outside_dates", "outside_box",
    "other_country",
)  # fmt: skip
"""Why a record is not wanted, in the order in which that is asked; the first is for a record that is."""
Test = Callable[[str], bool]
_Mask = NDArray[np.bool_]


class Box(BaseModel):
    """A rectangle on the map, borders included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    west: float = Field(ge=-180, le=180)
    """Degrees east; greater than `east` for a box across the 180th meridian."""
    south: float = Field(ge=-90, le=90)
    """Degrees north."""
    east: float = Field(ge=-180, le=180)
    """Degrees east."""
    north: float = Field(ge=-90, le=90)
    """Degrees north."""


class Filters(BaseModel):
    """What is wanted. A record that does not say what a filter asks for is not wanted, as at GBIF.

    Words are compared without regard to case. What is empty or None asks for nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    taxa: tuple[str, ...] = ()
    """Names of any rank, such as `Fungi` or `Amanita muscaria`; synonyms count as well as accepted names."""
    ranks: tuple[str, ...] = ()
    """Such as `species`, `subspecies`, `variety`."""
    basis_of_record: tuple[str, ...] = ()
    """Such as `HUMAN_OBSERVATION`; `HumanObservation` is the same."""
    max_uncertainty_m: float | None = Field(default=None, gt=0)
    """Of the place, in metres."""
    observed_from: date | None = None
    """First day. Where only the month is known, all of it has to lie between the two days."""
    observed_until: date | None = None
    """Last day."""
    box: Box | None = None
    countries: tuple[str, ...] = ()
    """As the source calls them: at GBIF codes of two letters, such as `SE`."""


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
        records: with the columns that the filters need.
        filters: all of them have to hold.
    """

    def fulfil(column: str, test: Test) -> _Mask:
        # A column repeats few texts millions of times.
        passing = [text for text in records[column].unique() if test(text)]
        return np.asarray(records[column].isin(passing), bool)

    numbers = {column: np.asarray(records[column], np.float64) for column in NUMBER_COLUMNS}
    return Checks(filters).unwanted(fulfil, numbers)


class Checks:
    """Filters as tests of texts, for sources that hold each text once.

    Args:
        filters: all of them have to hold.
    """

    def __init__(self, filters: Filters) -> None:
        self._filters = filters
        self.tests: list[tuple[str, tuple[str, ...], Test]] = []
        """Reason, columns of which one has to pass, and the test."""
        if filters.taxa:
            self.tests.append(("other_taxon", (*RANKS, "accepted_name", "scientific_name"), _names(filters.taxa)))
        for reason, column, words in (
            ("other_rank", "rank", filters.ranks),
            ("other_basis_of_record", "basis_of_record", filters.basis_of_record),
            ("other_country", "country", filters.countries),
        ):
            if words:
                self.tests.append((reason, (column,), _among(words)))
        if filters.observed_from is not None or filters.observed_until is not None:
            inside = _between(filters.observed_from or date.min, filters.observed_until or date.max)
            self.tests.append(("outside_dates", ("observed_on",), inside))

    def unwanted(
        self, fulfil: Callable[[str, Test], _Mask], numbers: Mapping[str, NDArray[np.float64]]
    ) -> NDArray[np.int8]:
        """Place in `REASONS` for each record; 0 for those that are wanted.

        Args:
            fulfil: takes a column and a test; which of the records pass it.
            numbers: the records' `NUMBER_COLUMNS`.
        """
        failed = {reason: ~np.logical_or.reduce([fulfil(column, test) for column in columns])
                  for reason, columns, test in self.tests}  # fmt: skip
        if self._filters.max_uncertainty_m is not None:
            failed["too_uncertain"] = ~(numbers["uncertainty_m"] <= self._filters.max_uncertainty_m)
        if self._filters.box is not None:
            failed["outside_box"] = ~_in_box(numbers["latitude"], numbers["longitude"], self._filters.box)
        refused = np.zeros(len(numbers["latitude"]), np.int8)
        for reason in REASONS[1:]:
            if reason in failed:
                refused[(refused == 0) & failed[reason]] = REASONS.index(reason)
        return refused


def _plain(text: str) -> str:
    return text.strip().replace("_", "").replace(" ", "").casefold()


def _among(words: Collection[str]) -> Test:
    wanted = {_plain(word) for word in words}
    return lambda text: _plain(text) in wanted


def _names(taxa: Collection[str]) -> Test:
    wanted = {" ".join(taxon.split()).casefold() for taxon in taxa}
    return lambda text: text.casefold() in wanted or (binomial(text) or "").casefold() in wanted


def _between(first: date, last: date) -> Test:
    earliest, latest = first.isoformat(), last.isoformat()

    def inside(text: str) -> bool:
        month = len(text) == len("2021-10")
        return (
            bool(text) and (f"{text}-01" if month else text) >= earliest and (f"{text}-31" if month else text) <= latest
        )

    return inside


def _in_box(north: NDArray[np.float64], east: NDArray[np.float64], box: Box) -> _Mask:
    over, under = east >= box.west, east <= box.east
    across = (over & under) if box.west <= box.east else ((over | under) & np.isfinite(east))
    return np.asarray((north >= box.south) & (north <= box.north) & across, bool)
