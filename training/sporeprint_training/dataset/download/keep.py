"""From the bytes that came to the file that is kept: decoded, resized, hashed, written. Runs in worker processes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.dataset.download.kinds import photo_suffix
from sporeprint_training.dataset.prepare import MIN_SIDE, stored_form
from sporeprint_training.images import UnreadableImage, decode_upright

ARRIVING = "arriving"
"""Folder in the store for files that are being written; whatever is left there belongs to nobody."""
PHOTOS = "photos"
"""Folder in the store for complete files."""


@dataclass(frozen=True)
class Kept:
    """A file of the store, or the reason why there is none."""

    received_sha256: str
    reason: str = ""
    """Empty for a kept photo; otherwise as an ingest names it."""
    file: str = ""
    """Path inside the store, `/`-separated."""
    bytes: int = 0
    sha256: str = ""
    """Of the file."""
    width: int = 0
    height: int = 0
    """Upright pixels of the file."""


def keep_batch(arrived: Sequence[tuple[str, bytes]], store: Path, max_side: int | None) -> list[Kept]:
    """Check and keep photos.

    Args:
        arrived: name in the store, without an ending, and bytes as they came.
        store: its folder.
        max_side: see `DownloadOptions.max_side`; None keeps the originals.

    Raises:
        OSError: a file cannot be written.
    """
    return [_keep(name, data, store, max_side) for name, data in arrived]


def _keep(name: str, data: bytes, store: Path, max_side: int | None) -> Kept:
    digest = sha256_bytes(data)
    try:
        image = decode_upright(data)
    except UnreadableImage as error:
        return Kept(digest, error.reason)
    if min(image.size) < MIN_SIDE:
        return Kept(digest, "too_small")
    if max_side is None:
        stored, (width, height), suffix = data, image.size, photo_suffix(data)
    else:
        stored, (width, height) = stored_form(data, image, max_side)
        suffix = ".jpg"
    file = f"{PHOTOS}/{name}{suffix}"
    _write(store, file, stored)
    return Kept(digest, "", file, len(stored), digest if stored is data else sha256_bytes(stored), width, height)


def _write(store: Path, file: str, data: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=store / ARRIVING)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        Path(temporary).chmod(0o644)
        (store / file).parent.mkdir(parents=True, exist_ok=True)
        Path(temporary).replace(store / file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
