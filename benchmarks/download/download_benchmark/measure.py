"""The same photos by a bare loop and by the download, in turns, with a clock."""

from __future__ import annotations

import asyncio
import resource
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import httpx

from download_benchmark.server import PhotoServer, running_server
from sporeprint_training.dataset.download.run import DownloadOptions, download

BARE = "bare httpx loop"
WAYS: dict[str, dict[str, Any]] = {
    "originals": {"keep_originals": True},
    "own bytes": {"max_side": 1024},
    "resized": {"max_side": 160},
}
"""Three downloads: all decode every photo fully, hash it as it came and as it is kept, write it and record it.

`originals` keeps what came, `own bytes` is the default on photos that are small enough (metadata is cut off), and
`resized` encodes every photo anew.
"""


@dataclass
class Measured:
    """Seconds by way, one for every round."""

    photos: int
    concurrency: int
    photo_bytes: float = 0.0
    seconds: dict[str, list[float]] = field(default_factory=dict)
    own_cpu: dict[str, list[float]] = field(default_factory=dict)
    """Processor seconds of the process that fetches."""
    worker_cpu: dict[str, list[float]] = field(default_factory=dict)
    """Processor seconds of its worker processes, their start included."""
    rerun_seconds: float = 0.0
    rerun_bytes: int = 0
    rerun_requests: int = 0

    @contextmanager
    def round(self, way: str) -> Iterator[None]:
        """Measure what happens inside."""
        started, own, workers = perf_counter(), process_time(), _workers_cpu()
        yield
        for table, value in (
            (self.seconds, perf_counter() - started),
            (self.own_cpu, process_time() - own),
            (self.worker_cpu, _workers_cpu() - workers),
        ):
            table.setdefault(way, []).append(value)

    def rate(self, way: str) -> float:
        """Photos per second, of the median round."""
        return self.photos / median(self.seconds[way])

    def share(self, way: str) -> float:
        """The way's rate as a share of the bare loop's in the same round, median of all rounds."""
        return median(bare / own for bare, own in zip(self.seconds[BARE], self.seconds[way], strict=True))

    def cpu_ms(self, table: dict[str, list[float]], way: str) -> float:
        """Processor time per photo, milliseconds, of the median round."""
        return median(table[way]) / self.photos * 1e3


def measure_downloads(photos: int, concurrency: int, rounds: int) -> Measured:
    """Fetch the photos by every way, as many times as there are rounds, each time into an empty store."""
    measured = Measured(photos, concurrency)
    with running_server() as server, tempfile.TemporaryDirectory() as folder:
        measured.photo_bytes = server.mean_bytes
        addresses = server.addresses(photos)
        _bare(addresses[:200], concurrency)  # the first requests of a process import what they need
        for number in range(rounds):
            with measured.round(BARE):
                _bare(addresses, concurrency)
            for way, options in WAYS.items():
                store = Path(folder) / f"{way} {number}"
                with measured.round(way):
                    report = _download(addresses, store, concurrency, options)
                assert report.fetched == photos, report
        _rerun(measured, server, addresses, Path(folder) / "resized 0")
    return measured


def _rerun(measured: Measured, server: PhotoServer, addresses: Sequence[str], store: Path) -> None:
    before, started = server.requests, perf_counter()
    report = _download(addresses, store, measured.concurrency, WAYS["resized"])
    measured.rerun_seconds = perf_counter() - started
    measured.rerun_bytes, measured.rerun_requests = report.received_bytes, server.requests - before
    assert (report.stored, report.fetched) == (measured.photos, 0), report


def _download(addresses: Sequence[str], store: Path, concurrency: int, options: dict[str, Any]) -> Any:
    given = {"concurrency": concurrency, "per_host": concurrency, "private_hosts": True, **options}
    return download(addresses, store, DownloadOptions(**given))


def _workers_cpu() -> float:
    # Of processes that have ended: the workers of a download have, the server has not.
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _bare(addresses: Sequence[str], concurrency: int) -> None:
    asyncio.run(_read_all(addresses, concurrency))


async def _read_all(addresses: Sequence[str], concurrency: int) -> None:
    left = iter(addresses)

    async def read() -> None:
        for address in left:
            response = await client.get(address)
            assert response.status_code == 200
            assert len(response.content) > 0

    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx.AsyncClient(limits=limits) as client:
        await asyncio.gather(*(read() for _ in range(concurrency)))
