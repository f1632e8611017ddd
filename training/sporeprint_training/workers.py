"""Worker processes on this machine, behind the interface that a cluster's executor has too."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager


@contextmanager
def local_workers() -> Iterator[Executor]:
    """One worker process per core that this process may use; on leaving, work that has not begun is dropped."""
    pool = ProcessPoolExecutor(
        _cores(),
        # Not fork: the caller may have threads (TensorFlow, a progress bar) whose locks a forked child keeps for ever.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    # Ctrl-C reaches the whole process group; the parent answers for all.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Workers wait for work on a pipe that they hold both ends of, so that nothing tells them of a parent's sudden end.
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _cores() -> int:
    # A container is often allowed fewer cores than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
