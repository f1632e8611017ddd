"""Which file begins like a photo: told by its bytes, never by what a server calls it."""

from __future__ import annotations

_SUFFIXES = (
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"GIF87a", ".gif"),
    (b"GIF89a", ".gif"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"BM", ".bmp"),
)
"""First bytes of the formats that `images.FORMATS` names, but for WebP."""


def photo_suffix(data: bytes | bytearray) -> str:
    """The file name's ending that these bytes deserve; "" when they begin no photo."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    return next((suffix for start, suffix in _SUFFIXES if data.startswith(start)), "")


def looks_like_photo(data: bytes | bytearray) -> bool:
    """Whether the first bytes are those of a format that is read; the decoder has the last word."""
    return photo_suffix(data) != ""
