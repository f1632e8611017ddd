"""Writing an artefact so that a reader sees the old one or the new one, never half of either."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from sporeprint_training.errors import BadInput

STALE_SECONDS = 24 * 3600
"""A half-written folder older than this belongs to nobody any more."""


def canonical_json(value: Any) -> bytes:
    """Encode `value` so that equal values give equal bytes: sorted keys, UTF-8, no NaN.

    Raises:
        ValueError: a float is NaN or infinite, which JSON cannot say.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
    return text.encode() + b"\n"


def sha256_bytes(data: bytes) -> str:
    """SHA-256 of `data` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 lower-case hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_bytes(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Replace `path` by `data` in one step; a crash leaves the old file.

    Args:
        path: of the file; its folder is made where it does not exist.
        data: its new content.
        lasting: wait until the disk has it. On a busy disk that takes seconds, too long for what is written every
            second and of no use after a power cut.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            if lasting:
                os.fsync(stream.fileno())
        # mkstemp makes files private to their owner; artefacts are ordinary files.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def replacing_text(path: Path) -> Iterator[TextIO]:
    """Yield a UTF-8 stream that takes the place of `path` when the block ends without an error.

    Line ends are written as they are given.

    Raises:
        BadInput: the file cannot be made there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(None, "Is a directory")
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise BadInput(
            "An output file can be made and written",
            received=f"{path}: {error.strerror}",
            next_step="Name another file",
        ) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            yield stream
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path, *, marker: str) -> Iterator[Path]:
    """Yield an empty folder beside `path` that takes its place when the block ends without an error.

    The old folder stays readable until the new one is complete. After an error the new one is removed
    and the old one is as it was.

    Args:
        path: the artefact's folder.
        marker: a file that every artefact of this kind holds. A folder without it is somebody's own.

    Raises:
        BadInput: `path` is a file, or a folder with files in it but without the marker.
    """
    path = path.absolute()
    _tidy(path)
    check_replaceable(path, marker=marker)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.new."))
    except OSError as error:
        raise BadInput(
            "An output's folder can be made and written",
            received=f"{path.parent}: {error.strerror}",
            next_step="Choose another folder, or make this one writable",
        ) from None
    new.chmod(0o755)
    try:
        yield new
        _swap(new, path)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check_replaceable(path: Path, *, marker: str) -> None:
    """Refuse what `replacing_folder` would refuse, before the work of filling it is begun.

    Raises:
        BadInput: `path` is a file, or a folder with files in it but without the marker.
    """
    if path.is_file() or (path.is_dir() and any(path.iterdir()) and not (path / marker).is_file()):
        raise BadInput(
            f"An output folder is new, empty, or an earlier output (it then holds {marker})",
            received=str(path),
            next_step="Name another folder; this one is left as it is",
        )


def _tidy(path: Path) -> None:
    # What an earlier writer that was killed left behind. A young folder may belong to one that is still at work.
    for aside in sorted(path.parent.glob(f".{path.name}.old.*")):
        if not path.exists():
            aside.rename(path)
        else:
            shutil.rmtree(aside, ignore_errors=True)
    for left in path.parent.glob(f".{path.name}.new.*"):
        if time.time() - left.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _swap(new: Path, path: Path) -> None:
    # A folder cannot be replaced in one system call, so the old one steps aside first and steps back on failure.
    old = new.with_name(new.name.replace(".new.", ".old."))
    if path.exists():
        path.rename(old)
    try:
        new.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)
