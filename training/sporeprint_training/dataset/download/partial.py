"""The part of a photo that arrived before its connection ended, and asking for the rest of it.

Source: RFC 9110, sections 13.1.5 (If-Range), 14 (range requests) and 15.5.17 (416).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import httpx

_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(?:\d{1,18}|\*)", re.ASCII)
_LONGEST = 200
"""Characters of an ETag that are kept."""


@dataclass
class Partial:
    """What has come of one photo so far."""

    url: str = ""
    """Where it came from, redirects followed."""
    validator: str = ""
    """A strong ETag or a Last-Modified date that says whether the file is still the same; "" when none was sent."""
    etag: str = ""
    """The ETag as sent."""
    body: bytearray = field(default_factory=bytearray)

    def headers(self, url: str) -> dict[str, str]:
        """What asks for the rest; empty when only the whole can be asked for."""
        if not self.body or not self.validator or url != self.url:
            return {}
        return {"Range": f"bytes={len(self.body)}-", "If-Range": self.validator}

    def begin(self, url: str, response: httpx.Response) -> None:
        """An answer with the whole photo has begun; what came before is dropped."""
        self.url, self.body = url, bytearray()
        self.etag = response.headers.get("ETag", "")[:_LONGEST]
        self.validator = _validator(response)

    def goes_on(self, response: httpx.Response) -> bool:
        """Whether a 206 begins exactly where the part ends and is of the same file."""
        stated = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        return (
            stated is not None
            and int(stated[1]) == len(self.body)
            and response.headers.get("ETag", self.etag)[:_LONGEST] == self.etag
        )

    def drop(self) -> None:
        """Forget the part: the next try asks for the whole."""
        self.url, self.validator, self.body = "", "", bytearray()


def _validator(response: httpx.Response) -> str:
    if response.headers.get("Accept-Ranges", "").strip().lower() == "none":
        return ""
    etag: str = response.headers.get("ETag", "")
    # A weak ETag promises the same meaning, not the same bytes.
    validator = etag if etag.startswith('"') else str(response.headers.get("Last-Modified", ""))
    # It is sent back as it came, or not at all.
    return validator if validator.isascii() and validator.isprintable() and len(validator) <= _LONGEST else ""
