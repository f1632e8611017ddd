"""The occurrences that are wanted, in as little memory as they need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.dataset import filters
from sporeprint_training.dataset.darwin_core import texts
from sporeprint_training.dataset.darwin_core.meta import Table
from sporeprint_training.dataset.darwin_core.pile import Pile
from sporeprint_training.dataset.darwin_core.rows import Chunk
from sporeprint_training.dataset.darwin_core.terms import NUMBER_TERMS, TAXON, TEXT_TERMS
from sporeprint_training.dataset.darwin_core.texts import Codes, Vocabulary
from sporeprint_training.dataset.filters import Filters

STATES = (*filters.REASONS, "absent", "several_occurrences")
"""What became of an occurrence: its place here; 0 is kept."""
_ABSENT = STATES.index("absent")
_CLEANERS = {"rank": texts.lower, "taxonomic_status": texts.lower, "status": texts.lower, "observed_on": texts.day}
_PARTS = ("year", "month", "day")
TEXTS = tuple(column for column in TEXT_TERMS if column not in (*_PARTS, "status"))
"""Columns of a records frame that repeat few texts and that the occurrence states."""
GBIF_ADDRESS = "https://www.gbif.org/occurrence/"


@dataclass(frozen=True)
class Stated:
    """What the rows of a chunk say."""

    keys: list[str]
    """The core's id."""
    codes: dict[str, Codes]
    """By column of `TEXT_TERMS`, as numbers of a vocabulary."""
    numbers: dict[str, NDArray[np.float64]]
    """By column of `NUMBER_TERMS`."""


class Occurrences:
    """A table of occurrences (or taxa) while it is read.

    Args:
        table: the core, or the extension of an event core.
        wanted: which of them are kept.
        with_media: keep `associatedMedia` as well.
    """

    def __init__(self, table: Table, wanted: Filters, *, with_media: bool) -> None:
        self.words = {column: Vocabulary(_CLEANERS.get(column, texts.tidy)) for column in TEXT_TERMS}
        self.columns = occurrence_columns(table, with_media=with_media)
        self.all = Pile()
        """Of every row: `key`, the core's id, `state`, its place in `STATES`, and `line`."""
        self.kept = Pile()
        """Of every row that is kept: `TEXTS` as numbers of `words`, numbers, `observation_id`, perhaps `media`."""
        self._table, self._checks, self._with_media = table, filters.Checks(wanted), with_media
        self._events: Events | None = None

    def add_events(self, table: Table, chunks: Iterable[Chunk]) -> None:
        """Let occurrences that do not say when and where they were take that from their event."""
        self._events = Events([stated(chunk, table, self.words) for chunk in chunks])

    def add(self, chunk: Chunk) -> None:
        """Take the rows of a chunk that are wanted; remember the others by their id."""
        table = self._table
        said = stated(chunk, table, self.words)
        if self._events:
            said = self._events.complete(said)
        state = self._checks.unwanted(
            lambda column, test: self.words[column].fulfil(said.codes[column], test), said.numbers
        )
        absent = said.codes["status"] == self.words["status"]["absent"]
        state[(state == 0) & absent] = _ABSENT
        keep = state == 0
        self.all.add(key=np.array(said.keys, object), state=state, line=chunk.lines)
        self.kept.add(
            **{column: self.words[column].narrow(said.codes[column][keep]) for column in TEXTS},
            **{column: values[keep] for column, values in said.numbers.items()},
            observation_id=np.array(observations(chunk, table, said.keys), object)[keep],
        )
        if self._with_media:
            self.kept.add(media=np.array(texts.single(chunk, table, "associatedMedia"), object)[keep])


class Events:
    """The core of a table of events, which its occurrences refer to."""

    def __init__(self, parts: Sequence[Stated]) -> None:
        keys = pd.Index([key for part in parts for key in part.keys], dtype=object)
        first = ~keys.duplicated()
        self._keys = keys[first]
        self._codes = {
            column: np.concatenate([part.codes[column] for part in parts])[first] for column in TEXT_TERMS if parts
        }
        self._numbers = {
            column: np.concatenate([part.numbers[column] for part in parts])[first] for column in NUMBER_TERMS if parts
        }

    def complete(self, said: Stated) -> Stated:
        """The same, with what their events say where occurrences say nothing."""
        if not len(self._keys):
            return said
        places = self._keys.get_indexer(pd.Index(said.keys, dtype=object))
        known = places >= 0
        codes = {column: np.where((own == 0) & known, self._codes[column][places], own)
                 for column, own in said.codes.items()}  # fmt: skip
        numbers = {column: np.where(np.isnan(own) & known, self._numbers[column][places], own)
                   for column, own in said.numbers.items()}  # fmt: skip
        return Stated(said.keys, codes, numbers)


def occurrence_columns(table: Table, *, with_media: bool = False) -> list[int]:
    """The columns of a table of occurrences or events that are read."""
    stating = [term for column in TEXT_TERMS for term in _stating(table, column)]
    others = ["occurrenceID", "eventDate", *NUMBER_TERMS.values(), *(["associatedMedia"] if with_media else [])]
    key = [] if table.key is None else [table.key]
    return sorted({*key, *texts.indices(table, [*stating, *others])})


def _stating(table: Table, column: str) -> tuple[str, ...]:
    """The best term for a column that a table has; GBIF fills it in every row where it can."""
    return next(((term,) for term in TEXT_TERMS[column] if table.field(term)), ())


def stated(chunk: Chunk, table: Table, words: dict[str, Vocabulary]) -> Stated:
    """What the rows of a chunk say of the columns of a records frame."""
    codes = {
        column: words[column].column(chunk, table, _stating(table, column))
        for column in TEXT_TERMS
        if column != "observed_on"
    }
    codes["observed_on"] = words["observed_on"].numbered(texts.days(texts.single(chunk, table, "eventDate")))
    parts = {part: words[part].texts() for part in _PARTS}
    undated = (codes["observed_on"] == 0) & (codes["year"] > 0) & (codes["month"] > 0)
    for row in np.flatnonzero(undated).tolist():
        year, month, day = (parts[part][codes[part][row]] for part in _PARTS)
        date = f"{year}-{month.zfill(2)}" + (f"-{day.zfill(2)}" if day else "")
        codes["observed_on"][row] = words["observed_on"][date]
    return Stated(texts.keys(chunk, table), codes, _places(chunk, table))


def observations(chunk: Chunk, table: Table, keys: Sequence[str]) -> list[str]:
    """Address or id of the find that each row is about; the same for all photos of it, "" for rows about taxa.

    That is `occurrenceID` where it is an address or a URN, else the record's address at GBIF, else the id as it is.
    """
    if table.row_type == TAXON:
        return [""] * len(keys)
    own, gbif = texts.single(chunk, table, "occurrenceID"), table.field("gbifID")
    if gbif is not None and gbif.index == table.key:
        addresses = [GBIF_ADDRESS + key if key else "" for key in keys]
        own = [text if ":" in text else address or text for text, address in zip(own, addresses, strict=True)]
    return [(text or key)[: texts.MAX_TEXT] for text, key in zip(own, keys, strict=True)]


def _places(chunk: Chunk, table: Table) -> dict[str, NDArray[np.float64]]:
    found = {column: texts.numbers(chunk, table, term) for column, term in NUMBER_TERMS.items()}
    north, east, metres = found["latitude"], found["longitude"], found["uncertainty_m"]
    # One coordinate without the other is of no use, and 0/0, which broken tables are full of, is none.
    usable = (np.abs(north) <= 90) & (np.abs(east) <= 180) & ((north != 0) | (east != 0))
    return {
        "latitude": np.where(usable, north, np.nan),
        "longitude": np.where(usable, east, np.nan),
        "uncertainty_m": np.where(usable & (metres > 0), metres, np.nan),
    }
