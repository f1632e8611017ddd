"""Reference photos in packs: a guide of thousands of species must not cost a phone thousands of requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sporeprint_export.manifest import MAX_SHARD_BYTES
from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.errors import BadInput

_CUT = "00"
"""A pack ends behind a photo whose hash begins so, one in 256: where packs end then depends on the photos beside the
cut alone, and a species more or less changes one pack instead of all behind it."""
_HEADERS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class Place(NamedTuple):
    """Where a photo lies in a bundle."""

    pack: str
    """Path in the bundle."""
    offset: int
    """Bytes."""
    length: int


def pack_thumbnails(photos: Iterable[tuple[str, bytes]]) -> tuple[dict[str, bytes], dict[str, Place]]:
    """Join photos to packs of at most 4 MiB.

    Args:
        photos: names and contents, JPEG or PNG.

    Returns:
        The packs by their paths in the bundle, and each photo's place by its name.

    Raises:
        BadInput: a photo is no JPEG or PNG, or larger than a pack.
    """
    packs: list[bytearray] = []
    places: dict[str, Place] = {}
    full = True
    for name, data in photos:
        if not is_photo(data) or len(data) > MAX_SHARD_BYTES:
            raise BadInput(
                "A reference photo is a JPEG or a PNG of at most 4 MiB",
                received=f"{name} with {len(data)} bytes",
                next_step="Train again",
            )
        if full or len(packs[-1]) + len(data) > MAX_SHARD_BYTES:
            packs.append(bytearray())
        places[name] = Place(_path(len(packs) - 1), len(packs[-1]), len(data))
        packs[-1] += data
        full = sha256_bytes(data).startswith(_CUT)
    return {_path(number): bytes(data) for number, data in enumerate(packs)}, places


def is_photo(data: bytes) -> bool:
    """Whether bytes begin as a JPEG or a PNG does; nothing else is shown, SVG with its scripts least of all."""
    return data.startswith(_HEADERS)


def _path(number: int) -> str:
    return f"thumbnails/{number}.bin"
