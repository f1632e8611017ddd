"""What a source is, told by its content: nobody has to name files in a certain way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Literal

from sporeprint_training.dataset import archive
from sporeprint_training.dataset.readers import hdf5_description
from sporeprint_training.dataset.readers.columns import plain
from sporeprint_training.dataset.readers.hdf5 import SIGNATURE
from sporeprint_training.dataset.readers.inaturalist import COLUMNS as INATURALIST_COLUMNS
from sporeprint_training.dataset.readers.lines import MAX_LINE, reading, table_rows
from sporeprint_training.dataset.readers.lst import LINE
from sporeprint_training.dataset.readers.mushroom_observer import is_mushroom_observer
from sporeprint_training.dataset.readers.read import Notes
from sporeprint_training.dataset.sources import IMAGE_SUFFIXES, files_in
from sporeprint_training.errors import BadInput

Kind = Literal[
    "class_folders",
    "darwin_core",
    "hdf5",
    "hdf5_description",
    "inaturalist",
    "lst",
    "mushroom_observer",
    "photo_table",
]
KINDS: dict[Kind, str] = {
    "class_folders": "a folder, or a zip, with one folder of photos per species",
    "darwin_core": "a Darwin Core archive, as GBIF's downloads are, packed or not",
    "photo_table": "a CSV or tab-separated table with the columns file or url, and species",
    "lst": "an MXNet list (.lst)",
    "hdf5": "an HDF5 table that pandas wrote",
    "hdf5_description": "a JSON file with the path and key of an HDF5 table",
    "inaturalist": "a folder with iNaturalist's open data",
    "mushroom_observer": "Mushroom Observer's list of images",
}
"""Kind to what it is, in the words of a message."""
_META, _DARWIN_CORE = "meta.xml", {"multimedia.txt", "occurrence.txt"}
_TABLES = {".csv", ".tab", ".tsv", ".txt"}
_TAR_MAGIC = slice(257, 262)
_FIRST_FILES = 100_000
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def recognise(path: Path) -> Kind:
    """Find out what a source is.

    Raises:
        BadInput: there is nothing, or nothing that is known; the message lists what is.
    """
    try:
        if not path.is_dir() and not path.is_file():
            raise _unknown(path, "which is no file or folder" if path.exists() else "which does not exist")
        kind = _folder(path) if path.is_dir() else _file(path)
    except OSError as error:
        raise _unknown(path, f"which cannot be read: {error.strerror}") from None
    if kind is None:
        raise _unknown(path, "which is none of them")
    return kind


def _folder(path: Path) -> Kind | None:
    names = {child.name for child in path.iterdir()}
    if _META in names:
        return "darwin_core"
    if any(_text(path / name) == "inaturalist" for name in ("photos.csv.gz", "photos.csv") if name in names):
        return "inaturalist"
    # Beside class folders, a table of GBIF's is there for the taxonomy.
    if _has_photos(islice(files_in(path), _FIRST_FILES)):
        return "class_folders"
    return "darwin_core" if names & _DARWIN_CORE else None


def _has_photos(names: Iterable[str]) -> bool:
    return any(PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES and "/" in name for name in names)


def _file(path: Path) -> Kind | None:
    with path.open("rb") as stream:
        head = stream.read(512)
    if head.startswith(SIGNATURE):
        return "hdf5"
    if head.startswith(b"PK") or path.suffix.lower() == ".zip":
        return _zip(path)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return "hdf5_description" if _describes(path) else None
    with reading(path) as stream:
        head = stream.read(512)
    if head[_TAR_MAGIC] == b"ustar":
        raise _unknown(path, "which is a tar: unpack it and name the folder")
    return None if _BINARY.search(head[:256]) else _text(path)


def _zip(path: Path) -> Kind | None:
    names = archive.member_names(path)
    # At most wrapped in one folder.
    if any(PurePosixPath(name).name == _META and name.count("/") < 2 for name in names):
        return "darwin_core"
    if _has_photos(names):
        return "class_folders"
    # An archive of one table needs no meta.xml.
    return "darwin_core" if any(PurePosixPath(name).suffix.lower() in _TABLES for name in names) else None


def _describes(path: Path) -> bool:
    if path.stat().st_size > hdf5_description.MAX_BYTES:
        return False
    try:
        return hdf5_description.is_description(json.loads(path.read_bytes()))
    except (ValueError, RecursionError):
        return False


def _text(path: Path) -> Kind | None:
    with reading(path) as stream:
        first = stream.readline(MAX_LINE)
    if LINE.fullmatch(first.decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r\n")):
        return "lst"
    with reading(path) as stream:
        columns = table_rows(stream, path, Notes()).columns
    if {"gbifid", "identifier", "references"} <= {plain(column) for column in columns}:
        return "darwin_core"
    if set(INATURALIST_COLUMNS) <= set(columns):
        return "inaturalist"
    if is_mushroom_observer(columns):
        return "mushroom_observer"
    return "photo_table" if len(columns) > 1 else None


def _unknown(path: Path, received: str) -> BadInput:
    return BadInput(
        f"A source is one of these: {'; '.join(KINDS.values())}",
        received=f"{path}, {received}",
        next_step="Name one of these, or a data set that `sporeprint ingest` wrote",
    )
