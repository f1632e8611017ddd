"""Downloads from a server of the test, with a clock that does not make anybody wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from photo_server import Server
from sporeprint_training.dataset.download import fetchers
from sporeprint_training.dataset.download.run import DownloadOptions, DownloadReport, Outcome, download, outcomes
from sporeprint_training.dataset.download.waiting import Clock


@pytest.fixture
def server() -> Iterator[Server]:
    """The server."""
    running = Server()
    yield running
    running.close()


class FakeClock(Clock):
    """Waiting takes no time, and is written down."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.waited = 0.0

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return 1_700_000_000.0

    async def until(self, moment: float) -> None:
        if moment > self.time:
            self.waited += moment - self.time
            self.time = moment
        await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The clock of the next downloads."""
    fake = FakeClock()
    monkeypatch.setattr(fetchers, "Clock", lambda: fake)
    return fake


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where the photos go."""
    return tmp_path / "store"


Fetch = Callable[..., DownloadReport]


@pytest.fixture
def fetch(store: Path) -> Fetch:
    """`fetch(*addresses, **options)`: download from this machine."""

    def make(*addresses: str, **options: object) -> DownloadReport:
        return download(addresses, store, DownloadOptions(**{"private_hosts": True, **options}))

    return make


@pytest.fixture
def outcome(store: Path, fetch: Fetch) -> Callable[..., Outcome]:
    """`outcome(address, **options)`: download it and look it up."""

    def make(address: str, **options: object) -> Outcome:
        fetch(address, **options)
        (found,) = outcomes(store, [address])
        return found

    return make
