"""Columns that repeat few texts in millions of rows: each text is kept once, and rows by its number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.dataset.darwin_core.meta import Field, Table
from sporeprint_training.dataset.darwin_core.rows import Chunk
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
        if len(text) <= MAX_TEXT:  # what is longer would be kept at its full length
            self[text] = code
        return code

    def numbered(self, texts: Sequence[str]) -> Codes:
        """Numbers of texts."""
        number = len(texts)
        # Of the kingdom, the rank and the like a chunk often says the same in every row.
        if number and texts[0] == texts[-1] and texts.count(texts[0]) == number:
            return np.full(number, self[texts[0]], np.int32)
        return np.fromiter(map(self.__getitem__, texts), np.int32, number)

    def column(self, chunk: Chunk, table: Table, terms: Sequence[str]) -> Codes:
        """Numbers of what the first term says, and where that says nothing, the next one.

        Args:
            chunk: of rows.
            table: that they are from.
            terms: short names.
        """
        result: Codes | None = None
        for field in fields_of(table, terms):
            codes = self.numbered(written(chunk, field.index))
            if field.default:
                codes = np.where(codes == 0, np.int32(self[field.default]), codes)
            result = codes if result is None else np.where(result == 0, codes, result)
        return np.zeros(len(chunk), np.int32) if result is None else result

    def narrow(self, codes: Codes) -> NDArray[np.unsignedinteger[Any]]:
        """Numbers in as many bytes as they need so far: one for the kingdom, two for most names."""
        return codes.astype(np.min_scalar_type(len(self.kept)))

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


def written(chunk: Chunk, column: int | None) -> list[str]:
    """What stands in a column; "" in every row when there is none."""
    texts = None if column is None else chunk.texts.get(column)
    return [""] * len(chunk) if texts is None else texts


def single(chunk: Chunk, table: Table, term: str) -> list[str]:
    """The texts of a term, stripped of space around them; "" without such a column."""
    field = table.field(term)
    if field is None:
        return [""] * len(chunk)
    texts = map(str.strip, written(chunk, field.index))
    return [text or field.default for text in texts] if field.default else [*texts]


def keys(chunk: Chunk, table: Table) -> list[str]:
    """The core's id in each row; "" without such a column."""
    return [*map(str.strip, written(chunk, table.key))]


def numbers(chunk: Chunk, table: Table, term: str) -> NDArray[np.float64]:
    """The numbers of a term; NaN for what is none."""
    texts = single(chunk, table, term)
    try:
        if "_" in "".join(texts):  # for Python, 5_9 is 59
            raise ValueError
        found = np.array([float(text) if text else np.nan for text in texts], np.float64)
    except ValueError:
        found = np.array(pd.to_numeric(np.array(texts, object), errors="coerce"), np.float64)
    found[~np.isfinite(found)] = np.nan
    return found
