"""Columns that repeat few texts in millions of rows: each text is kept once, and rows by its number."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import islice

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


def days(texts: Sequence[str]) -> list[str]:
    """What `day` needs of each text; without the time, which makes nearly every one different."""
    return [text[:10] if text[10:11] in "T " and "/" not in text else text for text in texts]


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


class Vocabulary(dict[str, int]):
    """The texts of one column of a records frame: what is written to the number of what is kept of it.

    Args:
        clean: makes of a text as written the one that is kept.
    """

    def __init__(self, clean: Callable[[str], str] = tidy) -> None:
        super().__init__({"": 0})
        self._clean = clean
        self.kept = {"": 0}
        """The texts that are kept, in the order of their numbers."""
        self._fulfilled: dict[Callable[[str], bool], list[bool]] = {}

    def __missing__(self, text: str) -> int:
        code = self.kept.setdefault(self._clean(text), len(self.kept))
        self[text] = code
        return code

    def numbered(self, texts: Collection[str]) -> Codes:
        """Numbers of texts."""
        return np.fromiter(map(self.__getitem__, texts), np.int32, len(texts))

    def column(self, frame: pd.DataFrame, table: Table, terms: Sequence[str]) -> Codes:
        """Numbers of what the first term says, and where that says nothing, the next one.

        Args:
            frame: of a `rows.Chunk`.
            table: that it is from.
            terms: short names.
        """
        result: Codes | None = None
        for field in fields_of(table, terms):
            codes = (
                self.numbered(frame[field.index].tolist()) if field.index in frame else np.zeros(len(frame), np.int32)
            )
            if field.default:
                codes = np.where(codes == 0, np.int32(self[field.default]), codes)
            result = codes if result is None else np.where(result == 0, codes, result)
        return np.zeros(len(frame), np.int32) if result is None else result

    def texts(self) -> NDArray[np.object_]:
        """All texts, at the place of their number."""
        return np.array([*self.kept, None], object)[:-1]

    def fulfil(self, codes: Codes, test: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Which of the rows have a text that passes a test; each text is asked once."""
        known = self._fulfilled.setdefault(test, [])
        known.extend(test(text) for text in islice(self.kept, len(known), None))
        return np.array(known, bool)[codes]


def fields_of(table: Table, terms: Sequence[str]) -> list[Field]:
    """The fields with these terms that the table has, in the order of the terms."""
    return [field for term in terms if (field := table.field(term))]


def indices(table: Table, terms: Sequence[str]) -> list[int]:
    """Columns of these terms."""
    return [field.index for field in fields_of(table, terms) if field.index is not None]


def single(frame: pd.DataFrame, table: Table, *terms: str) -> list[str]:
    """The texts of the first of the terms, stripped of space around them; "" without such a column."""
    field = table.field(*terms)
    if field is None or field.index not in frame:
        return [field.default if field else ""] * len(frame)
    if field.default:
        return [text.strip() or field.default for text in frame[field.index]]
    return [*map(str.strip, frame[field.index].tolist())]


def keys(frame: pd.DataFrame, table: Table) -> list[str]:
    """The core's id in each row; "" without such a column."""
    return [*map(str.strip, frame[table.key].tolist())] if table.key in frame else [""] * len(frame)


def numbers(frame: pd.DataFrame, table: Table, term: str) -> NDArray[np.float64]:
    """The numbers of a term; NaN for what is none."""
    field = table.field(term)
    if field is None:
        return np.full(len(frame), np.nan)
    if field.index not in frame or field.default:
        stated = pd.Series(single(frame, table, term), dtype=object)
    else:
        stated = frame[field.index]
    found = np.array(pd.to_numeric(stated, errors="coerce"), np.float64)
    found[~np.isfinite(found)] = np.nan
    return found
