"""Finding the photos in class folders and in zips of class folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sporeprint_training.dataset import archive
from sporeprint_training.dataset.names import scientific_name
from sporeprint_training.errors import BadInput
from sporeprint_training.images import UnreadableImage

_KINDS = ("jpg", "jpeg", "jpe", "jfif", "mpo", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif")
IMAGE_SUFFIXES = frozenset(f".{kind}" for kind in _KINDS)
"""A file with one of these is a photo or is counted as rejected; every other file is somebody's notes."""
MAX_FILE_BYTES = 200_000_000


@dataclass(frozen=True)
class PhotoFile:
    """One file that claims to be a photo."""

    source: Path
    """The class folders' root, a zip, or the folder of downloads."""
    name: str
    """Path inside the source, `/`-separated."""
    species: str | None
    """Scientific name from the class folder; None when the folder's name cannot be one."""
    address: str = ""
    """Where it was downloaded from; "" for a file that was there."""

    @property
    def label(self) -> str:
        """What people know it by."""
        return self.address or self.name

    def read(self) -> bytes:
        """The file's bytes.

        Raises:
            UnreadableImage: with reason `too_large`, `unreadable` or (a damaged zip member) `truncated`.
        """
        if self.source.is_file():
            return archive.read_member(self.source, self.name, MAX_FILE_BYTES)
        path = self.source / self.name
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
                raise UnreadableImage("unreadable")
            if status.st_size > MAX_FILE_BYTES:
                raise UnreadableImage("too_large")
            return path.read_bytes()
        except OSError:
            raise UnreadableImage("unreadable") from None


@dataclass(frozen=True)
class Listing:
    """What a source holds."""

    photos: tuple[PhotoFile, ...]
    """In the order of their names."""
    outside: tuple[PhotoFile, ...]
    """Images that lie in no class folder."""
    empty: tuple[str, ...]
    """Class folders without any image."""
    prefix: str
    """What comes before the class folders in every name: "" or the folder that a zip is wrapped in, with a slash."""


def list_source(source: Path) -> Listing:
    """Find every photo of one source.

    Raises:
        BadInput: the source is neither a folder nor a sound zip, or holds no image.
    """
    if source.is_dir():
        names, folders = sorted(files_in(source)), sorted(_class_folders(source))
    elif source.is_file():
        names, folders = sorted(name for name in archive.member_names(source) if not _hidden(name)), []
    else:
        raise BadInput(
            "A source is a folder of class folders, or a zip of one",
            received=f"{source}, which does not exist",
            next_step="Check the path",
        )
    images = [name for name in names if PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES]
    prefix = _wrapping(images) if source.is_file() else ""
    inside = [name for name in images if "/" in name.removeprefix(prefix)]
    photos = [PhotoFile(source, name, _species(name.removeprefix(prefix))) for name in inside]
    if not photos:
        raise BadInput(
            "A source holds one folder per species with photos in it, such as Boletus edulis/1.jpg",
            received=f"{source} without any",
            next_step="Put each species' photos in a folder named after it",
        )
    used = {photo.species for photo in photos}
    empty = [name for name in map(scientific_name, folders) if name and name not in used]
    outside = [PhotoFile(source, name, None) for name in images if "/" not in name.removeprefix(prefix)]
    return Listing(tuple(photos), tuple(outside), tuple(empty), prefix)


def files_in(folder: Path) -> Iterator[str]:
    """Relative paths, `/`-separated, of all files in a folder of class folders, but for what is hidden."""
    # A class folder may be a link (photo collections often are); links deeper down could lead in circles.
    for child in folder.iterdir():
        if child.is_dir() and not child.name.startswith("."):
            for inner, folders, files in os.walk(child):
                folders[:] = [name for name in folders if not name.startswith(".")]
                for name in files:
                    if not name.startswith("."):
                        yield (Path(inner) / name).relative_to(folder).as_posix()
        elif not child.name.startswith("."):
            yield child.name


def overlapping(sources: Sequence[Path], out: Path) -> Path | None:
    """The first source that lies in `out` or that `out` lies in; replacing `out` would delete its photos."""
    target = out.resolve()
    for source in sources:
        folder = source.resolve()
        if target == folder or target in folder.parents or (source.is_dir() and folder in target.parents):
            return source
    return None


def downloads_folder(out: Path) -> Path:
    """Where an ingest keeps what it downloaded: beside the data set, which is replaced as a whole."""
    return out.absolute().parent / f"{out.name}-downloads"


def _species(name: str) -> str | None:
    return scientific_name(PurePosixPath(name).parts[0])


def _class_folders(source: Path) -> Iterator[str]:
    for child in source.iterdir():
        if child.is_dir() and not child.name.startswith("."):
            yield child.name


def _hidden(name: str) -> bool:
    # __MACOSX holds "._photo.jpg" resource forks beside every photo of a zip made on a Mac.
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _wrapping(names: Sequence[str]) -> str:
    # Most zips of a folder wrap everything in that folder's name: photos/Boletus edulis/1.jpg.
    parts = [PurePosixPath(name).parts for name in names]
    wrapped = len({part[0] for part in parts}) == 1 and all(len(part) > 2 for part in parts)
    return f"{parts[0][0]}/" if wrapped else ""
