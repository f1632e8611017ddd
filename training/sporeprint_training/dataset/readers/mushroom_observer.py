"""Mushroom Observer's list of images: `filename name created url license rightsHolder`, separated by tabs.

One row per image: the name that its observation had, the day on which the photo was taken, its address at 640 pixels.
Places and observations are not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from sporeprint_training.dataset.readers.columns import plain
from sporeprint_training.dataset.readers.photo_table import photo_table
from sporeprint_training.dataset.readers.read import Notes, Read, collect

_COLUMNS = {"filename", "name", "created", "url", "license", "rightsholder"}


def is_mushroom_observer(columns: Sequence[str]) -> bool:
    """Whether a table's header is that of Mushroom Observer's list."""
    return {plain(column) for column in columns} == _COLUMNS


def read_mushroom_observer(path: Path) -> Read:
    """Read the whole list; see `mushroom_observer`."""
    notes = Notes()
    return collect(mushroom_observer(path, notes), notes)


def mushroom_observer(path: Path, notes: Notes) -> Iterator[pd.DataFrame]:
    """Read the list frame by frame; images that lie beside it are taken from there.

    Args:
        path: the table, gzipped or not.
        notes: told of rejected rows, see `photo_table.photo_table`.

    Raises:
        BadInput: as `photo_table.photo_table`.
    """
    for frame in photo_table(path, notes):
        yield frame.assign(source_dataset="Mushroom Observer")
