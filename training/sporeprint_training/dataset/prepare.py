"""From one file to one stored photo: decoded fully, upright, RGB, without metadata. Runs in worker processes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.dataset.flags import flags_of
from sporeprint_training.dataset.jpeg import is_plain_jpeg, strip_metadata
from sporeprint_training.dataset.similar import perceptual_hash
from sporeprint_training.dataset.sources import PhotoFile
from sporeprint_training.images import UnreadableImage, decode_upright

MIN_SIDE = 32
"""Pixels; smaller pictures are icons and tracking pixels."""
_QUALITY = 92


@dataclass(frozen=True)
class Prepared:
    """A photo that lies in the staging folder, or the reason why there is none."""

    reason: str = ""
    """Empty for an accepted photo."""
    sha256: str = ""
    """Of the stored file."""
    pixels_sha256: str = ""
    """Of the decoded source picture: the same for any lossless copy of it."""
    hash: int | None = None
    """See `perceptual_hash`."""
    width: int = 0
    height: int = 0
    bytes: int = 0
    flags: str = ""
    """See `flags.flags_of`."""


def prepare_batch(photos: Sequence[tuple[int, PhotoFile]], staging: Path, max_side: int) -> list[Prepared]:
    """Prepare numbered photos; the stored form of photo `n` is written to `staging/n.jpg`."""
    return [_prepare(photo, staging / f"{number}.jpg", max_side) for number, photo in photos]


def _prepare(photo: PhotoFile, target: Path, max_side: int) -> Prepared:
    if photo.species is None:
        return Prepared("bad_name")
    try:
        data = photo.read()
        image = decode_upright(data)
    except UnreadableImage as error:
        return Prepared(error.reason)
    if min(image.size) < MIN_SIDE:
        return Prepared("too_small")
    stored, size = stored_form(data, image, max_side)
    target.write_bytes(stored)
    return Prepared(
        sha256=sha256_bytes(stored),
        pixels_sha256=_pixels_sha256(image),
        hash=perceptual_hash(image),
        width=size[0],
        height=size[1],
        bytes=len(stored),
        flags=" ".join(flags_of(image)),
    )


def stored_form(data: bytes, image: Image.Image, max_side: int) -> tuple[bytes, tuple[int, int]]:
    """The JPEG that is kept of a photo, without metadata, and its width and height.

    A JPEG that is upright and small enough keeps its own picture data; everything else is encoded anew.

    Args:
        data: the file's bytes.
        image: the same, as `decode_upright` gives it.
        max_side: longer side of the kept picture at most, pixels.
    """
    if is_plain_jpeg(data, max_side):
        try:
            return strip_metadata(data), image.size
        except ValueError:
            pass  # Pillow forgives more than the segment structure allows; its picture is stored below
    picture = image.copy()
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY, subsampling="4:4:4", optimize=True)
    return stream.getvalue(), picture.size


def _pixels_sha256(image: Image.Image) -> str:
    digest = hashlib.sha256(f"{image.width}x{image.height}:".encode())
    digest.update(image.tobytes())
    return digest.hexdigest()
