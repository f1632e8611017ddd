"""iNaturalist's taxa, observers and observations, to be looked up by id while the photos are read.

They are kept in a temporary SQLite file: the whole of iNaturalist has more observations than fit into memory.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sporeprint_training.dataset.readers.lines import reading, table_rows
from sporeprint_training.dataset.readers.read import Notes
from sporeprint_training.dataset.records import RANKS
from sporeprint_training.errors import BadInput, StepFailed

ID = re.compile(r"[0-9]{1,18}")
"""A number that SQLite can hold."""
_MOST_ANCESTORS = 100
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -131072;
CREATE TABLE taxa (id INTEGER PRIMARY KEY, ancestry TEXT, rank TEXT, name TEXT, active TEXT);
CREATE TABLE observers (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE observations (
    uuid BLOB, reason TEXT, observer TEXT, latitude TEXT, longitude TEXT, accuracy TEXT, taxon TEXT, observed_on TEXT
);
"""
# Sorting after all rows are there is faster by far than keeping them sorted.
_INDEX = "CREATE INDEX by_uuid ON observations (uuid)"


@dataclass(frozen=True)
class Taxon:
    """One taxon with what it lies in."""

    name: str
    rank: str
    status: str
    """`accepted`, or `inactive` for names that iNaturalist has given up."""
    ranks: Mapping[str, str]
    """Rank of `records.RANKS` to name, its own included, as far as known."""
    lineage: frozenset[str]
    """Ids, its own included."""


@dataclass(frozen=True)
class Observation:
    """One observation; `reason` says why its photos are not taken, "" if they are."""

    reason: str
    observer: str
    latitude: str
    longitude: str
    accuracy: str
    taxon: str
    observed_on: str


class Lookup:
    """The three tables, see `lookup`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.taxon = lru_cache(maxsize=50_000)(self._taxon)
        self.observer = lru_cache(maxsize=50_000)(self._observer)
        # The photos of one observation mostly stand together.
        self.observation = lru_cache(maxsize=1000)(self._observation)

    def _observation(self, uuid: bytes) -> Observation | None:
        row = self._one("SELECT * FROM observations WHERE uuid = ?", uuid)
        return Observation(*row[1:]) if row else None

    def _taxon(self, taxon_id: str) -> Taxon | None:
        row = self._one("SELECT ancestry, rank, name, active FROM taxa WHERE id = ?", taxon_id)
        if not row:
            return None
        ancestry, rank, name, active = row
        # The documentation says that "\" separates, the files have "/".
        lineage = [*filter(None, ancestry.replace("\\", "/").split("/"))][-_MOST_ANCESTORS:]
        lineage.append(taxon_id)
        placed = [self._one("SELECT rank, name FROM taxa WHERE id = ?", taxon) for taxon in lineage]
        ranks = {found[0]: found[1] for found in placed if found and found[0] in RANKS}
        return Taxon(name, rank, "inactive" if active == "false" else "accepted", ranks, frozenset(lineage))

    def _observer(self, observer_id: str) -> str:
        row = self._one("SELECT name FROM observers WHERE id = ?", observer_id)
        if row:
            return str(row[0])
        return f"https://www.inaturalist.org/users/{observer_id}" if ID.fullmatch(observer_id) else ""

    def _one(self, query: str, value: object) -> tuple[str, ...] | None:
        row: tuple[str, ...] | None = self._database.execute(query, (value,)).fetchone()
        return row


@contextmanager
def lookup(tables: Mapping[str, Path], quality: Collection[str], taxon: str, notes: Notes) -> Iterator[Lookup]:
    """Read the tables beside the photos.

    Args:
        tables: "taxa", "observations" and, where it is there, "observers" to file.
        quality: grades that are taken, such as "research".
        taxon: id, or scientific name, of what all observations have to lie in; "" for everything.
        notes: told of rejected rows.

    Raises:
        BadInput: a table cannot be read, lacks a column, or has no or several such taxa.
        StepFailed: the temporary folder is full.
    """
    with tempfile.TemporaryDirectory(prefix="sporeprint-") as folder:
        database = sqlite3.connect(Path(folder) / "lookup.sqlite", isolation_level=None)
        try:
            database.executescript(_SCHEMA)
            found = Lookup(database)
            _fill(
                database, tables["taxa"], "taxa", ("taxon_id", "ancestry", "rank", "name", "active"), _as_it_is, notes
            )
            if "observers" in tables:
                _fill(database, tables["observers"], "observers", ("observer_id", "login", "name"), _person, notes)
            wanted = _taxon_id(database, taxon)
            _fill(database, tables["observations"], "observations", _OBSERVED, _judge(found, quality, wanted), notes)
            database.execute(_INDEX)
            yield found
        except sqlite3.OperationalError as error:
            raise StepFailed(
                "The temporary folder has room for the tables",
                received=f"{folder}: {error}",
                next_step="Free disk space, or set TMPDIR to a folder with more",
            ) from None
        finally:
            database.close()


_OBSERVED = (
    *("observation_uuid", "observer_id", "latitude", "longitude", "positional_accuracy"),
    *("taxon_id", "quality_grade", "observed_on"),
)
_Fields = tuple[object, ...]


def columns_of(path: Path, columns: tuple[str, ...], there: tuple[str, ...]) -> list[int]:
    """Where the columns of one of iNaturalist's tables stand.

    Raises:
        BadInput: one is not there.
    """
    missing = [name for name in columns if name not in there]
    if missing:
        raise BadInput(
            f"iNaturalist's table {path.name.partition('.')[0]} has the columns {', '.join(columns)}",
            received=f"{path} without {', '.join(missing)}",
            next_step="Download it again from iNaturalist's open data",
        )
    return [there.index(name) for name in columns]


def _fill(
    database: sqlite3.Connection,
    path: Path,
    table: str,
    columns: tuple[str, ...],
    row_of: Callable[[tuple[str, ...]], _Fields | str],
    notes: Notes,
) -> None:
    def rows() -> Iterator[_Fields]:
        for line, fields in found.rows:
            row = row_of(tuple(fields[index].strip() for index in places))
            if isinstance(row, str):
                own.reject(row, line)
            else:
                yield row

    own = Notes()
    with reading(path) as stream:
        found = table_rows(stream, path, own)
        places = columns_of(path, columns, found.columns)
        width = len(database.execute(f"SELECT * FROM {table} LIMIT 0").description)
        database.execute("BEGIN")
        database.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * width)})", rows())
        database.execute("COMMIT")
    notes.absorb(own, path.name)


def _as_it_is(fields: tuple[str, ...]) -> _Fields | str:
    return fields if ID.fullmatch(fields[0]) else "unusable_id"


def _person(fields: tuple[str, ...]) -> _Fields | str:
    observer, login, name = fields
    return (observer, name or login) if ID.fullmatch(observer) else "unusable_id"


def _judge(found: Lookup, quality: Collection[str], wanted: str) -> Callable[[tuple[str, ...]], _Fields | str]:
    def judged(fields: tuple[str, ...]) -> _Fields | str:
        uuid, observer, latitude, longitude, accuracy, taxon_id, grade, observed_on = fields
        key = uuid_bytes(uuid)
        if key is None:
            return "unusable_id"
        reason = ""
        if grade not in quality:
            reason = "quality_grade"
        elif wanted:
            taxon = found.taxon(taxon_id)
            reason = "" if taxon and wanted in taxon.lineage else "other_taxon"
        if reason:
            return (key, reason, *[""] * 6)
        return key, reason, observer, latitude, longitude, accuracy, taxon_id, observed_on

    return judged


def uuid_bytes(text: str) -> bytes | None:
    """An observation's id; None when it is none."""
    try:
        key = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        return None
    return key if len(key) == 16 else None


def _taxon_id(database: sqlite3.Connection, taxon: str) -> str:
    if not taxon:
        return ""
    query = "SELECT id, rank FROM taxa WHERE CAST(id AS TEXT) = ?1 OR (name = ?1 AND active != 'false') LIMIT 10"
    rows = database.execute(query, (taxon,)).fetchall()
    if len(rows) != 1:
        several = ", ".join(f"{number} ({rank})" for number, rank in rows)
        raise BadInput(
            "A taxon is the id or the scientific name of one taxon of iNaturalist",
            received=f"{taxon[:100]}, which is {several or 'none'}",
            next_step="Name one by its id",
        )
    return str(rows[0][0])
