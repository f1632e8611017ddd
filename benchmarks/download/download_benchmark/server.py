"""A server of drawn photos in a process of its own, as quick as asyncio lets it be."""

from __future__ import annotations

import asyncio
import io
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from random import Random
from typing import Any

from PIL import Image

WIDTH, HEIGHT = 320, 240
_DIFFERENT = 200
"""Photos that are drawn; the addresses take them in turn."""


@dataclass(frozen=True)
class PhotoServer:
    """A running server."""

    port: int
    mean_bytes: float
    """Length of a photo."""
    _requests: Any

    def addresses(self, count: int) -> list[str]:
        """So many different addresses."""
        return [f"http://127.0.0.1:{self.port}/{number}.jpg" for number in range(count)]

    @property
    def requests(self) -> int:
        """Requests so far."""
        return int(self._requests.value)


def draw_photo(seed: int) -> bytes:
    """A JPEG with some texture, the same for the same seed."""
    grain = Image.frombytes("RGB", (40, 30), Random(seed).randbytes(3600))
    stream = io.BytesIO()
    grain.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=85)
    return stream.getvalue()


@contextmanager
def running_server() -> Iterator[PhotoServer]:
    """Start the server; it ends with the block."""
    context = multiprocessing.get_context("spawn")
    requests = context.Value("q", 0)
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, requests), daemon=True)
    process.start()
    try:
        port, mean_bytes = ours.recv()
        yield PhotoServer(port, mean_bytes, requests)
    finally:
        process.kill()
        process.join()


def _serve(told: Connection, requests: Any) -> None:
    photos = [draw_photo(seed) for seed in range(_DIFFERENT)]
    head = 'HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nETag: "{}"\r\nContent-Length: {}\r\n\r\n'
    answers = [head.format(number, len(photo)).encode() + photo for number, photo in enumerate(photos)]

    class Answering(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self._transport, self._read = transport, b""

        def data_received(self, data: bytes) -> None:
            self._read += data
            while (end := self._read.find(b"\r\n\r\n")) >= 0:
                number = int(self._read[5 : self._read.index(b".jpg")])
                self._read = self._read[end + 4 :]
                self._transport.write(answers[number % _DIFFERENT])
                requests.value += 1

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
        told.send((server.sockets[0].getsockname()[1], sum(map(len, photos)) / len(photos)))
        await server.serve_forever()

    asyncio.run(serve())
