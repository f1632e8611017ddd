"""The files of an archive, packed or not, by the names that `meta.xml` calls them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from sporeprint_training.dataset import archive
from sporeprint_training.dataset.darwin_core import meta
from sporeprint_training.dataset.sources import files_in
from sporeprint_training.errors import BadInput

MAX_BYTES = 500_000_000_000
"""Of a whole archive: all occurrences of GBIF's fungi take 100 GB, and nothing is unpacked to disk."""
# zipfile raises a RuntimeError, or one of its kinds, for members that are encrypted or packed in a way that it does not
# know, and a ValueError for nonsense.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


class ArchiveFiles:
    """A zip or a folder.

    Args:
        path: of either.

    Raises:
        BadInput: there is nothing, it is neither, or the zip is unsound: see `archive.member_names`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise BadInput("A source exists", received=str(path), next_step="Check the path")
        self._zipped = not path.is_dir()
        names = archive.member_names(path, MAX_BYTES) if self._zipped else files_in(path)
        self._all = sorted(name for name in names if not _hidden(name))
        self.prefix = _root(self._all, path)

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of all visible files, relative to where `meta.xml` lies."""
        return frozenset(name.removeprefix(self.prefix) for name in self._all if name.startswith(self.prefix))

    def in_source(self, addresses: Sequence[str]) -> Sequence[str]:
        """Paths of the archive as they are called in the zip or folder; other addresses stay what they are."""
        if not self.prefix:
            return addresses
        return [self.prefix + address if address in self.names else address for address in addresses]

    def label(self, name: str) -> str:
        """What messages call a file."""
        return f"{self.path / self.prefix / name}"

    def blocks(self, name: str, size: int) -> Iterator[bytes]:
        """A file's bytes from its beginning, `size` at a time.

        Raises:
            BadInput: there is no such file, or it turns out to be damaged while it is being read.
        """
        if name not in self.names:
            raise BadInput(
                "Every table that meta.xml describes is in the archive",
                received=f"{self.label(name)}, which is missing",
                next_step="Download or pack the archive again",
            )
        try:
            stream = self._opened(name)
        except _DAMAGED as error:
            raise self._damaged(name, error) from None
        with stream:
            while True:
                try:
                    data = stream.read(size)
                except _DAMAGED as error:
                    raise self._damaged(name, error) from None
                if not data:
                    return
                yield data

    def read(self, name: str, limit: int) -> bytes:
        """All bytes of a small file.

        Raises:
            BadInput: there is none, it is damaged, or longer than `limit` bytes.
        """
        data = b""
        for block in self.blocks(name, limit + 1):
            data += block
            if len(data) > limit:
                raise BadInput(
                    f"{PurePosixPath(name).name} has at most {limit:,} bytes",
                    received=self.label(name),
                    next_step="Download or pack the archive again",
                )
        return data

    def _damaged(self, name: str, error: Exception) -> BadInput:
        return BadInput(
            "Every file of an archive can be read to its end",
            received=f"{self.label(name)}: {str(error)[:200] or type(error).__name__}",
            next_step="Download or pack the archive again",
        )

    def _opened(self, name: str) -> BinaryIO:
        if self._zipped:
            return archive.open_member(self.path, self.prefix + name)
        path = self.path / self.prefix / name
        # A link must not lead out of a stranger's folder, and reading a pipe would wait for ever.
        if not path.resolve().is_relative_to(self.path.resolve()) or not path.is_file():
            raise OSError("it leads out of the archive")
        return path.open("rb")


def _root(names: list[str], path: Path) -> str:
    """Where `meta.xml` lies, or the one folder that everything is wrapped in: "" or a folder with a slash."""
    parents = sorted((len(file.parts), f"{file.parent.as_posix()}/") for file in map(PurePosixPath, names)
                     if file.name == meta.FILE)  # fmt: skip
    if len(parents) > 1 and parents[0][0] == parents[1][0]:
        raise BadInput(
            "A source is one archive",
            received=f"{path} with several: {parents[0][1]}, {parents[1][1]}",
            next_step="Name each of them by itself",
        )
    if parents:
        return parents[0][1].removeprefix("./")
    tops = {name.partition("/")[0] for name in names}
    wrapped = len(tops) == 1 and all("/" in name for name in names)
    return f"{tops.pop()}/" if wrapped else ""


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)
