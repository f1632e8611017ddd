"""Columns that repeat few texts in millions of rows: each text is kept once, and rows by its number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.dataset.darwin_core.meta import Field, Table
from sporeprint_training.dataset.occasion import read_occasion

MAX_TEXT = 500
"""Characters that are kept of any text but addresses."""
Codes = NDArray[np.int32]


def tidy(text: str) -> str:
    """A text without line breaks and double spaces, cut to `MAX_TEXT`."""
    return " ".join(text.split())[:MAX_TEXT].rstrip()


def lower(text: str) -> str:
    """`tidy`, in lower case."""
    return tidy(text).lower()


def day(text: str) -> str:
    """`2021-10-03` or `2021-10` of an ISO 8601 date, with a time or not; of an interval, what both ends share.

    "" for a year alone and for what is no date.
    """
    first, _, last = tidy(text).partition("/")
    found = read_occasion(first, "", "").observed_on
    if not last:
        return found
    # The second end may leave out what it shares with the first: 2021-10-03/05.
    end = read_occasion(last if len(last) >= len("2021-10") else first[: -len(last)] + last, "", "").observed_on
    month = len("2021-10")
    return found if found == end else found[:month] if found[:month] == end[:month] else ""


class Vocabulary:
    """The texts of one column of a records frame.

    Args:
        clean: makes of a text as written the one that is kept.
    """

    def __init__(self, clean: Callable[[str], str] = tidy) -> None:
        self._clean = clean
        self._codes = {"": 0}

    def code(self, text: str) -> int:
        """Number of a text as written; 0 for nothing."""
        return self._codes.setdefault(self._clean(text), len(self._codes))

    def codes(self, column: pd.Series[str]) -> Codes:
        """Numbers of a column of categories."""
        known = np.array([self.code(text) for text in column.cat.categories], np.int32)
        return known[column.cat.codes.to_numpy()] if len(known) else np.zeros(len(column), np.int32)

    def column(self, frame: pd.DataFrame, table: Table, terms: Sequence[str]) -> Codes:
        """Numbers of what the first term says, and where that says nothing, the next one.

        Args:
            frame: of a `rows.Chunk`.
            table: that it is from.
            terms: short names.
        """
        result = np.zeros(len(frame), np.int32)
        for field in fields_of(table, terms):
            codes = self.codes(frame[field.index]) if field.index in frame else np.zeros(len(frame), np.int32)
            if field.default:
                codes = np.where(codes == 0, np.int32(self.code(field.default)), codes)
            result = np.where(result == 0, codes, result)
        return result

    def texts(self) -> NDArray[np.object_]:
        """All texts, at the place of their number."""
        return np.array([*self._codes, None], object)[:-1]

    def shown(self, codes: Codes) -> pd.Categorical:
        """Rows as categories, for filters."""
        return pd.Categorical.from_codes(codes, categories=pd.Index([*self._codes], dtype=object), validate=False)


def fields_of(table: Table, terms: Sequence[str]) -> list[Field]:
    """The fields with these terms that the table has, in the order of the terms."""
    return [field for term in terms if (field := table.field(term))]


def indices(table: Table, terms: Sequence[str]) -> list[int]:
    """Columns of these terms."""
    return [field.index for field in fields_of(table, terms) if field.index is not None]


def single(frame: pd.DataFrame, table: Table, *terms: str) -> list[str]:
    """The texts of the first of the terms, stripped of space around them; "" without such a column."""
    field = table.field(*terms)
    if field is None or (field.index not in frame and not field.default):
        return [""] * len(frame)
    if field.index not in frame:
        return [field.default] * len(frame)
    return [text.strip() or field.default for text in frame[field.index]]


def keys(frame: pd.DataFrame, table: Table) -> list[str]:
    """The core's id in each row; "" without such a column."""
    return [text.strip() for text in frame[table.key]] if table.key in frame else [""] * len(frame)


def numbers(frame: pd.DataFrame, table: Table, *terms: str) -> NDArray[np.float64]:
    """The numbers of the first of the terms; NaN for what is none."""
    values = pd.to_numeric(pd.Series(single(frame, table, *terms), dtype=object), errors="coerce")
    found = np.array(values, np.float64)
    found[~np.isfinite(found)] = np.nan
    return found
