"""Whose turn it is: every host has a few lanes, and each of the fetchers takes the lane that has waited longest."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sporeprint_training.dataset.download.options import DownloadOptions
from sporeprint_training.dataset.download.partial import Partial
from sporeprint_training.dataset.download.waiting import Clock

_PARTIAL_BYTES = 256_000_000
"""Parts of photos that wait for another try, in all; beyond it they are fetched from the start."""
_LOOK_UP = 1.0
"""Seconds after which whoever waits for a host sees that it has been left."""


@dataclass(slots=True)
class Job:
    """One address that is being fetched, or waits for another try."""

    address: str
    attempts: int = 0
    partial: Partial = field(default_factory=Partial)


class Host:
    """One server's addresses."""

    def __init__(self) -> None:
        self.fresh: deque[str] = deque()
        self.again: list[tuple[float, int, Job]] = []
        """Heap of when, a number that keeps the order, and what."""
        self.next_start = 0.0
        """Nothing is asked for before."""
        self.failures = 0
        """Failed tries since the last answer."""
        self.left = False
        """It is asked for nothing more in this run."""

    def ready_at(self) -> float | None:
        """When the next address can be asked for; None when none is left."""
        if self.fresh:
            return self.next_start
        return max(self.next_start, self.again[0][0]) if self.again else None


class Hosts:
    """All hosts with addresses left.

    Args:
        addresses: what to fetch.
        options: of the download.
        clock: tells the time.
    """

    def __init__(self, addresses: Iterable[str], options: DownloadOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._order = itertools.count()
        self._partial_bytes = 0
        hosts: dict[str, Host] = {}
        for address in addresses:
            hosts.setdefault(_host(address), Host()).fresh.append(address)
        self._lanes: list[tuple[float, int, Host]] = []
        for round_ in range(options.per_host):
            for host in hosts.values():
                if len(host.fresh) > round_:
                    self._open(host, 0.0)

    async def turn(self) -> tuple[Host, Job] | None:
        """The next address, once its time has come; None when all lanes are taken or ended.

        The lane is given back with `done`; whoever gets None can stop, for the others go on with their own.
        """
        while self._lanes:
            ready_at, _, host = heapq.heappop(self._lanes)
            while not host.left and (now := self._clock.now()) < ready_at:
                await self._clock.until(min(ready_at, now + _LOOK_UP))
            job = self._pop(host)
            if job is not None:
                return host, job
            self.done(host)
        return None

    def done(self, host: Host) -> None:
        """Give a lane back: it is for the host's next address, if there is one."""
        ready_at = host.ready_at()
        if ready_at is not None:
            self._open(host, max(ready_at, self._clock.now()))

    def later(self, host: Host, job: Job, seconds: float) -> None:
        """Try this address again, not before so many seconds."""
        self._partial_bytes += len(job.partial.body)
        if self._partial_bytes > _PARTIAL_BYTES:
            self._partial_bytes -= len(job.partial.body)
            job.partial.drop()
        heapq.heappush(host.again, (self._clock.now() + seconds, next(self._order), job))

    def pause(self, host: Host, seconds: float) -> None:
        """Ask this host for nothing for so many seconds."""
        host.next_start = max(host.next_start, self._clock.now() + seconds)

    def leave(self, host: Host) -> list[str]:
        """Ask this host for nothing more; the addresses that it had left."""
        host.left = True
        left = [*(job.address for _, _, job in host.again), *host.fresh]
        self._partial_bytes -= sum(len(job.partial.body) for _, _, job in host.again)
        host.again.clear()
        host.fresh.clear()
        return left

    def _pop(self, host: Host) -> Job | None:
        now = self._clock.now()
        if host.next_start > now:
            return None
        job: Job | None = None
        if host.again and host.again[0][0] <= now:
            job = heapq.heappop(host.again)[2]
            self._partial_bytes -= len(job.partial.body)
        elif host.fresh:
            job = Job(host.fresh.popleft())
        if job is not None and self._options.host_rate is not None:
            host.next_start = now + 1 / self._options.host_rate
        return job

    def _open(self, host: Host, ready_at: float) -> None:
        heapq.heappush(self._lanes, (ready_at, next(self._order), host))


def _host(address: str) -> str:
    try:
        return urlsplit(address[:300]).netloc.lower()
    except ValueError:
        return ""
