"""The download: what is missing is fetched, kept and recorded; what is there is left alone."""

from __future__ import annotations

import csv
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from sporeprint_training.artefact import replacing_text
from sporeprint_training.dataset.download.fetchers import DownloadReport, Fetchers, fetch_all
from sporeprint_training.dataset.download.options import DownloadOptions
from sporeprint_training.dataset.download.reasons import WORDS
from sporeprint_training.dataset.download.state import (
    Outcome,
    State,
    opened_for_reading,
    opened_for_writing,
)
from sporeprint_training.errors import StepFailed
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.spreadsheet import inert
from sporeprint_training.workers import local_workers

__all__ = ["DownloadOptions", "DownloadReport", "Outcome", "download", "failures", "outcomes", "write_failures"]

_FEW = 64
"""Photos; fewer are decoded in this process, before a worker process would have started."""
_COLUMNS = ("address", "state", "reason", "explanation", "attempts", "http_status")


def download(
    addresses: Sequence[str],
    store: Path,
    options: DownloadOptions,
    progress: Progress = SILENT,
    executor: Executor | None = None,
) -> DownloadReport:
    """Fetch the photos that the store lacks; killed at any moment, a rerun goes on where it ended.

    Args:
        addresses: where the photos are; nothing about them is trusted, and the same one twice counts once.
        store: folder of the photos and of the table of what became of every address.
        options: see `DownloadOptions`.
        progress: told of every address that is settled.
        executor: where photos are decoded, resized and written; None means processes on this machine. Its workers
            must see the store under the same path.

    Raises:
        BadInput: the folder is something else's, another download is writing to it, or it holds another size.
        StepFailed: the store could not be written, or a worker died. What was stored stays; a rerun goes on.
    """
    started = time.monotonic()
    store = store.absolute()
    max_side = None if options.keep_originals else options.max_side
    with _written(store), opened_for_writing(store, max_side) as state:
        report = DownloadReport()
        missing = list(_missing(state, dict.fromkeys(addresses), options, report))
        if missing:
            with progress.step("Downloading photos", len(missing)) as advance, _workers(executor, missing) as pool:
                fetch_all(Fetchers(missing, state, options, report, advance), pool, max_side)
    report.seconds = time.monotonic() - started
    return report


def outcomes(store: Path, addresses: Iterable[str]) -> Iterator[Outcome]:
    """What became of each address, in their order; the photo of a stored one is `store / outcome.file`.

    Raises:
        BadInput: there is no store.
        StepFailed: its table cannot be read.
    """
    with _written(store), opened_for_reading(store) as state:
        yield from state.look_up(addresses)


def failures(store: Path) -> Iterator[Outcome]:
    """Every address of the store without a photo.

    Raises:
        BadInput: there is no store.
    """
    with opened_for_reading(store) as state:
        yield from state.failures()


def write_failures(store: Path, path: Path) -> int:
    """Write a CSV of every address of the store without a photo, with the reason, and say how many there are.

    Raises:
        BadInput: there is no store, or the file cannot be made.
        StepFailed: the table cannot be read, or the file not be written.
    """
    count = 0
    with _written(store), opened_for_reading(store) as state, replacing_text(path) as stream:
        writer = csv.writer(stream)
        writer.writerow(_COLUMNS)
        for found in state.failures():
            explanation = WORDS.get(found.reason, found.reason)
            writer.writerow(
                [inert(found.address), found.state, found.reason, explanation, found.attempts, found.http_status]
            )
            count += 1
    return count


@contextmanager
def _written(store: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StepFailed(
            "The store of downloaded photos can be read and written",
            received=f"{store}: {error}",
            next_step="Free disk space or check the folder, then run this again; what is stored stays",
        ) from error
    except BrokenExecutor:
        raise StepFailed(
            "Every worker process lives until its photos are decoded",
            received="one that was ended from outside, most often because memory ran out",
            next_step="Close other programs and run this again; what is stored stays",
        ) from None


def _missing(state: State, addresses: Iterable[str], options: DownloadOptions, report: DownloadReport) -> Iterator[str]:
    for found in state.look_up(addresses):
        if found.state == "stored" and state.has_file(found):
            report.stored += 1
        elif found.state == "failed" and not _worth_asking(found, options):
            report.reasons[found.reason] += 1
        else:
            yield found.address


def _worth_asking(found: Outcome, options: DownloadOptions) -> bool:
    return options.retry_failed or (found.reason == "private_address" and options.private_hosts)


def _workers(executor: Executor | None, missing: Sequence[str]) -> AbstractContextManager[Executor]:
    if executor is not None:
        return nullcontext(executor)
    return ThreadPoolExecutor(1) if len(missing) <= _FEW else local_workers()
