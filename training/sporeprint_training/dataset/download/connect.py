"""A client that connects to nothing but the very address that was checked, and sends nothing of the user."""

from __future__ import annotations

import asyncio
import http.cookiejar
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import httpcore
import httpx

from sporeprint_training.dataset.download.options import DownloadOptions
from sporeprint_training.dataset.download.reasons import Failure
from sporeprint_training.dataset.info import installed_version
from sporeprint_training.web_addresses import check_places

_IDLE_SECONDS = 30.0
"""After which a connection that nobody used is not used again."""


def checked_client(options: DownloadOptions) -> httpx.AsyncClient:
    """A client without proxies, credentials, cookies and redirects of its own.

    A connection raises `BadAddress` (`private_address`) or `Failure` (`unknown_host`); all else of httpcore's and
    httpx's own errors.
    """
    agent = f"sporeprint/{installed_version()}" + (f" (+{options.contact})" if options.contact else "")
    return httpx.AsyncClient(
        transport=CheckedTransport(options),
        headers={"User-Agent": agent, "Accept": "image/*", "Accept-Encoding": "identity"},
        cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(options.read_seconds, connect=options.connect_seconds, pool=None),
        trust_env=False,
    )


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once, checks all of the answer, and connects to what was checked."""

    def __init__(self, *, private_hosts: bool) -> None:
        self._private_hosts = private_hosts
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first place of the name that answers.

        Raises:
            BadAddress: one of its places is private.
            Failure: `unknown_host`.
            httpcore.ConnectError: none of them answers.
            httpcore.ConnectTimeout: not within `timeout` seconds each.
        """
        places = await _places(host, port)
        if not self._private_hosts:
            check_places(host, places)
        problem: Exception | None = None
        for place in places:
            try:
                return await self._sockets.connect_tcp(place, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem or Failure("unknown_host")


async def _places(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Failure("unknown_host") from None
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


class CheckedTransport(httpx.AsyncBaseTransport):
    """httpx over httpcore's connections, of which some are kept for the next photo of their host.

    httpx's own transport takes no network backend, and httpcore's pool looks through all of its connections twice for
    every request, which cost more than everything else together at 32 photos at a time.
    """

    def __init__(self, options: DownloadOptions) -> None:
        self._ssl = httpx.create_ssl_context(trust_env=False)
        self._backend = CheckedBackend(private_hosts=options.private_hosts)
        self._most_idle = options.concurrency
        self._idle: dict[str, list[httpcore.AsyncHTTPConnection]] = {}
        """By host, the one that was used last at the end; no host has an empty list."""
        self._idle_count = 0
        self._open: set[httpcore.AsyncHTTPConnection] = set()
        """Idle or in use: a request that is broken off does not always close its own."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        connection = await self._connection(target.origin)
        try:
            answer = await connection.handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=target,
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        except BaseException:
            await self._close(connection)
            raise
        body = _Body(answer, lambda: self._give_back(str(target.origin), connection))
        return httpx.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    async def aclose(self) -> None:
        """Close all connections; nobody may be using one any more."""
        self._idle.clear()
        self._idle_count = 0
        for connection in list(self._open):
            await self._close(connection)

    async def _close(self, connection: httpcore.AsyncHTTPConnection) -> None:
        self._open.discard(connection)
        await connection.aclose()

    async def _connection(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        idle = self._idle.get(str(origin), [])
        while idle:
            connection = idle.pop()
            self._idle_count -= 1
            if not idle:
                del self._idle[str(origin)]
            if not connection.has_expired():
                return connection
            await self._close(connection)
        connection = httpcore.AsyncHTTPConnection(
            origin, ssl_context=self._ssl, keepalive_expiry=_IDLE_SECONDS, network_backend=self._backend
        )
        self._open.add(connection)
        return connection

    async def _give_back(self, origin: str, connection: httpcore.AsyncHTTPConnection) -> None:
        if not connection.is_idle():
            await self._close(connection)
            return
        # Taken out and put in again, so that the host that was used last comes last. It stays the same list: another
        # request may be looking through it.
        idle = self._idle.pop(origin, [])
        idle.append(connection)
        self._idle[origin] = idle
        self._idle_count += 1
        if self._idle_count > self._most_idle:
            first = next(iter(self._idle))
            oldest = self._idle[first].pop(0)
            if not self._idle[first]:
                del self._idle[first]
            self._idle_count -= 1
            await self._close(oldest)


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response, over: Callable[[], Awaitable[None]]) -> None:
        self._answer = answer
        self._over = over

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()
        await self._over()
