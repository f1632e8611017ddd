"""Many photos at once, in worker processes, with bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import nullcontext
from pathlib import Path

from sporeprint_training.dataset.prepare import Prepared, prepare_batch
from sporeprint_training.dataset.sources import PhotoFile
from sporeprint_training.errors import StepFailed
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.workers import local_workers

_BATCH = 16
_AHEAD = 64
"""Batches handed out beyond the finished ones: enough for a cluster, and a bound for the queue's memory."""
_FEW = 64
"""Photos; fewer are done here, before a worker process would have started."""


def prepare_all(
    files: Sequence[PhotoFile],
    staging: Path,
    max_side: int,
    progress: Progress = SILENT,
    executor: Executor | None = None,
) -> list[Prepared]:
    """Prepare every file (see `prepare_batch`), in the order of `files`.

    Raises:
        StepFailed: a worker died, most often for want of memory.
        OSError: a photo could not be written.
    """
    numbered = list(enumerate(files))
    batches = [numbered[start : start + _BATCH] for start in range(0, len(files), _BATCH)]
    results: dict[int, list[Prepared]] = {}
    try:
        with progress.step("Decoding photos", len(files)) as advance:
            for number, result in _run(batches, staging, max_side, executor):
                results[number] = result
                advance(len(result))
    except BrokenExecutor:
        raise StepFailed(
            "Every worker process lives until its photos are decoded",
            received="one that was ended from outside, most often because memory ran out",
            next_step="Close other programs, or ingest fewer photos at once",
        ) from None
    return [result for number in sorted(results) for result in results[number]]


def _run(
    batches: Sequence[list[tuple[int, PhotoFile]]], staging: Path, max_side: int, executor: Executor | None
) -> Iterator[tuple[int, list[Prepared]]]:
    if executor is None and len(batches) * _BATCH <= _FEW:
        for number, batch in enumerate(batches):
            yield number, prepare_batch(batch, staging, max_side)
        return
    with nullcontext(executor) if executor else local_workers() as pool:
        waiting: dict[Future[list[Prepared]], int] = {}
        for number, batch in enumerate(batches):
            if len(waiting) >= _AHEAD:
                yield from _finished(waiting)
            waiting[pool.submit(prepare_batch, batch, staging, max_side)] = number
        while waiting:
            yield from _finished(waiting)


def _finished(waiting: dict[Future[list[Prepared]], int]) -> Iterator[tuple[int, list[Prepared]]]:
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        yield waiting.pop(future), future.result()
