"""What there is to identify: files, folders of photos and web addresses, read one at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from sporeprint_export.identify.failures import Unusable
from sporeprint_export.identify.fetch import Limits, fetch
from sporeprint_training.dataset.sources import IMAGE_SUFFIXES, PhotoFile, files_in
from sporeprint_training.images import UnreadableImage, decode_upright, to_input
from sporeprint_training.input_spec import InputSpec

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True)
class PhotoSource:
    """One photo that is still to be read."""

    name: str
    """As it is shown: the path or address that was given, without a password."""
    place: Path | str | Unusable
    """A file, an address, or what is wrong with what was given."""

    def read(self, limits: Limits) -> bytes:
        """The photo's bytes.

        Raises:
            Unusable: it cannot be had.
        """
        if isinstance(self.place, Unusable):
            raise self.place
        if isinstance(self.place, str):
            return fetch(self.place, limits)
        try:
            return PhotoFile(self.place.parent, self.place.name, None).read()
        except UnreadableImage as error:
            raise Unusable(error.reason) from None


def find_photos(given: Sequence[str]) -> list[PhotoSource]:
    """Every photo of the files, folders and addresses, in their order; those of a folder by name, sub-folders too.

    A file that is named itself is tried whatever it is called. What cannot be found is a source too, so that it is
    reported like any other photo that cannot be used.
    """
    return [source for text in given for source in _sources(text)]


def _sources(text: str) -> Iterator[PhotoSource]:
    if _URL.match(text):
        yield PhotoSource(shown(_without_password(text)), text)
        return
    path = Path(text)
    try:
        is_folder, exists = path.is_dir(), path.exists()
        names = sorted(name for name in files_in(path) if _is_photo(name)) if is_folder else []
    except (OSError, ValueError):
        yield PhotoSource(shown(path), Unusable("unreadable"))
        return
    if not exists:
        yield PhotoSource(shown(path), Unusable("not_found"))
    elif is_folder and not names:
        yield PhotoSource(shown(path), Unusable("no_photos"))
    elif is_folder:
        yield from (PhotoSource(shown(path / name), path / name) for name in names)
    else:
        yield PhotoSource(shown(path), path)


def read_pixels(source: PhotoSource, spec: InputSpec, limits: Limits) -> NDArray[np.uint8]:
    """A photo as the model sees it, `(size, size, 3)`.

    Raises:
        Unusable: it cannot be had, or is not a photo that can be read.
    """
    data = source.read(limits)
    try:
        return to_input(decode_upright(data), spec)
    except UnreadableImage as error:
        reason = "heic" if error.reason == "not_an_image" and data[4:8] == b"ftyp" else error.reason
        raise Unusable(reason) from None


def shown(path: Path | str) -> str:
    """A path as text that every output can hold: a name may have bytes that are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def _is_photo(name: str) -> bool:
    return Path(name).suffix.lower() in IMAGE_SUFFIXES


def _without_password(url: str) -> str:
    try:
        address = urlsplit(url)
    except ValueError:
        return url
    return address._replace(netloc=f"…@{address.netloc.rpartition('@')[2]}").geturl() if "@" in address.netloc else url
