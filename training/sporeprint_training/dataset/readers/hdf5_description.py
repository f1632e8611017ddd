"""A JSON file that says which table of an HDF5 file holds the photos: `path`, `key`, `col_filename`, `col_label`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sporeprint_training.dataset.readers.hdf5 import hdf5
from sporeprint_training.dataset.readers.read import Notes, Read, collect
from sporeprint_training.dataset.readers.texts import text
from sporeprint_training.errors import BadInput

MAX_BYTES = 1_000_000


class Description(BaseModel):
    """Where a table of photos lies."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    path: str = Field(min_length=1, max_length=1000)
    """The HDF5 file, relative to the description or absolute."""
    key: str = Field("", max_length=1000)
    col_filename: str = Field("", max_length=200)
    col_label: str = Field("", max_length=200)


def is_description(content: Any) -> bool:
    """Whether parsed JSON looks like a description, or like a registry of them by name."""
    entries = [content, *content.values()] if isinstance(content, dict) else []
    return any(isinstance(entry, dict) and "path" in entry for entry in entries)


def read_described(path: Path) -> Read:
    """Read a whole table; see `described`."""
    notes = Notes()
    return collect(described(path, notes), notes)


def described(path: Path, notes: Notes) -> Iterator[pd.DataFrame]:
    """Read the table that a JSON file describes frame by frame, as `hdf5.hdf5`.

    Raises:
        BadInput: the file is no description, or a registry of several; or as `hdf5.hdf5`.
    """
    found = _description(path)
    yield from hdf5(path.parent / found.path, notes, found.key, found.col_filename, found.col_label)


def _description(path: Path) -> Description:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES:,} bytes")
        content = json.loads(path.read_bytes())
        if isinstance(content, dict) and "path" not in content:
            if len(content) != 1:
                raise ValueError(f"{len(content)} tables: {text(', '.join(map(str, content)))[:200]}")
            (content,) = content.values()
        return Description.model_validate(content)
    except (ValueError, RecursionError, OSError) as error:
        said = error.errors()[0] if isinstance(error, ValidationError) else None
        received = f"{'.'.join(map(str, said['loc']))}: {said['msg']}" if said else str(error)
        raise BadInput(
            "The description of an HDF5 table is JSON with path, and key, col_filename and col_label where they are "
            "needed",
            received=f"{path}: {text(received)}",
            next_step="Write one table per file, such as "
            '{"path": "cub.h5", "key": "cub", "col_filename": "file_path", "col_label": "class_name"}',
        ) from None
