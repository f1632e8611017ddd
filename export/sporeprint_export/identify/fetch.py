"""Fetching one photo from an address that somebody typed, or that a page led to: nothing about it is trusted.

Every step of the way is checked anew: the scheme, the addresses that the name stands for (the very one that was
checked is connected to, so that no second answer of the name server counts), the status, the length and the time.
Nothing of the user is sent: no cookies, no credentials, no proxy's either.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import SplitResult

from sporeprint_export.identify.failures import Unusable
from sporeprint_training.web_addresses import (
    PORTS,
    REDIRECTS,
    BadAddress,
    check_address,
    check_places,
    redirected,
    request_target,
)

_CHUNK = 1 << 16


@dataclass(frozen=True)
class Limits:
    """What one photo may cost."""

    max_bytes: int = 50_000_000
    seconds: float = 30.0
    """From the first connection to the last byte, redirects included; the name server's own time is not counted."""
    redirects: int = 5
    private_hosts: bool = False
    """Also fetch from this machine and its own network."""


def fetch(url: str, limits: Limits) -> bytes:
    """The bytes at an address, whatever they are.

    Raises:
        Unusable: the address, the server or its answer breaks a rule.
    """
    deadline = time.monotonic() + limits.seconds
    try:
        for _ in range(limits.redirects + 1):
            answer = _get(check_address(url), limits, deadline)
            if isinstance(answer, bytes):
                return answer
            url = redirected(url, answer)
    except BadAddress as error:
        raise Unusable(error.reason, **error.values) from None
    raise Unusable("redirects", redirects=limits.redirects)


def _get(address: SplitResult, limits: Limits, deadline: float) -> bytes | str:
    """The body, or where the server leads on to."""
    host = address.hostname or ""
    try:
        connected = _connect(host, address.port or PORTS[address.scheme], limits, deadline)
        connection, connected = _connection(address, host, connected)
        # A timeout counts each byte anew, and a server that sends one in a while would never end.
        watchdog = threading.Timer(max(0.0, deadline - time.monotonic()), _hang_up, [connected])
        watchdog.daemon = True
        watchdog.start()
        try:
            return _ask(connection, connected, address, limits, deadline)
        finally:
            watchdog.cancel()
            connection.close()
            connected.close()
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= deadline:
            raise _too_slow(limits) from None
        raise Unusable("no_connection", host=host, problem=_problem(error)) from None


def _ask(
    connection: http.client.HTTPConnection,
    connected: socket.socket,
    address: SplitResult,
    limits: Limits,
    deadline: float,
) -> bytes | str:
    if isinstance(connected, ssl.SSLSocket):
        connected.do_handshake()
    headers = {"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "sporeprint", "Connection": "close"}
    connection.request("GET", request_target(address), headers=headers)
    with connection.getresponse() as response:
        if response.status in REDIRECTS:
            return response.headers.get("Location", "")
        if response.status != 200:
            raise _refused(response.status)
        stated = response.length
        body = _body(response, stated, limits)
    # Whoever is hung up on has sent less than was stated, too.
    if time.monotonic() >= deadline:
        raise _too_slow(limits)
    if stated is not None and len(body) != stated:
        raise Unusable("incomplete", received=len(body), stated=stated)
    return body


def _body(response: http.client.HTTPResponse, stated: int | None, limits: Limits) -> bytes:
    body = bytearray()
    while stated is None or stated <= limits.max_bytes:
        chunk = response.read(_CHUNK)
        body += chunk
        if len(body) > limits.max_bytes:
            break
        if not chunk:
            return bytes(body)
    raise Unusable("too_many_bytes", megabytes=limits.max_bytes / 1e6)


def _connection(
    address: SplitResult, host: str, connected: socket.socket
) -> tuple[http.client.HTTPConnection, socket.socket]:
    connection: http.client.HTTPConnection
    if address.scheme == "https":
        context = ssl.create_default_context()
        connected = context.wrap_socket(connected, server_hostname=host, do_handshake_on_connect=False)
        connection = http.client.HTTPSConnection(host, address.port, context=context)
    else:
        connection = http.client.HTTPConnection(host, address.port)
    connection.sock = connected
    return connection, connected


def _connect(host: str, port: int, limits: Limits, deadline: float) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unusable("unknown_host", host=host) from None
    if not limits.private_hosts:
        check_places(host, [str(place[0]) for *_, place in found])
    problem: OSError = OSError("no address")
    for family, kind, protocol, _, place in found:
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(max(0.01, deadline - time.monotonic()))
            connected.connect(place)
        except OSError as error:
            connected.close()
            problem = error
        else:
            return connected
    raise problem


def _hang_up(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be over already
        # Not the TLS socket's own method, which would change what the reading thread is using.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _too_slow(limits: Limits) -> Unusable:
    return Unusable("too_slow", seconds=limits.seconds)


def _refused(status: int) -> Unusable:
    if status in (401, 403):
        advice = "It does not give this file to everybody: download it yourself."
    elif status in (404, 410):
        advice = "There is no such file: check the address."
    else:
        advice = "Try again later." if status >= 500 or status == 429 else "Name the photo's own address."
    return Unusable("http_status", status=status, advice=advice)


def _problem(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return " ".join(text.split())[:120]
