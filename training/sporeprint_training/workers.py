"""Worker processes on this machine, behind the interface that a cluster's executor has too."""

from __future__ import annotations

import multiprocessing
import os
import signal
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
        # Ctrl-C reaches the whole process group; the parent answers for all.
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    # A container is often allowed fewer cores than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
