"""Tables of photos in HDF5: what `DataFrame.to_hdf(format="table")` writes, or a plain table of records.

pandas and PyTables would unpickle what they find in such a file, and a pickle may run any program. h5py unpickles
nothing; the few names that pandas pickles are read by `pickled_names.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.dataset.readers.columns import ALIASES, FILE, fields_of, plain
from sporeprint_training.dataset.readers.pickled_names import pickled_names
from sporeprint_training.dataset.readers.read import Notes, Read, collect, frames
from sporeprint_training.dataset.readers.record import records
from sporeprint_training.dataset.readers.texts import text
from sporeprint_training.errors import BadInput

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_MOST_BYTES = 64_000_000
"""Of rows that are held at a time, and of one chunk of the file, which is unpacked as a whole."""
_ROWS = 10_000
_MOST_TABLES = 1000
_MAX_RATIO, _SMALL = 1000, 1 << 20
"""Texts that are padded with zeros pack well; a table that nobody ever wrote to packs without limit."""


def read_hdf5(path: Path, key: str = "", col_filename: str = "", col_label: str = "") -> Read:
    """Read a whole table; see `hdf5`."""
    notes = Notes()
    return collect(hdf5(path, notes, key, col_filename, col_label), notes)


def hdf5(
    path: Path, notes: Notes, key: str = "", col_filename: str = "", col_label: str = ""
) -> Iterator[pd.DataFrame]:
    """Read a table of photos frame by frame.

    Args:
        path: HDF5 file; files are looked for in its folder.
        notes: told of rejected rows, see `record.records`; `line` is the row, from 1.
        key: the table's place in the file; "" where there is only one.
        col_filename: column of the photo's path or address; "" for one of the usual names, see `columns.ALIASES`.
        col_label: column of the species' name; the same.

    Raises:
        BadInput: it is no HDF5, has no such table or column, keeps data outside of itself, or keeps pickled objects;
            from the first frame on.
    """
    if not path.is_file():
        raise BadInput("An HDF5 file is a file", received=f"{path}, which is none", next_step="Check the path")
    try:
        with h5py.File(path, "r", locking=False) as file:
            table = _Table(_at(file, key, path), path)
            fields = _fields(table, col_filename, col_label)
            yield from frames(records(table.rows(fields), path, notes))
    except (OSError, RuntimeError, LookupError, ValueError, TypeError, OverflowError) as error:
        raise BadInput(
            "An HDF5 file is complete and sound",
            received=f"{path}: {text(str(error))[:200] or type(error).__name__}",
            next_step='Write it again with DataFrame.to_hdf(..., format="table")',
        ) from None


def _at(file: h5py.File, key: str, path: Path) -> h5py.Group | h5py.Dataset:
    if not key:
        found = _tables(file)
        if len(found) != 1:
            raise BadInput(
                "An HDF5 file has one table of photos, or its key is given",
                received=f"{path} with {text(', '.join(found))[:300] or 'none'}",
                next_step='Describe it in a JSON file, such as {"path": "photos.h5", "key": "fungi"}',
            )
        key = found[0]
    place: Any = file
    for part in key.strip("/").split("/"):
        # Links may lead to other files, which nobody named.
        if not isinstance(place, h5py.Group) or not isinstance(place.get(part, getlink=True), h5py.HardLink):
            raise BadInput(
                "A key names a table in the HDF5 file",
                received=f"{path} without {text(key)[:200]}",
                next_step=f"Name one of {text(', '.join(_tables(file)))[:300] or 'none'}",
            )
        place = place[part]
    return place


def _tables(file: h5py.File) -> list[str]:
    found: list[str] = []

    def look(name: str, node: Any) -> bool | None:
        inner = "/_i_table" in name or "/meta/" in name or any(name.startswith(f"{above}/") for above in found)
        kept = "pandas_type" in node.attrs or (isinstance(node, h5py.Dataset) and node.dtype.names)
        if kept and not inner:
            found.append(name)
        return True if len(found) == _MOST_TABLES else None

    file.visititems(look)  # follows no links
    return found


def _fields(table: _Table, col_filename: str, col_label: str) -> Mapping[str, str]:
    """Field of a record to column."""
    columns = list(table.places)
    chosen = {FILE: col_filename, "scientific_name": col_label}
    for column in chosen.values():
        if column and column not in columns:
            raise BadInput(
                "The columns that are named are in the table",
                received=f"{table.where} without {text(column)[:100]}; it has {text(', '.join(columns))[:200]}",
                next_step="Correct col_filename or col_label",
            )
    # A column that is named counts as one of the usual name.
    renamed = {column: ALIASES[field][0] for field, column in chosen.items() if column}
    taken = set(renamed.values())
    header = [renamed.get(column, "" if plain(column) in taken else column) for column in columns]
    return {field: columns[index] for field, index in fields_of(header, table.where).items()}


class _Table:
    """A table in an open file."""

    def __init__(self, node: h5py.Group | h5py.Dataset, path: Path) -> None:
        self.where = f"{path}, key {text(node.name)}"
        self._group = node if isinstance(node, h5py.Group) else None
        self._data = self._dataset(node)
        self.places = dict(self._places())
        """Column to the field of a row that holds it, and its index there (None where it is all of it)."""

    def rows(self, fields: Mapping[str, str]) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Row number from 1, and field of a record to text."""
        step = max(1, min(_ROWS, _MOST_BYTES // max(1, self._data.dtype.itemsize)))
        categories = {column: self._categories(column) for column in fields.values()}
        for start in range(0, self._data.shape[0], step):
            block = self._data[start : start + step]
            texts = [self._texts(block, column, categories[column]) for column in fields.values()]
            for offset, values in enumerate(zip(*texts, strict=True)):
                yield start + offset + 1, dict(zip(fields, values, strict=True))

    def _dataset(self, node: h5py.Group | h5py.Dataset) -> h5py.Dataset:
        pickled = self._pickled(node)
        if pickled is not None:
            raise BadInput(
                "No column of an HDF5 table is pickled, because reading a pickle can run any program",
                received=f"{self.where} with {pickled}",
                next_step='Save it again with DataFrame.to_hdf(..., format="table"), or as CSV',
            )
        data = node["table"] if isinstance(node, h5py.Group) and _is_own(node, "table") else node
        if not _is_table(data):
            raise BadInput(
                'A table in HDF5 is a frame that pandas wrote with format="table", or a table of records',
                received=self.where,
                next_step='Save it again with DataFrame.to_hdf(..., format="table"), or as CSV',
            )
        _refuse_outside(data, self.where)
        return data

    def _pickled(self, node: h5py.Group | h5py.Dataset) -> str | None:
        """Names of pickled columns, as far as they are known."""
        if isinstance(node, h5py.Dataset):
            return "pickled objects" if _is_pickled(node) else None
        blocks = [name for name in node if _is_own(node, name) and _is_pickled(node[name])]
        names: list[str] = []
        for block in blocks:
            items = block.replace("_values", "_items")
            if _is_own(node, items) and isinstance(node[items], h5py.Dataset) and node[items].dtype.kind == "S":
                names += [_decoded(name) for name in node[items][:100].ravel().tolist()]
        return (f"the columns {text(', '.join(names))[:200]}" if names else "pickled objects") if blocks else None

    def _places(self) -> Iterator[tuple[str, tuple[str, int | None]]]:
        for name in self._data.dtype.names:
            kind = self._data.attrs.get(f"{name}_kind")
            if self._group is None or not name.startswith("values_block_"):
                yield name, (name, None)
                continue
            for index, column in enumerate(pickled_names(bytes(kind or b""))):
                yield column, (name, index)

    def _texts(self, block: NDArray[Any], column: str, categories: Sequence[str] | None) -> list[str]:
        name, index = self.places[column]
        values = block[name] if index is None else block[name][:, index]
        if categories is not None:
            return [categories[code] if 0 <= code < len(categories) else "" for code in values.tolist()]
        if values.dtype.kind in "iu" and str(self._attribute(f"{name}_dtype")).startswith("datetime64"):
            unit = str(self._attribute(f"{name}_dtype")).removeprefix("datetime64").strip("[]") or "ns"
            values = values.astype("int64").view(f"datetime64[{unit}]")
            return ["" if np.isnat(value) else str(value)[:10] for value in values]
        return [_text(value, self._missing) for value in values.tolist()]

    def _categories(self, column: str) -> Sequence[str] | None:
        """What the codes of a categorical column stand for."""
        name, _ = self.places[column]
        if self._group is None or self._attribute(f"{name}_meta") != "category":
            return None
        place: Any = self._group
        for part in ("meta", name, "meta", "table"):
            if not _is_own(place, part):
                raise ValueError(f"the categories of {name} are not there")
            place = place[part]
        if not _is_table(place) or "values" not in place.dtype.names or place.nbytes > _MOST_BYTES:
            raise ValueError(f"the categories of {name} cannot be read")
        _refuse_outside(place, self.where)
        return [_text(value, self._missing) for value in place[:]["values"].tolist()]

    def _attribute(self, name: str) -> str:
        value = self._data.attrs.get(name, b"")
        return _decoded(value) if isinstance(value, bytes) else str(value)

    @property
    def _missing(self) -> str:
        # pandas writes NaN among texts as a text.
        value = self._group.attrs.get("nan_rep", b"") if self._group is not None else b""
        return _decoded(value) if isinstance(value, bytes) else str(value)


def _is_own(group: Any, name: str) -> bool:
    return isinstance(group, h5py.Group) and isinstance(group.get(name, getlink=True), h5py.HardLink)


def _is_table(node: Any) -> bool:
    return isinstance(node, h5py.Dataset) and bool(node.dtype.names) and node.shape is not None and len(node.shape) == 1


def _is_pickled(node: Any) -> bool:
    return isinstance(node, h5py.Dataset) and node.attrs.get("PSEUDOATOM") in (b"object", "object")


def _refuse_outside(data: h5py.Dataset, where: str) -> None:
    row = data.dtype.itemsize
    if row * data.shape[0] > max(_SMALL, _MAX_RATIO * data.file.id.get_filesize()):
        raise BadInput(
            f"An HDF5 table unpacks to at most {_MAX_RATIO} times its file's size",
            received=f"{where} with {data.shape[0]:,} rows of {row:,} bytes",
            next_step="Do not use this file; tables do not pack like this",
        )
    chunk = row * (data.chunks[0] if data.chunks else 1)
    if data.external or data.is_virtual or row > _MOST_BYTES or chunk > _MOST_BYTES:
        raise BadInput(
            f"An HDF5 table keeps its data in its file, in chunks of at most {_MOST_BYTES:,} bytes",
            received=where,
            next_step='Save it again with DataFrame.to_hdf(..., format="table"), or as CSV',
        )


def _text(value: Any, missing: str) -> str:
    if isinstance(value, bytes):
        stated = _decoded(value)
        return "" if stated == missing else stated
    if value is None or value != value:  # NaN
        return ""
    return value if isinstance(value, str) else str(value)


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "replace")
