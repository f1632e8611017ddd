"""CSV or tab-separated tables with one row per photo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from sporeprint_training.dataset.readers.columns import fields_of
from sporeprint_training.dataset.readers.lines import Row, reading, table_rows
from sporeprint_training.dataset.readers.read import Notes, Read, collect, frames
from sporeprint_training.dataset.readers.record import records


def read_photo_table(path: Path) -> Read:
    """Read a whole table of photos; see `photo_table`."""
    notes = Notes()
    return collect(photo_table(path, notes), notes)


def photo_table(path: Path, notes: Notes) -> Iterator[pd.DataFrame]:
    """Read a table of photos frame by frame: memory does not grow with it.

    Args:
        path: CSV, or separated by semicolons or tabs; UTF-8; gzipped or not. `columns.ALIASES` has the names of columns
            that are understood; `file` or `url`, and `species`, have to be there.
        notes: told of rejected rows, see `lines.table_rows` and `record.records`.

    Raises:
        BadInput: the file cannot be read, or lacks a column; from the first frame on.
    """
    with reading(path) as stream:
        table = table_rows(stream, path, notes)
        fields = fields_of(table.columns, str(path))
        yield from frames(records(_named(table.rows, fields), path, notes))


def _named(rows: Iterator[Row], fields: Mapping[str, int]) -> Iterator[tuple[int, Mapping[str, str]]]:
    for line, row in rows:
        yield line, {field: row[index] for field, index in fields.items()}
