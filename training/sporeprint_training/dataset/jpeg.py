"""Keeping a JPEG's picture and nothing else: where it was taken stays with the photographer."""

from __future__ import annotations

import io

from PIL import Image

_SOI, _EOI, _SOS, _COM, _APP0, _APP14, _APP15 = 0xD8, 0xD9, 0xDA, 0xFE, 0xE0, 0xEE, 0xEF
_ORIENTATION = 0x0112


def is_plain_jpeg(data: bytes, max_side: int) -> bool:
    """Whether the stored form of this photo can be its own bytes: RGB, upright, at most `max_side` pixels a side."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "MPO")) as image:
            return (
                image.mode == "RGB" and max(image.size) <= max_side and image.getexif().get(_ORIENTATION, 1) in (0, 1)
            )
    except Exception:  # whatever is wrong with the header or the EXIF block, the decoded picture is stored instead
        return False


def strip_metadata(data: bytes) -> bytes:
    """Remove EXIF, GPS, XMP, colour profiles, comments and everything after the picture, without decoding.

    Kept are the JFIF header, Adobe's APP14 (it says how the colours are stored) and all picture data, so the pixels
    decode to the same values. Source: ITU-T T.81, annex B.

    Raises:
        ValueError: the bytes do not follow the segment structure.
    """
    if data[:2] != bytes((0xFF, _SOI)):
        raise ValueError("no start of image")
    kept = [data[:2]]
    position = 2
    while True:
        marker, start = _marker(data, position)
        if marker == _EOI:
            kept.append(bytes((0xFF, _EOI)))
            return b"".join(kept)
        end = start + int.from_bytes(data[start : start + 2], "big")
        if end > len(data) or end < start + 2:
            raise ValueError("a segment ends outside the file")
        if marker == _SOS:
            end = _scan_end(data, end)
        if _is_picture(marker, data[start + 2 : start + 7]):
            kept.append(bytes((0xFF, marker)) + data[start:end])
        position = end


def _marker(data: bytes, position: int) -> tuple[int, int]:
    if data[position : position + 1] != b"\xff":
        raise ValueError("no marker where a segment must start")
    while data[position : position + 1] == b"\xff":  # fill bytes
        position += 1
    if position >= len(data):
        raise ValueError("the file ends before the end of image")
    return data[position], position + 1


def _scan_end(data: bytes, position: int) -> int:
    # Inside entropy-coded data 0xFF is followed by 0x00 or by a restart marker; anything else ends the scan.
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            raise ValueError("the file ends inside a scan")
        following = data[position + 1]
        if following == 0x00 or 0xD0 <= following <= 0xD7:
            position += 2
        else:
            return position


def _is_picture(marker: int, identifier: bytes) -> bool:
    if marker == _APP0:
        return identifier == b"JFIF\0"
    if marker == _APP14:
        return identifier == b"Adobe"
    return not (_APP0 < marker <= _APP15 or marker == _COM)
