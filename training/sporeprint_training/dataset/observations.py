"""`observations.csv` beside the class folders: which photos show the same find, and by whom, when and where."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from sporeprint_training.dataset import archive
from sporeprint_training.dataset.occasion import NO_OCCASION, Occasion, read_occasion
from sporeprint_training.dataset.table import Table, open_table
from sporeprint_training.errors import BadInput

FILE = "observations.csv"
_MAX_BYTES = 200_000_000
_CREDITS = ("observer", "rights_holder", "photo_url", "source_dataset", "doi")


@dataclass(frozen=True)
class Observation:
    """What the table says of one photo; empty where it says nothing."""

    observation_id: str
    licence: str
    author: str
    occasion: Occasion = NO_OCCASION
    observer: str = ""
    rights_holder: str = ""
    photo_url: str = ""
    """Address of the photo itself."""
    source_dataset: str = ""
    """The data set that the record is from, such as one of GBIF's."""
    doi: str = ""
    """To cite it by."""


def read_observations(source: Path, prefix: str = "") -> dict[str, Observation]:
    """Read the source's table: columns `file` and `observation_url`, optionally others.

    Those are `licence`, `author`, `observed_on`, `latitude` and `longitude` (see `occasion.read_occasion`), and
    `observer`, `rights_holder`, `photo_url`, `source_dataset` and `doi`.

    Args:
        source: folder or zip.
        prefix: the folder, with a slash, that a zip wraps everything in.

    Returns:
        Path of the photo inside the source to its observation; empty without a table.

    Raises:
        BadInput: the table lacks a column, is not UTF-8, or a line cannot be read as CSV.
    """
    data = _read(source, prefix)
    if data is None:
        return {}
    where = source / FILE
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        missing = {"file", "observation_url"} - set(rows.fieldnames or ())
        if missing:
            raise BadInput(
                "observations.csv has the columns file and observation_url",
                received=f"{where} without {' and '.join(sorted(missing))}",
                next_step="Add the column, or remove the file",
            )
        # A short row lacks its last fields.
        return {prefix + row["file"]: _observation(row) for row in rows if row["file"]}
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInput("observations.csv is UTF-8", received=f"{where}, line {line}") from None
    except csv.Error as error:
        raise BadInput("observations.csv is a CSV table", received=f"{where}, line {rows.line_num}: {error}") from None


def observations_table(source: Path, prefix: str = "") -> Table | None:
    """The same table for whoever needs other columns of it; None without one.

    Raises:
        BadInput: as `table.open_table`.
    """
    data = _read(source, prefix)
    return None if data is None else open_table(io.BytesIO(data), f"{source / FILE}")


def _read(source: Path, prefix: str) -> bytes | None:
    if source.is_file():
        return archive.read_text(source, prefix + FILE, _MAX_BYTES)
    path = source / FILE
    return path.read_bytes() if path.is_file() else None


def _observation(row: dict[str, str]) -> Observation:
    return Observation(
        (row["observation_url"] or "").strip(),
        (row.get("licence") or row.get("license") or "").strip(),
        (row.get("author") or "").strip(),
        read_occasion(*(row.get(name) or "" for name in ("observed_on", "latitude", "longitude"))),
        **{name: (row.get(name) or "").strip() for name in _CREDITS},
    )
