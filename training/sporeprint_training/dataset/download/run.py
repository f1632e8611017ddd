"""The download: what is missing is fetched, kept and recorded; what is there is left alone."""

from __future__ import annotations

import asyncio
import csv
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from sporeprint_training.artefact import replacing_text
from sporeprint_training.dataset.download.ask import Asker
from sporeprint_training.dataset.download.connect import checked_client
from sporeprint_training.dataset.download.hosts import Host, Hosts, Job
from sporeprint_training.dataset.download.keeper import Arrived, Keeper
from sporeprint_training.dataset.download.options import DownloadOptions
from sporeprint_training.dataset.download.reasons import HOST_FAILURES, PASSING, WORDS, Failure
from sporeprint_training.dataset.download.state import (
    Outcome,
    State,
    opened_for_reading,
    opened_for_writing,
    outcome,
)
from sporeprint_training.dataset.download.waiting import Clock, backoff
from sporeprint_training.errors import StepFailed
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.spreadsheet import inert
from sporeprint_training.workers import local_workers

__all__ = ["DownloadOptions", "DownloadReport", "Outcome", "download", "outcomes", "write_failures"]

_FEW = 64
"""Photos; fewer are decoded in this process, before a worker process would have started."""
_COLUMNS = ("address", "state", "reason", "explanation", "attempts", "http_status")


@dataclass
class DownloadReport:
    """What became of every different address of one call."""

    stored: int = 0
    """Addresses whose photo is in the store now, whichever run fetched it."""
    fetched: int = 0
    """Those of them that this run fetched."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Reason to number of addresses without a photo; see `reasons.WORDS`."""
    received_bytes: int = 0
    """Bodies that came in this run, useless ones too."""
    seconds: float = 0.0


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
                _fetch_all(_Download(missing, state, options, report, advance), pool, max_side)
    report.seconds = time.monotonic() - started
    return report


def outcomes(store: Path, addresses: Iterable[str]) -> Iterator[Outcome]:
    """What became of each address, in their order; the photo of a stored one is `store / outcome.file`.

    Raises:
        BadInput: there is no store.
    """
    with opened_for_reading(store) as state:
        yield from state.look_up(addresses)


def write_failures(store: Path, path: Path) -> int:
    """Write a CSV of every address of the store without a photo, with the reason, and say how many there are.

    Raises:
        BadInput: there is no store, or the file cannot be written.
    """
    count = 0
    with opened_for_reading(store) as state, replacing_text(path) as stream:
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


def _fetch_all(work: _Download, pool: Executor, max_side: int | None) -> None:
    try:
        asyncio.run(work.run(pool, max_side))
    except BaseExceptionGroup as group:
        # The first failure ended the others; it is the one to tell of.
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


class _Download:
    """Fetchers that take turns at the hosts until every address is settled."""

    def __init__(
        self,
        missing: Sequence[str],
        state: State,
        options: DownloadOptions,
        report: DownloadReport,
        advance: Callable[[int], None],
    ) -> None:
        self._clock = Clock()
        self._hosts = Hosts(missing, options, self._clock)
        self._fetchers = min(options.concurrency, len(missing))
        self._state, self._options, self._report, self._advance = state, options, report, advance

    async def run(self, pool: Executor, max_side: int | None) -> None:
        """Fetch everything."""
        async with checked_client(self._options) as client, asyncio.TaskGroup() as batches:
            asker = Asker(client, self._options, self._clock)
            keeper = Keeper(pool, self._state.folder, max_side, batches, self._settle)
            try:
                async with asyncio.TaskGroup() as fetchers:
                    for _ in range(self._fetchers):
                        fetchers.create_task(self._take_turns(asker, keeper))
            finally:
                self._report.received_bytes = asker.received_bytes
            keeper.flush()

    async def _take_turns(self, asker: Asker, keeper: Keeper) -> None:
        while (turn := await self._hosts.turn()) is not None:
            host, job = turn
            job.attempts += 1
            try:
                received = await asker.ask(job.address, job.partial)
            except Failure as failure:
                self._failed(host, job, failure)
            else:
                host.failures = 0
                await keeper.put(Arrived(job.address, job.attempts, received))
            self._hosts.done(host)

    def _failed(self, host: Host, job: Job, failure: Failure) -> None:
        options, pause = self._options, failure.retry_after
        host.failures = host.failures + 1 if failure.reason in HOST_FAILURES else 0
        busy = failure.status in (429, 503)
        too_long = busy and pause is not None and pause > options.max_wait_seconds
        if failure.reason not in PASSING or job.attempts >= options.attempts or too_long or host.left:
            self._settle([outcome(job.address, failure.reason, job.attempts, failure.status)])
        else:
            wait = backoff(job.attempts, options.backoff_seconds, options.max_wait_seconds)
            if busy:
                wait = wait if pause is None else pause
                self._hosts.pause(host, wait)
            self._hosts.later(host, job, wait)
        if too_long or host.failures >= options.host_failures:
            left = self._hosts.leave(host)
            self._settle([outcome(address, "host_left_alone", 0, 0) for address in left])

    def _settle(self, found: Sequence[Outcome]) -> None:
        self._state.record(found)
        for one in found:
            if one.state == "stored":
                self._report.stored += 1
                self._report.fetched += 1
            else:
                self._report.reasons[one.reason] += 1
        self._advance(len(found))
