"""What was not taken, and why: one row per photo or record, under exactly one reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pandas as pd

COLUMNS = ("source", "source_file", "line", "reason", "detail")
"""Source and the file or address in it, the record's line there (0: none), a reason in snake_case, and what it was
judged by: the licence as stated, the name, the photo that stays."""


@dataclass(frozen=True)
class Sifted:
    """Records in two parts."""

    kept: pd.DataFrame
    removed: pd.DataFrame
    """See `COLUMNS`."""

    @property
    def rejected(self) -> Counter[str]:
        """Reason to number."""
        return count(self.removed)


def nothing_removed() -> pd.DataFrame:
    """A table of removals without a row."""
    return pd.DataFrame({name: pd.Series(dtype="int64" if name == "line" else object) for name in COLUMNS})


def sift(records: pd.DataFrame, reasons: pd.Series, details: pd.Series) -> Sifted:
    """Part the records that have a reason to go from those that have none ("").

    Args:
        records: with at least the columns `source`, `media` and `line`.
        reasons: one per record.
        details: likewise.
    """
    goes = (reasons != "").to_numpy()
    gone = records[goes]
    removed = pd.DataFrame(
        {
            "source": gone["source"].to_numpy(),
            "source_file": gone["media"].to_numpy(),
            "line": gone["line"].to_numpy(),
            "reason": reasons[goes].to_numpy(),
            "detail": details[goes].astype(str).to_numpy(),
        }
    )
    return Sifted(records[~goes].reset_index(drop=True), removed)


def count(removed: pd.DataFrame) -> Counter[str]:
    """Reason to number of removals."""
    return Counter({str(reason): int(number) for reason, number in removed["reason"].value_counts().items()})
