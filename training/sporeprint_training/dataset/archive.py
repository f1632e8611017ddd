"""Reading a stranger's zip: judged before anything is read, and never unpacked to disk."""

from __future__ import annotations

import zipfile
import zlib
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, cast

from sporeprint_training.errors import BadInput
from sporeprint_training.images import UnreadableImage

MAX_TOTAL_BYTES = 20_000_000_000
MAX_RATIO = 200
_SMALL = 1 << 20
"""Bytes below which a ratio cannot hurt: an empty table shrinks to nothing, and that is no attack."""
_ENCRYPTED = 0x1


def member_names(path: Path, max_bytes: int = MAX_TOTAL_BYTES) -> list[str]:
    """Names of the files in a zip.

    Args:
        path: of the zip.
        max_bytes: that it may unpack to.

    Raises:
        BadInput: the file is no zip, is damaged, or has members outside itself, encrypted or suspiciously large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, EOFError, ValueError, OSError, RuntimeError):  # the last: a format newer than zipfile
        raise _not_a_zip(path) from None
    _refuse_outside(path, [member.filename for member in members])
    _refuse_bomb(path, members, max_bytes)
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise BadInput("A zip is not encrypted", received=str(path), next_step="Unpack it and name the folder instead")
    return [member.filename for member in members]


def read_member(path: Path, name: str, limit: int) -> bytes:
    """The bytes of one member, checked against its CRC.

    Raises:
        UnreadableImage: with reason `too_large` or `truncated`.
    """
    archive = _open(path, path.stat().st_mtime_ns)
    try:
        if archive.getinfo(name).file_size > limit:
            raise UnreadableImage("too_large")
        return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, RuntimeError):
        raise UnreadableImage("truncated") from None


def open_member(path: Path, name: str) -> BinaryIO:
    """One member as a stream, which checks its CRC at the end.

    Raises:
        Anything that `zipfile` and `zlib` do, here and while it is read: the zip was sound when it was listed.
    """
    return cast(BinaryIO, _open(path, path.stat().st_mtime_ns).open(name))


def read_text(path: Path, name: str, limit: int) -> bytes | None:
    """The bytes of a side file in the zip, or None when there is none.

    Raises:
        BadInput: the member is damaged or larger than `limit` bytes.
    """
    if name not in _open(path, path.stat().st_mtime_ns).namelist():
        return None
    try:
        return read_member(path, name, limit)
    except UnreadableImage as error:
        raise BadInput(
            "Every member of a zip can be read", received=f"{path}: {name}: {error.reason}", next_step="Pack it again"
        ) from None


@lru_cache(maxsize=4)
def _open(path: Path, changed_ns: int) -> zipfile.ZipFile:
    # One per process and version of the file: reading the directory of a zip with 100,000 members takes seconds.
    return zipfile.ZipFile(path)


def is_zip_like(path: Path) -> bool:
    """Whether a file is meant as a zip, sound or not."""
    with path.open("rb") as stream:
        return path.suffix.lower() == ".zip" or stream.read(2) == b"PK"


def _not_a_zip(path: Path) -> BadInput:
    if is_zip_like(path):
        return BadInput(
            "A zip is complete and sound",
            received=f"{path}, which is truncated or damaged",
            next_step="Download or pack it again",
        )
    return BadInput(
        "A source is a folder, or a zip of one",
        received=f"{path}, which is neither",
        next_step="Unpack it and name the folder",
    )


def _refuse_outside(path: Path, names: list[str]) -> None:
    for name in names:
        posix, windows = PurePosixPath(name), PureWindowsPath(name)
        if posix.is_absolute() or windows.drive or windows.root or ".." in (*posix.parts, *windows.parts):
            raise BadInput(
                "Every member of a zip lies inside it",
                received=f"{path} with the member {name[:200]!r}",
                next_step="Do not use this file; it was made to write elsewhere",
            )


def _refuse_bomb(path: Path, members: list[zipfile.ZipInfo], max_bytes: int) -> None:
    total = sum(member.file_size for member in members)
    # Overlapping members share their compressed bytes, so the whole is judged by the file's real length.
    parts = [(member.file_size, member.compress_size) for member in members] + [(total, path.stat().st_size)]
    if total > max_bytes or any(size > _SMALL and size > MAX_RATIO * max(1, packed) for size, packed in parts):
        raise BadInput(
            f"A zip unpacks to at most {max_bytes // 10**9} GB and {MAX_RATIO} times its size",
            received=f"{path}, which unpacks to {total:,} bytes",
            next_step="Nothing was unpacked; photos and tables do not compress like this",
        )
