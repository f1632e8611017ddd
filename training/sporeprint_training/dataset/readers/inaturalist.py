"""iNaturalist's open data: the tables of photos, observations, taxa and observers, separated by tabs, gzipped or not.

Columns and addresses: https://github.com/inaturalist/inaturalist-open-data. The licence is that of each photo.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd

from sporeprint_training.dataset.readers.inaturalist_lookup import ID, Lookup, columns_of, lookup, uuid_bytes
from sporeprint_training.dataset.readers.lines import Row, reading, table_rows
from sporeprint_training.dataset.readers.read import Notes, Read, Record, collect, frames
from sporeprint_training.dataset.readers.record import Unusable, details
from sporeprint_training.errors import BadInput

TABLES = ("photos", "observations", "taxa", "observers")
COLUMNS = ("photo_id", "observation_uuid", "observer_id", "extension", "license")
"""Of the table of photos, as far as they are read."""
SIZES = {"original": 2048, "large": 1024, "medium": 500, "small": 240}
"""What a photo's longer side has at most, in pixels."""
_EXTENSION = re.compile(r"[a-zA-Z]{2,5}")


def read_inaturalist(
    path: Path, size: str = "large", quality: Collection[str] = ("research",), taxon: str = ""
) -> Read:
    """Read all photos into memory; see `inaturalist`."""
    notes = Notes()
    return collect(inaturalist(path, notes, size, quality, taxon), notes)


def inaturalist(
    path: Path, notes: Notes, size: str = "large", quality: Collection[str] = ("research",), taxon: str = ""
) -> Iterator[pd.DataFrame]:
    """Read the photos frame by frame; what they are joined to is kept on disk, in the temporary folder.

    Args:
        path: folder of `photos.csv`, `observations.csv`, `taxa.csv` and, for names of people, `observers.csv`; each may
            end in `.gz`. Or one of these files.
        notes: told of rejected photos: rows as in `lines.table_rows`, `unusable_id`, `no_observation`, `no_name`,
            `unusable_name`, `quality_grade` and `other_taxon`.
        size: one of `SIZES`.
        quality: grades of observations that are taken: "research", "needs_id", "casual".
        taxon: id or scientific name of what is taken, such as "Fungi"; "" for everything.

    Raises:
        BadInput: a table is not there, cannot be read or lacks a column, or an argument is unknown.
        StepFailed: the temporary folder is full.
    """
    if size not in SIZES:
        raise BadInput(f"A size is one of {', '.join(SIZES)}", received=size[:100])
    tables = find_tables(path)
    with lookup(tables, quality, taxon, notes) as found, reading(tables["photos"]) as stream:
        if "observers" not in tables:
            notes.warn("Without observers.csv, people are credited by their page at iNaturalist instead of by name")
        table = table_rows(stream, tables["photos"], notes)
        places = columns_of(tables["photos"], COLUMNS, table.columns)
        yield from frames(_photos(table.rows, places, found, size, tables["photos"], notes))


def find_tables(path: Path) -> dict[str, Path]:
    """Table of `TABLES` to file; `observers` may be absent.

    Raises:
        BadInput: another one is not there.
    """
    folder = path if path.is_dir() else path.parent
    found = {
        table: file
        for table in TABLES
        for ending in (".csv.gz", ".csv")
        if (file := folder / f"{table}{ending}").is_file()
    }
    missing = [f"{table}.csv" for table in TABLES[:3] if table not in found]
    if missing:
        raise BadInput(
            "iNaturalist's open data are photos.csv, observations.csv, taxa.csv and observers.csv in one folder",
            received=f"{folder} without {', '.join(missing)}",
            next_step="Download what is missing; each may end in .gz",
        )
    return found


def _photos(
    rows: Iterator[Row], places: list[int], found: Lookup, size: str, table: Path, notes: Notes
) -> Iterator[Record]:
    for line, fields in rows:
        photo, uuid, observer, extension, licence = (fields[place].strip() for place in places)
        try:
            if not ID.fullmatch(photo) or not _EXTENSION.fullmatch(extension):
                raise Unusable("unusable_id")
            said = {**_observed(uuid, found), "author": found.observer(observer), "licence_verbatim": licence}
            yield {
                **details(said | {"rights_holder": said["author"]}, notes),
                "media": f"https://inaturalist-open-data.s3.amazonaws.com/photos/{photo}/{size}.{extension}",
                "source": str(table),
                "line": line,
            }
        except Unusable as reason:
            notes.reject(str(reason), line)


def _observed(uuid: str, found: Lookup) -> dict[str, str]:
    """Fields of `columns.ALIASES` that the photo's observation gives."""
    key = uuid_bytes(uuid)
    known = found.observation(key) if key else None
    if known is None or known.reason:
        raise Unusable(known.reason if known else "no_observation" if key else "unusable_id")
    taxon = found.taxon(known.taxon)
    if taxon is None:
        raise Unusable("no_name")
    return {
        **taxon.ranks,
        "scientific_name": taxon.name,
        "rank": taxon.rank,
        "taxonomic_status": taxon.status,
        "observation_id": f"https://www.inaturalist.org/observations/{uuid}",
        "observer": found.observer(known.observer),
        "observed_on": known.observed_on,
        "latitude": known.latitude,
        "longitude": known.longitude,
        "uncertainty_m": known.accuracy,
        "source_dataset": "iNaturalist Open Data",
    }
