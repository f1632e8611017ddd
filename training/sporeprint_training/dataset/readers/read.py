"""What every reader gives: records in frames of bounded size, and what became of the rows that are none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from sporeprint_training.dataset.records import COLUMNS, NUMBER_COLUMNS, TEXT_COLUMNS

ROWS_PER_FRAME = 50_000
_EXAMPLES = 5

Record = Mapping[str, str | float]
"""Column of `records.COLUMNS` to value; columns that are not there are unknown."""


@dataclass
class Notes:
    """What a reader has to say beside its records; it is complete when the last frame was taken."""

    rejected: Counter[str] = field(default_factory=Counter)
    """Reason to number of rows; each rejected row counts under exactly one."""
    examples: dict[str, list[str]] = field(default_factory=dict)
    """Reason to where the first such rows stand."""
    _warnings: list[str] = field(default_factory=list, init=False)
    _unusable: int = field(default=0, init=False)
    _first_unusable: str = field(default="", init=False)

    def reject(self, reason: str, place: int | str) -> None:
        """Count one row that is no record.

        Args:
            reason: snake_case.
            place: line number, or what else it is found by.
        """
        self.rejected[reason] += 1
        seen = self.examples.setdefault(reason, [])
        if len(seen) < _EXAMPLES:
            seen.append(f"line {place}" if isinstance(place, int) else place[:200])

    def absorb(self, other: Notes, table: str) -> None:
        """Take over what was rejected in a table beside the one of photos."""
        self.rejected.update(other.rejected)
        for reason, places in other.examples.items():
            seen = self.examples.setdefault(reason, [])
            seen += [f"{table}, {place}" for place in places][: _EXAMPLES - len(seen)]

    def warn(self, text: str) -> None:
        """Say one thing that the user should look at."""
        self._warnings.append(text)

    def unusable(self, value: str) -> None:
        """Count a date or a place that cannot be; its record stays."""
        self._first_unusable = self._first_unusable or value[:50]
        self._unusable += 1

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings, the count of unusable dates and places last."""
        if not self._unusable:
            return tuple(self._warnings)
        return (
            *self._warnings,
            f"{self._unusable} dates or places cannot be, such as {self._first_unusable!r}, and count as unknown: "
            "dates are 2021-10-03 or 2021-10, places decimal degrees like 52.1 and -1.3",
        )


Reader = Callable[[Path, Notes], Iterator[pd.DataFrame]]
"""Reads a source frame by frame, and says what it rejects. Frames have `records.COLUMNS`; see `frames`."""


@dataclass(frozen=True)
class Read:
    """A source that was read whole."""

    frame: pd.DataFrame
    """One row per photo with the columns `records.COLUMNS`; text is of dtype object (`str`), `line` int64."""
    rejected: dict[str, int]
    examples: dict[str, tuple[str, ...]]
    warnings: tuple[str, ...]


def collect(chunks: Iterable[pd.DataFrame], notes: Notes) -> Read:
    """Take all frames of one reader into one; it has to fit into memory."""
    found = list(chunks)
    frame = pd.concat(found, ignore_index=True) if found else _frame([])
    examples = {reason: tuple(places) for reason, places in notes.examples.items()}
    return Read(frame, dict(sorted(notes.rejected.items())), examples, notes.warnings)


def frames(records: Iterable[Record]) -> Iterator[pd.DataFrame]:
    """Records as frames of at most `ROWS_PER_FRAME` rows; none for none."""
    rest = iter(records)
    while batch := list(islice(rest, ROWS_PER_FRAME)):
        yield _frame(batch)


def _frame(batch: list[Record]) -> pd.DataFrame:
    data: dict[str, object] = {}
    known: set[str] = set().union(*batch)
    for column in TEXT_COLUMNS:
        texts = [record.get(column, "") for record in batch] if column in known else [""] * len(batch)
        data[column] = np.array(texts, dtype=object)
    for column in NUMBER_COLUMNS:
        data[column] = np.array([record.get(column, math.nan) for record in batch], dtype=np.float64)
    data["line"] = np.array([record.get("line", 0) for record in batch], dtype=np.int64)
    return pd.DataFrame(data, columns=list(COLUMNS))
