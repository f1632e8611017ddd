"""A study's journal: every trial, written line by line by all processes that work on it."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

JOURNAL_FILE = "journal.log"
STALE_LOCK_SECONDS = 10
"""A writer that was killed within the millisecond of its writing leaves its lock file; others take it away then."""
WRITING_SECONDS = 0.5
"""Longer than any writer holds it."""

optuna.logging.set_verbosity(optuna.logging.WARNING)


def open_journal(folder: Path) -> JournalStorage:
    """The journal of a study's folder, begun where there is none; several processes may have it open."""
    path = str(folder.resolve() / JOURNAL_FILE)
    return JournalStorage(JournalFileBackend(path, JournalFileOpenLock(path, STALE_LOCK_SECONDS)))


def mend_journal(folder: Path) -> None:
    """Remove what a search left that was killed: the lock of its writing, and after a power cut half a line.

    Nobody else may work on the study; workers of a cluster that have not heard of its end may still be writing.
    """
    path = folder / JOURNAL_FILE
    if not path.is_file():
        return
    lock = Path(f"{path}.lock")
    with suppress(FileNotFoundError):
        before = lock.stat()
        time.sleep(WRITING_SECONDS)
        if lock.stat().st_mtime_ns == before.st_mtime_ns:
            lock.unlink()
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as stream:
            stream.truncate(whole)
