"""One row of a table, whatever it was read from, as a record of one photo."""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from sporeprint_training.dataset.names import printable, scientific_name
from sporeprint_training.dataset.occasion import read_occasion
from sporeprint_training.dataset.readers.columns import ADDRESS, FILE
from sporeprint_training.dataset.readers.read import Notes, Record
from sporeprint_training.dataset.readers.texts import text
from sporeprint_training.dataset.records import RANKS

MAX_ADDRESS = 2000
_ADDRESS = re.compile(r"https?://[^\s/?#@\\]+([/?#]\S*)?", re.IGNORECASE)
"""With a host and without a password."""
_TEXTS = frozenset(
    {"observation_id", "accepted_name", "basis_of_record", "observer", "author", "rights_holder"}
    | {"licence_verbatim", "source_dataset", "doi", "country", *RANKS}
)
_LOWER = frozenset({"rank", "taxonomic_status"})


class Unusable(Exception):
    """A row that is no record; the reason, in snake_case, is its text."""


def records(rows: Iterable[tuple[int, Mapping[str, str]]], table: Path, notes: Notes) -> Iterator[Record]:
    """Records of the rows that are photos with a name; the others are rejected in `notes`.

    A row is rejected as `no_name`, `unusable_name` (invisible characters, which could show another name than the one
    that is stored), `no_photo` (neither file nor address), `outside_folder`, `missing_file` or `unusable_address`.

    Args:
        rows: line, and field of `columns.ALIASES` to text.
        table: the file that the rows are from. Files are looked for in its folder, never outside.
        notes: told of rejected rows, and of dates and places that cannot be.
    """
    folder = str(table.parent.absolute())
    for line, row in rows:
        try:
            yield _record(line, row, folder, table, notes)
        except Unusable as reason:
            notes.reject(str(reason), line)


_occasion = lru_cache(maxsize=10_000)(read_occasion)


def _record(line: int, row: Mapping[str, str], folder: str, table: Path, notes: Notes) -> Record:
    found = details(row, notes)
    media, local = locate(row.get(FILE, "").strip(), row.get(ADDRESS, "").strip(), folder)
    return {**found, "media": media, "source": str(table.parent if local else table), "line": line}


def details(row: Mapping[str, str], notes: Notes) -> dict[str, str | float]:
    """What a row says of its photo, but for where it is.

    Args:
        row: field of `columns.ALIASES` to text.
        notes: told of dates and places that cannot be.

    Raises:
        Unusable: there is no name, or none that can be kept.
    """
    name = usable_name(row.get("scientific_name", ""))
    occasion = _occasion(row.get("observed_on", ""), row.get("latitude", ""), row.get("longitude", ""))
    for value in occasion.unusable:
        notes.unusable(value)
    found: dict[str, str | float] = {
        "scientific_name": name,
        "observed_on": occasion.observed_on,
        "latitude": occasion.latitude,
        "longitude": occasion.longitude,
    }
    for field, value in row.items():
        if value and field in _TEXTS:
            # One object for equal texts: a frame of a million rows has a few licences and observers.
            found[field] = sys.intern(text(value))
        elif value and field in _LOWER:
            found[field] = sys.intern(text(value).lower())
        elif value and field == "uncertainty_m":
            found[field] = metres(value)
    return found


def usable_name(stated: str) -> str:
    """A name as it is kept.

    Raises:
        Unusable: there is none, or it holds invisible characters.
    """
    name = _name(stated)
    if name is None:
        raise Unusable("unusable_name" if stated.strip() else "no_name")
    return name


_name = lru_cache(maxsize=100_000)(scientific_name)


def locate(file: str, address: str, folder: str) -> tuple[str, bool]:
    """Where a row's photo is: in the file if that is there, else at the address.

    Args:
        file: path in `folder`, relative or absolute; "" for none.
        address: "" for none.
        folder: absolute path of the table's folder.

    Returns:
        Path inside `folder`, `/`-separated, or address; and whether it is a file.

    Raises:
        Unusable: neither can be had.
    """
    if "://" in file:
        file, address = "", address or file
    reason = "no_photo"
    if file:
        inside = _inside(file, folder)
        if inside and os.path.isfile(f"{folder}/{inside}"):  # noqa: PTH113 (pathlib takes five times as long)
            return inside, True
        reason = "missing_file" if inside else "outside_folder"
    if not address:
        raise Unusable(reason)
    if len(address) > MAX_ADDRESS or not _ADDRESS.fullmatch(address) or not printable(address):
        raise Unusable("unusable_address")
    return address, False


def _inside(file: str, folder: str) -> str:
    """Path relative to the folder; "" outside of it."""
    # Judged by its text: photo collections have links, and those are their owner's.
    path = os.path.normpath(file.replace("\\", "/"))
    if path.startswith("/"):
        path = os.path.relpath(path, folder)
    return "" if path == ".." or path.startswith("../") else path


def metres(stated: str) -> float:
    """A length; NaN when it is none."""
    try:
        value = float(stated)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and value >= 0 else math.nan
