"""What became of every address: a table that survives being killed at any moment.

The table is SQLite's, with a write-ahead log. A file is in its place before its row says so; a row without its file
counts as nothing. SQLite's own locks keep a second download out: the system drops them with the process that held them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sporeprint_training.artefact import check_replaceable
from sporeprint_training.dataset.download.keep import ARRIVING, PHOTOS, Kept
from sporeprint_training.dataset.download.reasons import PASSING
from sporeprint_training.errors import BadInput

TABLE_FILE = "downloads.sqlite"
"""The table in the store; a folder without it is somebody's own."""
_LOCK_FILE = "lock.sqlite"
_VERSION = 1
_AT_ONCE = 500
"""Addresses that are looked up by one statement."""
_SHOWN = 2000
"""Characters of an address that are kept to be read; it is looked up by its hash."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS form (value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS photos (
    key BLOB PRIMARY KEY,
    address TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    http_status INTEGER NOT NULL,
    etag TEXT NOT NULL,
    received_bytes INTEGER NOT NULL,
    received_sha256 TEXT NOT NULL,
    file TEXT NOT NULL,
    stored_bytes INTEGER NOT NULL,
    stored_sha256 TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL
) WITHOUT ROWID;
"""
_UPSERT = f"INSERT OR REPLACE INTO photos VALUES ({', '.join('?' * 14)})"


@dataclass(frozen=True)
class Outcome:
    """What became of one address."""

    address: str
    state: str
    """`stored`, `unavailable` (the next run tries again), `failed` (it does not), or `not_tried`."""
    reason: str = ""
    """A key of `reasons.WORDS`; empty unless it is unavailable or failed."""
    attempts: int = 0
    http_status: int = 0
    etag: str = ""
    received_bytes: int = 0
    """Length of the photo as it came."""
    received_sha256: str = ""
    file: str = ""
    """Path inside the store, `/`-separated; empty unless it is stored."""
    stored_bytes: int = 0
    stored_sha256: str = ""
    width: int = 0
    height: int = 0
    """Upright pixels of the stored file."""


def outcome(
    address: str, reason: str, attempts: int, status: int, *, etag: str = "", length: int = 0, kept: Kept | None = None
) -> Outcome:
    """The outcome of an address that was tried.

    Args:
        address: as it was given.
        reason: "" for a stored photo.
        attempts: tries in this run.
        status: HTTP status of the last answer, 0 without one.
        etag: of the answer.
        length: bytes that came.
        kept: what the worker made of them.
    """
    state = "stored" if not reason else "unavailable" if reason in PASSING else "failed"
    kept = kept or Kept("")
    return Outcome(
        address, state, reason, attempts, status, etag, length, kept.received_sha256,
        kept.file, kept.bytes, kept.sha256, kept.width, kept.height,
    )  # fmt: skip


def key_of(address: str) -> bytes:
    """What an address is looked up by: the first 16 bytes of its SHA-256. Its file is named after it."""
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).digest()[:16]


class State:
    """The table, open.

    Args:
        folder: the store.
        connection: to its table.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._connection = connection

    def look_up(self, addresses: Iterable[str]) -> Iterator[Outcome]:
        """What is known of each address, in their order."""
        rest = iter(addresses)
        while some := list(islice(rest, _AT_ONCE)):
            keys = [key_of(address) for address in some]
            marks = ", ".join("?" * len(keys))
            rows = self._connection.execute(f"SELECT * FROM photos WHERE key IN ({marks})", keys)
            known = {row[0]: row[2:] for row in rows}
            for key, address in zip(keys, some, strict=True):
                yield Outcome(address, *known[key]) if key in known else Outcome(address, "not_tried")

    def has_file(self, found: Outcome) -> bool:
        """Whether a stored photo's file is there with its length; a loss of power may have taken it."""
        try:
            return (self.folder / found.file).stat().st_size == found.stored_bytes
        except OSError:
            return False

    def record(self, outcomes: Iterable[Outcome]) -> None:
        """Write rows, all or none."""
        with self._connection:
            self._connection.executemany(_UPSERT, map(_row, outcomes))

    def failures(self) -> Iterator[Outcome]:
        """Every address without a photo, by reason."""
        rows = self._connection.execute("SELECT * FROM photos WHERE state <> 'stored' ORDER BY reason, address, key")
        for row in rows:
            yield Outcome(*row[1:])


@contextmanager
def opened_for_writing(folder: Path, max_side: int | None) -> Iterator[State]:
    """Open the store for one download, making it where there is none; whatever a killed one left is tidied away.

    Args:
        folder: of the store.
        max_side: see `keep_batch`; a store holds its photos in one form.

    Raises:
        BadInput: the folder is something else's, is in use by another download, or holds photos in another form.
        OSError, sqlite3.Error: it cannot be written.
    """
    check_replaceable(folder, marker=TABLE_FILE)
    folder.mkdir(parents=True, exist_ok=True)
    with closing(_connect(folder, writing=True)) as connection, _locked(folder):
        _prepare(folder, connection, max_side)
        shutil.rmtree(folder / ARRIVING, ignore_errors=True)
        (folder / ARRIVING).mkdir(exist_ok=True)
        (folder / PHOTOS).mkdir(exist_ok=True)
        yield State(folder, connection)
        shutil.rmtree(folder / ARRIVING, ignore_errors=True)


@contextmanager
def opened_for_reading(folder: Path) -> Iterator[State]:
    """Open the store to look things up, also while a download is writing.

    Raises:
        BadInput: there is no store, or one of another version.
    """
    if not (folder / TABLE_FILE).is_file():
        raise BadInput(
            f"A store of downloaded photos holds {TABLE_FILE}", received=str(folder), next_step="Check the path"
        )
    with closing(_connect(folder, writing=False)) as connection:
        yield State(folder, connection)


def _row(found: Outcome) -> Sequence[object]:
    return (
        key_of(found.address), _text(found.address[:_SHOWN]), found.state, found.reason, found.attempts,
        found.http_status, _text(found.etag), found.received_bytes, found.received_sha256, found.file,
        found.stored_bytes, found.stored_sha256, found.width, found.height,
    )  # fmt: skip


def _text(text: str) -> str:
    # SQLite takes no lone surrogates, and NUL would hide the rest.
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _connect(folder: Path, *, writing: bool) -> sqlite3.Connection:
    path = folder / TABLE_FILE
    name = path if writing else f"{path.resolve().as_uri()}?mode=ro"
    # The thread that opened it waits while another one fetches; they are never in it at once.
    connection = sqlite3.connect(name, uri=not writing, timeout=30, check_same_thread=False)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise _other(path, "another kind of file") from None
    if version != _VERSION and (tables or not writing):
        connection.close()
        raise _other(path, f"version {version}")
    return connection


def _prepare(folder: Path, connection: sqlite3.Connection, max_side: int | None) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    form = json.dumps({"max_side": max_side})
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        known = connection.execute("SELECT value FROM form").fetchone()
        if known is None:
            connection.execute("INSERT INTO form VALUES (?)", [form])
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    if known is not None and known[0] != form:
        raise BadInput(
            "A store holds all of its photos in one form",
            received=f"{_said(json.loads(known[0])['max_side'])} in {folder}, {_said(max_side)} now",
            next_step="Name another folder, or leave the size as it was",
        )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    # A table of its own, so that looking things up is never kept waiting.
    with closing(sqlite3.connect(folder / _LOCK_FILE, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise BadInput(
                "One download at a time writes to a store",
                received=f"{folder}, which another one is writing to",
                next_step="Wait until it has ended, or name another folder",
            ) from None
        yield


def _said(max_side: int | None) -> str:
    return "originals" if max_side is None else f"photos of at most {max_side} px"


def _other(path: Path, received: str) -> BadInput:
    return BadInput(
        f"{TABLE_FILE} is a table of downloads of this version",
        received=f"{path}: {received}",
        next_step="Name another folder, or delete this one to download everything again",
    )
