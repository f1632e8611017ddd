"""Which web addresses may be fetched: the rules for addresses that come from strangers' tables, pages and redirects.

Every step of the way is checked anew. The scheme and form are judged here from the text; where the name leads to is
judged from what the name server answered, and the caller connects to exactly that, so that no second answer counts
(DNS rebinding).
"""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, quote, urljoin, urlsplit

REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""HTTP statuses that lead on to another address."""
PORTS = {"http": 80, "https": 443}
"""Schemes that are fetched, and their usual ports."""
MAX_LENGTH = 8000
"""Characters of an address at most (RFC 9110 asks of servers and clients to support 8,000)."""
_KEPT = "/%:=&?~#+!$,;'@()*[]-._"
"""Characters of an address that are sent as they are; all others are percent-encoded."""


class BadAddress(Exception):
    """An address that breaks a rule.

    Args:
        reason: `scheme`, `bad_address`, `credentials`, `downgrade` or `private_address`.
        values: what a sentence about it can name.
    """

    def __init__(self, reason: str, **values: object) -> None:
        self.reason = reason
        self.values = values
        super().__init__(reason)


def check_address(url: str) -> SplitResult:
    """The parts of an address that may be fetched as far as its text tells.

    Raises:
        BadAddress: `scheme` other than http and https, `credentials` in it, or no complete address.
    """
    try:
        address = urlsplit(url)
        complete = bool(address.hostname) and address.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        raise BadAddress("bad_address") from None
    if address.scheme not in PORTS:
        raise BadAddress("scheme", scheme=address.scheme or "none")
    if not complete or len(url) > MAX_LENGTH:
        raise BadAddress("bad_address")
    if address.username is not None or address.password is not None:
        raise BadAddress("credentials")
    return address


def request_target(address: SplitResult) -> str:
    """Path and query as a request sends them, percent-encoded."""
    return quote(address.path or "/", _KEPT) + (f"?{quote(address.query, _KEPT)}" if address.query else "")


def redirected(url: str, location: str) -> str:
    """Where a redirect leads to; the result is checked like any other address.

    Args:
        url: the address that was asked.
        location: the answer's Location header, read as Latin-1; "" when there was none.

    Raises:
        BadAddress: `downgrade` from https to http, or no address.
    """
    try:
        # Headers are read as Latin-1, whatever the server wrote.
        target = urljoin(url, location.encode("latin-1", "replace").decode("utf-8", "replace"))
        downgraded = (urlsplit(url).scheme, urlsplit(target).scheme) == ("https", "http")
    except ValueError:
        raise BadAddress("bad_address") from None
    if downgraded:
        raise BadAddress("downgrade")
    return target


def check_places(host: str, places: list[str]) -> None:
    """Refuse a host when any address that its name stands for lies in this machine or its own network.

    Args:
        host: the name, for the message.
        places: IP addresses as the name server answered, with or without a zone.

    Raises:
        BadAddress: `private_address`.
    """
    for place in places:
        if not is_public(place):
            raise BadAddress("private_address", host=host, address=place)


def is_public(text: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        # An IPv4 address in IPv6 clothes leads where the IPv4 address does.
        inner = address.ipv4_mapped or address.sixtofour or _nat64(address)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    inside = address in ipaddress.IPv6Network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if inside else None
