"""One try of one address: redirects, status, length, time and first bytes are judged as they come."""

from __future__ import annotations

import asyncio
import weakref
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpcore
import httpx

from sporeprint_training.dataset.download.kinds import looks_like_photo
from sporeprint_training.dataset.download.options import DownloadOptions
from sporeprint_training.dataset.download.partial import Partial
from sporeprint_training.dataset.download.reasons import Failure, status_reason
from sporeprint_training.dataset.download.waiting import Clock, retry_after
from sporeprint_training.web_addresses import REDIRECTS, BadAddress, check_address, redirected

_JUDGED = 16
"""Bytes after which it is seen whether they begin a photo."""
_DISCARDED = 65_536
"""Bytes of an answer without a photo that are read to keep its connection; a longer one is hung up on."""
_DISCARD_SECONDS = 2.0
_BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, OSError)


@dataclass(frozen=True)
class Received:
    """A complete answer that begins like a photo."""

    data: bytes
    etag: str
    status: int


class Asker:
    """Asks for photos; `received_bytes` counts what came in all.

    Args:
        client: see `checked_client`.
        options: of the download.
        clock: for dates in Retry-After.
    """

    def __init__(self, client: httpx.AsyncClient, options: DownloadOptions, clock: Clock) -> None:
        self._client = client
        self._options = options
        self._clock = clock
        self.received_bytes = 0
        # Redirects lead many addresses to one host, which is to be spared as well.
        self._hosts: weakref.WeakValueDictionary[str, asyncio.Semaphore] = weakref.WeakValueDictionary()

    async def ask(self, address: str, partial: Partial) -> Received:
        """Fetch one photo, or the rest of it.

        Args:
            address: where it is.
            partial: what came in earlier tries; kept up to date for the next one.

        Raises:
            Failure: with the reason.
        """
        try:
            return await self._follow(address, partial)
        except TimeoutError:
            raise Failure("too_slow") from None
        except BadAddress as error:
            raise Failure(error.reason) from None
        except httpx.RemoteProtocolError:
            # The connection's own errors are httpcore's. This one is about a Location that is no address.
            raise Failure("bad_address") from None
        except httpcore.ConnectTimeout:
            raise Failure("no_connection") from None
        except httpcore.TimeoutException:
            raise Failure("too_slow") from None
        except _BROKEN:
            raise Failure("no_connection") from None

    async def _follow(self, address: str, partial: Partial) -> Received:
        url, left, time = address, self._options.total_seconds, asyncio.get_running_loop().time
        for _ in range(self._options.redirects + 1):
            target = _target(url)
            host = target.netloc.decode("ascii")
            # Waiting for others to be done with the host is not the server's time.
            async with self._hosts.setdefault(host, asyncio.Semaphore(self._options.per_host)):
                started = time()
                async with asyncio.timeout(left), self._asked(target, partial.headers(url)) as response:
                    if response.status_code not in REDIRECTS:
                        return await self._photo(url, response, partial)
                    await self._discard(response)
                left -= time() - started
            url = redirected(url, response.headers.get("Location", ""))
        raise Failure("redirects")

    @asynccontextmanager
    async def _asked(self, target: httpx.URL, headers: dict[str, str]) -> AsyncIterator[httpx.Response]:
        async with self._client.stream("GET", target, headers=headers) as response:
            # Whatever it is, it can be read so, and sent back as it came.
            response.headers.encoding = "iso-8859-1"
            yield response

    async def _photo(self, url: str, response: httpx.Response, partial: Partial) -> Received:
        status, resuming = response.status_code, bool(partial.headers(url))
        if status == 200:
            partial.begin(url, response)
        elif not (status == 206 and resuming and partial.goes_on(response)):
            await self._discard(response)
            if resuming and status in (206, 416):  # another part than was asked for, or none: the whole is next
                partial.drop()
                raise Failure("incomplete", status)
            pause = retry_after(response.headers.get("Retry-After"), self._clock.wall())
            raise Failure(status_reason(status), status, pause)
        await self._read(response, partial)
        data = bytes(partial.body)
        partial.drop()
        return Received(self._unpacked(data, response), partial.etag, status)

    async def _read(self, response: httpx.Response, partial: Partial) -> None:
        body, longest = partial.body, self._options.max_bytes
        if len(body) + _length(response) > longest:
            raise Failure("too_many_bytes", response.status_code)
        packed = "Content-Encoding" in response.headers
        judged = packed or len(body) >= _JUDGED
        try:
            async for part in response.aiter_raw():
                self.received_bytes += len(part)
                body += part
                if len(body) > longest:
                    raise Failure("too_many_bytes", response.status_code)
                if not judged and len(body) >= _JUDGED:
                    judged = _judge(body, response)
        except httpcore.ProtocolError:
            raise Failure("incomplete", response.status_code) from None
        except httpcore.NetworkError:
            raise Failure("incomplete" if body else "no_connection", response.status_code) from None
        if not judged:
            _judge(body, response)

    def _unpacked(self, data: bytes, response: httpx.Response) -> bytes:
        # Nobody asked for it; some stores keep files packed and send them so. Others only say so.
        if looks_like_photo(data) or response.headers.get("Content-Encoding", "").lower() not in ("gzip", "x-gzip"):
            _judge(data, response)
            return data
        unpacker = zlib.decompressobj(wbits=31)
        try:
            unpacked = unpacker.decompress(data, self._options.max_bytes + 1)
        except zlib.error:
            raise Failure("not_an_image", response.status_code) from None
        if len(unpacked) > self._options.max_bytes:
            raise Failure("too_many_bytes", response.status_code)
        _judge(unpacked, response)
        return unpacked

    async def _discard(self, response: httpx.Response) -> None:
        if _length(response) > _DISCARDED:
            return
        read = 0
        # However the rest of such an answer goes, the status has said everything.
        with suppress(TimeoutError, httpcore.TimeoutException, *_BROKEN):
            async with asyncio.timeout(_DISCARD_SECONDS):
                async for part in response.aiter_raw():
                    self.received_bytes += len(part)
                    read += len(part)
                    if read > _DISCARDED:
                        break


def _target(url: str) -> httpx.URL:
    check_address(url)
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        raise Failure("bad_address") from None
    # Two parsers may read one text differently; what is sent is what this one read.
    if target.scheme not in ("http", "https") or target.userinfo or not target.raw_host:
        raise Failure("bad_address")
    return target


def _length(response: httpx.Response) -> int:
    stated = response.headers.get("Content-Length", "")
    return int(stated[:18]) if stated.isascii() and stated.isdigit() else 0


def _judge(body: bytes | bytearray, response: httpx.Response) -> bool:
    if not body:
        raise Failure("empty", response.status_code)
    if not looks_like_photo(body):
        raise Failure("not_an_image", response.status_code)
    return True
