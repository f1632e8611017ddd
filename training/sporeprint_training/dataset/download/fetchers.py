"""Fetchers that take turns at the hosts, and what becomes of each address."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field

from sporeprint_training.dataset.download.ask import Asker
from sporeprint_training.dataset.download.connect import checked_client
from sporeprint_training.dataset.download.hosts import Host, Hosts, Job
from sporeprint_training.dataset.download.keeper import Arrived, Keeper
from sporeprint_training.dataset.download.options import DownloadOptions
from sporeprint_training.dataset.download.reasons import HOST_FAILURES, PASSING, Failure
from sporeprint_training.dataset.download.state import Outcome, State, outcome
from sporeprint_training.dataset.download.waiting import Clock, backoff


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


class Fetchers:
    """Fetch every address, or find out why not.

    Args:
        missing: different addresses.
        state: where each outcome is recorded.
        options: of the download.
        report: is kept up to date.
        advance: told how many addresses were settled.
    """

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
        wait = backoff(job.attempts, options.backoff_seconds, options.max_wait_seconds)
        if busy and not too_long:
            wait = wait if pause is None else pause
            self._hosts.pause(host, wait)
        if failure.reason not in PASSING or job.attempts >= options.attempts or too_long or host.left:
            self._settle([outcome(job.address, failure.reason, job.attempts, failure.status)])
        else:
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


def fetch_all(work: Fetchers, pool: Executor, max_side: int | None) -> None:
    """Run the fetchers until every address is settled.

    Raises:
        OSError, sqlite3.Error: the store could not be written.
        BrokenExecutor: a worker died.
    """
    try:
        if _in_a_loop():
            # Notebooks run one of their own, and a thread has one at most.
            with ThreadPoolExecutor(1) as apart:
                apart.submit(asyncio.run, work.run(pool, max_side)).result()
        else:
            asyncio.run(work.run(pool, max_side))
    except BaseExceptionGroup as group:
        # The first failure ended the others; it is the one to tell of.
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
