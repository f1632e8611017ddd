"""Worker processes on this machine, behind the interface that a cluster's executor has too."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from typing import Any

from sporeprint_training.errors import BadInput, StepFailed

_CLUSTER_SECONDS = 10


@contextmanager
def local_workers() -> Iterator[Executor]:
    """One worker process per core that this process may use; on leaving, work that has not begun is dropped."""
    pool = ProcessPoolExecutor(
        cores(),
        # Not fork: the caller may have threads (TensorFlow, a progress bar) whose locks a forked child keeps for ever.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


class SeparateWorkers(Executor):
    """Worker processes whose deaths do not touch each other, for long tasks that may run out of memory.

    Of a `ProcessPoolExecutor` all tasks are lost with one process. Here only the task of that process raises
    `BrokenProcessPool`, and the next one has a new process.

    Args:
        n_workers: tasks at the same time; each process is told to use its share of the cores.
    """

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        self._waiting = ThreadPoolExecutor(n_workers)
        self._idle: queue.SimpleQueue[ProcessPoolExecutor] = queue.SimpleQueue()
        self._processes: set[int] = set()
        self._closing = False
        for _ in range(n_workers):
            self._idle.put(self._new())

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a function of an importable module in one of the processes."""
        return self._waiting.submit(self._run, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes; with `cancel_futures` at once, whatever they do."""
        if cancel_futures:
            self._closing = True
            for process in list(self._processes):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        self._waiting.shutdown(wait, cancel_futures=cancel_futures)
        while not self._idle.empty():
            self._idle.get().shutdown(wait, cancel_futures=cancel_futures)

    def _new(self) -> ProcessPoolExecutor:
        share = max(1, cores() // self.n_workers)
        return ProcessPoolExecutor(
            1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin_share, initargs=(share,)
        )

    def _run(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        pool, process = self._idle.get(), None
        try:
            process = pool.submit(os.getpid).result()
            self._processes.add(process)
            if self._closing:
                raise CancelledError
            return pool.submit(fn, *args, **kwargs).result()
        except BrokenProcessPool:
            self._processes.discard(process or 0)
            pool.shutdown(wait=False)
            pool = self._new()
            raise
        finally:
            self._idle.put(pool)


@contextmanager
def separate_workers(n_workers: int) -> Iterator[SeparateWorkers]:
    """Such workers on this machine; on leaving, what still runs is ended, and what waits is dropped."""
    workers = SeparateWorkers(n_workers)
    try:
        yield workers
    finally:
        workers.shutdown(cancel_futures=True)


def capacity(executor: Executor) -> int:
    """Tasks that an executor of `separate_workers` or `cluster_workers` runs at the same time, one per process."""
    if isinstance(executor, SeparateWorkers):
        return executor.n_workers
    client: Any = getattr(executor, "_client", None)
    return len(client.nthreads()) if client is not None else 1


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
        # Not pure: two tasks of the same function and arguments are two tasks.
        yield client.get_executor(pure=False)


def _begin() -> None:
    # Ctrl-C reaches the whole process group; the parent answers for all.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Workers wait for work on a pipe that they hold both ends of, so that nothing tells them of a parent's sudden end.
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _begin_share(share: int) -> None:
    # TensorFlow reads these when it is first used.
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, str(share))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Several processes share an accelerator; TensorFlow would take all of its memory at once.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    _begin()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def cores() -> int:
    """Cores that this process may use."""
    # A container is often allowed fewer cores than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
