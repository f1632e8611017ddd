"""What was not taken, and why: one row per photo or record, under exactly one reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd


class Removal(NamedTuple):
    """One photo or record that was not taken."""

    source: str
    source_file: str
    """The file, or the address, in the source."""
    line: int
    """Of the record in the source's table; 0 where it has none."""
    species: str
    """As stated; "" where no name was."""
    reason: str
    """One of a few, in snake_case."""
    detail: str
    """What it was judged by: the licence as stated, the name, the photo that stays."""


COLUMNS = Removal._fields


@dataclass(frozen=True)
class Sifted:
    """Records in two parts."""

    kept: pd.DataFrame
    removed: pd.DataFrame
    """With the columns `COLUMNS`."""

    @property
    def rejected(self) -> Counter[str]:
        """Reason to number."""
        return count(self.removed)


def removed_frame(rows: Iterable[Removal] = ()) -> pd.DataFrame:
    """A table of removals."""
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS), dtype=object)
    return frame.astype({"line": "int64"})


def sift(records: pd.DataFrame, reasons: pd.Series, details: pd.Series) -> Sifted:
    """Part the records that have a reason to go from those that have none ("").

    Args:
        records: with at least the columns `source`, `media`, `line` and `scientific_name`.
        reasons: one per record.
        details: likewise.
    """
    goes = (reasons != "").to_numpy()
    gone = records[goes]
    columns = {
        "source": gone["source"],
        "source_file": gone["media"],
        "line": gone["line"],
        "species": gone["species"].where(gone["species"] != "", gone["scientific_name"]),
        "reason": reasons[goes],
        "detail": details[goes],
    }
    removed = pd.DataFrame({name: column.to_numpy() for name, column in columns.items()})
    return Sifted(records[~goes].reset_index(drop=True), removed)


def count(removed: pd.DataFrame) -> Counter[str]:
    """Reason to number of removals."""
    return Counter({str(reason): int(number) for reason, number in removed["reason"].value_counts().items()})
