"""Locks between processes that a killed process cannot leave behind."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, seconds: float | None = None) -> Iterator[bool]:
    """Hold a lock file for the block; the system frees it with the process, however that ends.

    The file stays: whoever removed it might remove the one that another process has just locked.

    Args:
        path: the lock file, made where it does not exist.
        seconds: to wait for it at most; None waits until it is free.

    Returns:
        A context manager that gives whether the lock is held.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        yield _held(stream.fileno(), seconds)
        # Closing the file frees it.


def _held(descriptor: int, seconds: float | None) -> bool:
    if seconds is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return True
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        else:
            return True
