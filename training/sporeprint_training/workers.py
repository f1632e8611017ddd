"""Worker processes on this machine, behind the interface that a cluster's executor has too."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

from sporeprint_training.errors import BadInput, StepFailed

_CLUSTER_SECONDS = 10


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


@contextmanager
def cluster_workers(address: str) -> Iterator[Executor]:
    """The workers of a Dask cluster, which see the same folders under the same paths.

    Args:
        address: of its scheduler, such as `tcp://10.0.0.1:8786`.

    Raises:
        StepFailed: Dask is not installed.
        BadInput: nothing answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise StepFailed(
            "A cluster is reached through Dask",
            received="no package distributed",
            next_step="pip install 'sporeprint[cluster]'",
        ) from None
    try:
        client = Client(address, timeout=_CLUSTER_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise BadInput(
            "A Dask scheduler answers at the address of the cluster",
            received=f"{address}: {type(error).__name__}",
            next_step="Start one with `dask scheduler`, and workers with `dask worker tcp://HOST:8786`",
        ) from None
    with client:
        yield client.get_executor()


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
