"""Handing what arrived to worker processes, a batch at a time and with bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from sporeprint_training.dataset.download.ask import Received
from sporeprint_training.dataset.download.keep import Kept, keep_batch
from sporeprint_training.dataset.download.state import Outcome, key_of, outcome

_BATCH = 16
_BATCH_BYTES = 4_000_000
_BATCH_SECONDS = 0.1
"""After which a batch is handed out though it is not full."""
_WAITING_BYTES = 256_000_000
"""Photos that wait for a worker; beyond it no more are fetched until some are done."""


@dataclass(frozen=True)
class Arrived:
    """A photo that waits to be kept."""

    address: str
    attempts: int
    received: Received


class Keeper:
    """Keeps photos through an executor.

    Args:
        executor: its workers must see the store.
        store: its folder.
        max_side: see `keep_batch`.
        tasks: where the batches run; a batch that fails ends them all.
        finished: told of every batch.
    """

    def __init__(
        self,
        executor: Executor,
        store: Path,
        max_side: int | None,
        tasks: asyncio.TaskGroup,
        finished: Callable[[Sequence[Outcome]], None],
    ) -> None:
        self._executor, self._store, self._max_side = executor, store, max_side
        self._tasks, self._finished = tasks, finished
        self._batch: list[Arrived] = []
        self._batch_bytes = self._waiting_bytes = 0
        self._room = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    async def put(self, arrived: Arrived) -> None:
        """Have a photo kept; waits while too many bytes are waiting already."""
        while self._waiting_bytes > _WAITING_BYTES:
            self._room.clear()
            await self._room.wait()
        self._batch.append(arrived)
        size = len(arrived.received.data)
        self._batch_bytes += size
        self._waiting_bytes += size
        if len(self._batch) >= _BATCH or self._batch_bytes >= _BATCH_BYTES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_BATCH_SECONDS, self.flush)

    def flush(self) -> None:
        """Hand out what has come so far."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._batch:
            keeping = self._keep(self._batch, self._batch_bytes)
            self._batch, self._batch_bytes = [], 0
            try:
                self._tasks.create_task(keeping)
            except RuntimeError:  # an earlier batch has failed, and everything is being ended
                keeping.close()

    async def _keep(self, batch: list[Arrived], size: int) -> None:
        named = [(_name(arrived.address), arrived.received.data) for arrived in batch]
        loop = asyncio.get_running_loop()
        kept = await loop.run_in_executor(self._executor, keep_batch, named, self._store, self._max_side)
        self._finished([_outcome(arrived, result) for arrived, result in zip(batch, kept, strict=True)])
        self._waiting_bytes -= size
        self._room.set()


def _name(address: str) -> str:
    name = key_of(address).hex()
    return f"{name[:2]}/{name}"


def _outcome(arrived: Arrived, kept: Kept) -> Outcome:
    received = arrived.received
    return outcome(
        arrived.address,
        kept.reason,
        arrived.attempts,
        received.status,
        etag=received.etag,
        length=len(received.data),
        kept=kept,
    )
