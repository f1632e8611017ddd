"""Connections are used again for their host's next photo, and only while they are sound."""

from __future__ import annotations

import asyncio

import httpx
import pytest

import own_loop
from sporeprint_training.dataset.download.connect import checked_client
from sporeprint_training.dataset.download.options import DownloadOptions

BODY = b"\xff\xd8\xff" + b"x" * 200_000


class Kept:
    """A server that keeps its connections open; it notes which connection each request came by."""

    def __init__(self, *, closes: bool = False) -> None:
        self.closes = closes
        self.asked: list[int] = []
        self.opened = self.ended = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the other side has enough."""
        self.opened += 1
        number = self.opened
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(number)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY))
                await writer.drain()
                if self.closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.ended += 1
            writer.close()


def with_server(kept: Kept, work, **options: object) -> None:
    """Run `work(client, port)` against the server."""

    async def both() -> None:
        server = await asyncio.start_server(kept.talk, "0.0.0.0", 0)
        async with server:
            given = DownloadOptions(**{"private_hosts": True, **options})
            async with checked_client(given) as client:
                await asyncio.wait_for(work(client, server.sockets[0].getsockname()[1]), 10)
            await asyncio.sleep(0.01)

    own_loop.run(both())


def test_one_connection_serves_one_photo_after_the_other():
    kept = Kept()

    async def work(client: httpx.AsyncClient, port: int) -> None:
        for _ in range(6):
            assert (await client.get(f"http://127.0.0.1:{port}/")).content == BODY

    with_server(kept, work)
    assert kept.asked == [1] * 6
    assert kept.ended == 1


def test_photos_at_the_same_time_have_a_connection_each_and_leave_them_for_the_next():
    kept = Kept()

    async def work(client: httpx.AsyncClient, port: int) -> None:
        for _ in range(3):
            await asyncio.gather(*(client.get(f"http://127.0.0.1:{port}/") for _ in range(4)))

    with_server(kept, work)
    assert (kept.opened, len(kept.asked)) == (4, 12)


def test_a_connection_that_the_server_has_closed_is_not_used_again():
    kept = Kept(closes=True)

    async def work(client: httpx.AsyncClient, port: int) -> None:
        for _ in range(4):
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 200
            await asyncio.sleep(0.02)

    with_server(kept, work)
    assert kept.asked == [1, 2, 3, 4]


def test_a_body_that_nobody_read_to_its_end_ends_its_connection():
    kept = Kept()

    async def work(client: httpx.AsyncClient, port: int) -> None:
        for _ in range(3):
            async with client.stream("GET", f"http://127.0.0.1:{port}/") as response:
                async for _ in response.aiter_raw():
                    break

    with_server(kept, work)
    assert kept.asked == [1, 2, 3]
    assert kept.ended == 3


def test_a_client_that_is_closed_ends_connections_that_are_still_being_read():
    kept, unread = Kept(), []

    async def work(client: httpx.AsyncClient, port: int) -> None:
        for _ in range(3):
            asked = client.build_request("GET", f"http://127.0.0.1:{port}/")
            unread.append(await client.send(asked, stream=True))

    with_server(kept, work)
    assert kept.asked == [1, 2, 3]
    assert kept.ended == 3


def test_a_try_that_is_given_up_ends_its_connection():
    kept = Kept()

    async def silent(reader, writer):
        kept.opened += 1
        await reader.read()
        kept.ended += 1
        writer.close()

    kept.talk = silent

    async def work(client: httpx.AsyncClient, port: int) -> None:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await client.get(f"http://127.0.0.1:{port}/")
        await asyncio.sleep(0.02)
        assert (kept.opened, kept.ended) == (3, 3)

    with_server(kept, work)


def test_idle_connections_are_few_and_the_one_unused_for_longest_goes_first():
    kept = Kept()

    async def work(client: httpx.AsyncClient, port: int) -> None:
        for last in (1, 2, 1, 3):
            await client.get(f"http://127.0.0.{last}:{port}/")
        await asyncio.sleep(0.01)
        assert (kept.opened, kept.ended) == (3, 1)
        for last in (1, 3, 2):
            await client.get(f"http://127.0.0.{last}:{port}/")

    with_server(kept, work, concurrency=2)
    # 127.0.0.2 was asked before 127.0.0.1's second time: its connection went.
    assert kept.asked == [1, 2, 1, 3, 1, 3, 4]


def test_a_host_whose_connections_are_all_in_use_has_none_to_give_up():
    kept = Kept()

    async def work(client: httpx.AsyncClient, port: int) -> None:
        await client.get(f"http://127.0.0.1:{port}/")
        async with client.stream("GET", f"http://127.0.0.1:{port}/") as response:
            for last in (2, 3, 2, 3):
                await client.get(f"http://127.0.0.{last}:{port}/")
            await response.aread()
        await client.get(f"http://127.0.0.1:{port}/")

    with_server(kept, work, concurrency=1)
    assert kept.asked == [1, 1, 2, 3, 4, 5, 1]
