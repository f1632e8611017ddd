"""Fetching one photo from an address that somebody typed, or that a page led to: nothing about it is trusted.

Every step of the way is checked anew: the scheme, the addresses that the name stands for (the very one that was
checked is connected to, so that no second answer of the name server counts), the status, the length and the time.
Nothing of the user is sent: no cookies, no credentials, no proxy's either.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from sporeprint_export.identify.failures import Unusable

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}
_CHUNK = 1 << 16
_KEPT = "/%:=&?~#+!$,;'@()*[]-._"
"""Characters of an address that are sent as they are; all others are percent-encoded."""


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
    for _ in range(limits.redirects + 1):
        address = _checked(url)
        answer = _get(address, limits, deadline)
        if isinstance(answer, bytes):
            return answer
        url = _onward(url, answer)
    raise Unusable("redirects", redirects=limits.redirects)


def _checked(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        complete = bool(address.hostname) and address.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        raise Unusable("bad_address") from None
    if address.scheme not in _PORTS:
        raise Unusable("scheme", scheme=address.scheme or "none")
    if not complete:
        raise Unusable("bad_address")
    if address.username is not None or address.password is not None:
        raise Unusable("credentials")
    return address


def _onward(url: str, location: str) -> str:
    try:
        # Headers are read as Latin-1, whatever the server wrote.
        target = urljoin(url, location.encode("latin-1", "replace").decode("utf-8", "replace"))
    except ValueError:
        raise Unusable("bad_address") from None
    if url.startswith("https:") and target.startswith("http:"):
        raise Unusable("downgrade")
    return target


def _get(address: SplitResult, limits: Limits, deadline: float) -> bytes | str:
    """The body, or where the server leads on to."""
    host = address.hostname or ""
    try:
        connected = _connect(host, address.port or _PORTS[address.scheme], limits, deadline)
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
    target = quote(address.path or "/", _KEPT) + (f"?{quote(address.query, _KEPT)}" if address.query else "")
    headers = {"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "sporeprint", "Connection": "close"}
    connection.request("GET", target, headers=headers)
    with connection.getresponse() as response:
        if response.status in _REDIRECTS:
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
    for *_, place in found:
        if not limits.private_hosts and not _is_public(str(place[0])):
            raise Unusable("private_address", host=host, address=place[0])
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


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        # An IPv4 address in IPv6 clothes leads where the IPv4 address does.
        inner = address.ipv4_mapped or address.sixtofour or _nat64(address)
        if inner is not None:
            return _is_public(str(inner))
    return address.is_global and not address.is_multicast


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    inside = address in ipaddress.IPv6Network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if inside else None


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
