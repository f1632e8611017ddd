"""`dataset.h5`: two tables with a declared schema, read back as pandas frames.

The tables are written with PyTables' own descriptions: `DataFrame.to_hdf(format="table")` stores its axes and column
lists as pickled attributes, and nobody should have to unpickle a stranger's data set to read it.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd
import tables
from numpy.typing import NDArray

from sporeprint_training.dataset.info import DATASET_FILE, DatasetInfo, read_info
from sporeprint_training.errors import BadInput

SPLITS = ("train", "val", "test")

_ROWS = 20_000
_ZLIB = tables.Filters(5, "zlib", shuffle=True)
_TEXT, _INT32, _INT64, _FLOAT64, _SPLIT = "text", "int32", "int64", "float64", "split"
Schema = dict[str, tuple[str, int]]
"""Column name to kind and, for text, width in UTF-8 bytes."""

PHOTOS: Schema = {
    "photo_id": (_TEXT, 16),
    "path": (_TEXT, 64),
    "label": (_INT32, 0),
    "split": (_SPLIT, 0),
    "observation_id": (_TEXT, 200),
    "group_id": (_TEXT, 16),
    "width": (_INT32, 0),
    "height": (_INT32, 0),
    "bytes": (_INT64, 0),
    "sha256": (_TEXT, 64),
    "source_file": (_TEXT, 500),
    "licence": (_TEXT, 200),
    "author": (_TEXT, 200),
    # An ISO date or a year and month, and degrees in WGS84; "" and NaN when unknown.
    "observed_on": (_TEXT, 10),
    "latitude": (_FLOAT64, 0),
    "longitude": (_FLOAT64, 0),
    # Of the decoded source picture: it stays the same photo when it is stored smaller.
    "pixels_sha256": (_TEXT, 64),
    # What somebody should look at, joined by spaces; see `flags.py`.
    "flags": (_TEXT, 40),
}
_LATER: dict[str, str | float] = {
    "observed_on": "",
    "latitude": math.nan,
    "longitude": math.nan,
    "pixels_sha256": "",
    "flags": "",
}
"""Columns that data sets of earlier versions lack, and what they count as there."""
TAXON_RANKS = ("kingdom", "phylum", "class", "order", "family", "genus")
SPECIES: Schema = {
    "label": (_INT32, 0),
    "scientific_name": (_TEXT, 800),
    "rank": (_TEXT, 10),
    **dict.fromkeys(TAXON_RANKS, (_TEXT, 100)),
    **dict.fromkeys(("n_photos", "n_train", "n_val", "n_test"), (_INT32, 0)),
}
LEDGER: Schema = {
    "photo_id": (_TEXT, 16),
    # SPDX id, "" where none is known, and what the source says.
    "licence": (_TEXT, 60),
    "licence_verbatim": (_TEXT, 500),
    "author": (_TEXT, 200),
    "rights_holder": (_TEXT, 200),
    "observer": (_TEXT, 200),
    # Where the photo itself is, the data set that it is from, and the DOI to cite.
    "photo_url": (_TEXT, 500),
    "source_dataset": (_TEXT, 200),
    "doi": (_TEXT, 100),
}
REMOVED: Schema = {
    "source": (_TEXT, 300),
    "source_file": (_TEXT, 500),
    "line": (_INT64, 0),
    "species": (_TEXT, 200),
    "reason": (_TEXT, 40),
    "detail": (_TEXT, 300),
}
CONFLICTS: Schema = {
    "photo_id": (_TEXT, 16),
    "other_id": (_TEXT, 16),
    # Bits of the perceptual hash that differ.
    "distance": (_INT32, 0),
}
_BESIDE = {"ledger": LEDGER, "removed": REMOVED, "conflicts": CONFLICTS}
Beside = Literal["ledger", "removed", "conflicts"]


@dataclass(frozen=True)
class Dataset:
    """A data set on disk.

    `photos` has one row per photo with the columns of `PHOTOS` (`path` is relative to `folder`, `width` and `height`
    are upright pixels, `label` is the row of `species`); `species` one row per class, sorted by name, with the
    columns of `SPECIES`.
    """

    folder: Path
    info: DatasetInfo
    photos: pd.DataFrame
    species: pd.DataFrame


def read_dataset(folder: Path) -> Dataset:
    """Read the tables of a data set; the images stay on disk.

    Raises:
        BadInput: `folder` holds no data set, or one that this version cannot read.
    """
    info = read_info(folder)
    path = folder / DATASET_FILE
    try:
        with tables.open_file(path, "r") as file:
            photos = _read_table(file.root.photos, PHOTOS)
            species = _read_table(file.root.species, SPECIES)
    except (tables.HDF5ExtError, tables.NoSuchNodeError, KeyError, ValueError) as error:
        raise BadInput(
            f"{DATASET_FILE} holds the tables /photos and /species of this version",
            received=f"{path}: {type(error).__name__}",
            next_step="Ingest the photos again",
        ) from None
    return Dataset(folder, info, photos, species)


def read_beside(folder: Path, name: Beside) -> pd.DataFrame:
    """One of the tables that training does not need, with the columns of `LEDGER`, `REMOVED` or `CONFLICTS`.

    Returns:
        The table; without a row where an earlier version wrote the data set.

    Raises:
        BadInput: `folder` holds no data set, or one that this version cannot read.
    """
    read_info(folder)
    path = folder / DATASET_FILE
    try:
        with tables.open_file(path, "r") as file:
            if name not in file.root:
                return pd.DataFrame(columns=list(_BESIDE[name]))
            return _read_table(file.root[name], _BESIDE[name])
    except (tables.HDF5ExtError, KeyError, ValueError) as error:
        raise BadInput(
            f"The table /{name} of {DATASET_FILE} has the columns of this version",
            received=f"{path}: {type(error).__name__}",
            next_step="Ingest the photos again",
        ) from None


def write_tables(
    folder: Path,
    info: DatasetInfo,
    photos: pd.DataFrame,
    species: pd.DataFrame,
    beside: Mapping[Beside, pd.DataFrame] = MappingProxyType({}),
) -> None:
    """Write `dataset.h5` into `folder`; call it inside `replacing_folder`.

    Args:
        folder: of the data set.
        info: its description.
        photos: with the columns of `PHOTOS`.
        species: with the columns of `SPECIES`.
        beside: further tables; see `read_beside`.
    """
    with warnings.catch_warnings():
        # "class" is a rank; that it is also a Python keyword only bothers PyTables' attribute access.
        warnings.simplefilter("ignore", tables.NaturalNameWarning)
        with tables.open_file(folder / DATASET_FILE, "w") as file:
            file.root._v_attrs.info = info.model_dump_json()
            _write_table(file, "photos", PHOTOS, photos)
            _write_table(file, "species", SPECIES, species)
            for name, frame in beside.items():
                _write_table(file, name, _BESIDE[name], frame)


def content_sha256(rows: Iterable[tuple[str, ...]]) -> str:
    """Identity of a data set: hash over its sorted (photo SHA-256, scientific name, split, licence, author) rows.

    The rows of photos whose date or place is known go on with `Occasion.identity`; species that a table places have a
    row of their own, see `placement.identity`.
    """
    digest = hashlib.sha256()
    for row in sorted(rows):
        digest.update("\t".join(row).encode() + b"\n")
    return digest.hexdigest()


_NUMBERS = {_INT32: tables.Int32Col, _INT64: tables.Int64Col, _FLOAT64: tables.Float64Col}


def _column(kind: str, width: int, position: int) -> Any:
    if kind == _TEXT:
        return tables.StringCol(width, pos=position)
    if kind == _SPLIT:
        return tables.EnumCol(tables.Enum(list(SPLITS)), SPLITS[0], base="uint8", pos=position)
    return _NUMBERS[kind](pos=position)


def _write_table(file: Any, name: str, schema: Schema, frame: pd.DataFrame) -> None:
    description = {
        column: _column(kind, width, position) for position, (column, (kind, width)) in enumerate(schema.items())
    }
    # Given to the file instead, the filters would be stored as a pickled attribute.
    table = file.create_table("/", name, description, expectedrows=len(frame), filters=_ZLIB)
    # Millions of rows at their full width would not fit into memory.
    for start in range(0, len(frame), _ROWS):
        table.append(_rows(table, schema, frame.iloc[start : start + _ROWS]))


def _rows(table: Any, schema: Schema, frame: pd.DataFrame) -> NDArray[Any]:
    rows = np.zeros(len(frame), dtype=table.dtype)
    for column, (kind, width) in schema.items():
        values = frame[column].tolist()
        if kind == _TEXT:
            rows[column] = [_encode(value, width) for value in values]
        elif kind == _SPLIT:
            enum = table.get_enum(column)
            rows[column] = [enum[value] for value in values]
        else:
            rows[column] = values
    return rows


def _read_table(table: Any, schema: Schema) -> pd.DataFrame:
    rows = table.read()
    columns: dict[str, Any] = {}
    for column, (kind, _) in schema.items():
        if column in _LATER and column not in rows.dtype.names:
            columns[column] = [_LATER[column]] * len(rows)
        elif kind == _TEXT:
            columns[column] = [value.decode("utf-8") for value in rows[column].tolist()]
        elif kind == _SPLIT:
            columns[column] = _splits(table.get_enum(column), rows[column])
        else:
            columns[column] = rows[column]
    return pd.DataFrame(columns)


def _splits(enum: Any, codes: NDArray[np.uint8]) -> pd.Categorical:
    names = {code: name for name, code in enum}
    return pd.Categorical([names[code] for code in codes.tolist()], categories=list(SPLITS))


def _encode(text: str, width: int) -> bytes:
    # Cutting bytes may cut a character in two; the half is dropped. NUL would end the string early in HDF5.
    raw = text.replace("\0", "").encode("utf-8", "backslashreplace")[:width]
    return raw.decode("utf-8", "ignore").encode()
