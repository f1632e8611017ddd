"""A client that connects to nothing but the very address that was checked, and sends nothing of the user."""

from __future__ import annotations

import asyncio
import http.cookiejar
import socket
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpcore
import httpx

from sporeprint_training.dataset.download.options import DownloadOptions
from sporeprint_training.dataset.download.reasons import Failure
from sporeprint_training.dataset.info import installed_version
from sporeprint_training.web_addresses import check_places


def checked_client(options: DownloadOptions) -> httpx.AsyncClient:
    """A client without proxies, credentials, cookies and redirects of its own.

    A connection raises `BadAddress` (`private_address`) or `Failure` (`unknown_host`); all else of httpcore's and
    httpx's own errors.
    """
    pool = httpcore.AsyncConnectionPool(
        ssl_context=httpx.create_ssl_context(trust_env=False),
        max_connections=options.concurrency,
        max_keepalive_connections=options.concurrency,
        keepalive_expiry=30,
        network_backend=CheckedBackend(private_hosts=options.private_hosts),
    )
    agent = f"sporeprint/{installed_version()}" + (f" (+{options.contact})" if options.contact else "")
    return httpx.AsyncClient(
        transport=CheckedTransport(pool),
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
    """httpx over a pool of httpcore's; httpx's own transport takes no network backend."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()
