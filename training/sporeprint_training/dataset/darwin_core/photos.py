"""The rows that say where photos are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.dataset.darwin_core import texts
from sporeprint_training.dataset.darwin_core.files import ArchiveFiles
from sporeprint_training.dataset.darwin_core.meta import Table
from sporeprint_training.dataset.darwin_core.occurrences import STATES
from sporeprint_training.dataset.darwin_core.rows import Columns
from sporeprint_training.dataset.darwin_core.terms import ADDRESS, MEDIA_TERMS
from sporeprint_training.errors import BadInput

MAX_ADDRESS = 2000
"""Characters; a longer address is no photo's."""
REASONS = (*STATES, "no_occurrence", "no_address", "bad_address", "not_in_archive", "not_a_photo")
"""Why a row is no record; the first is for one that is."""
_PLACES = {reason: place for place, reason in enumerate(REASONS)}
_SEPARATORS = re.compile(r"\s*\|\s*|[\s,;]+(?=https?://)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NOT_IN_ADDRESS = frozenset(' <>"')
_OTHER_TYPES = frozenset(
    {"sound", "audio", "movingimage", "video", "text", "interactiveresource", "dataset", "software", "service"}
)
"""What Dublin Core's type vocabulary and the pages of media call other things than photos."""
_OTHER_FORMATS = frozenset(
    {"html", "htm", "pdf", "txt", "mp3", "wav", "ogg", "m4a", "flac", "mp4", "mov", "avi", "webm"}
)


def media_columns(files: ArchiveFiles, table: Table) -> Columns:
    """The columns of a table of media that are read.

    Raises:
        BadInput: it does not say where the media are, or whose they are.
    """
    term = ADDRESS[table.row_type]
    if table.field(term) is None:
        raise BadInput(
            f"A table of {table.row_type} has the term {term}",
            received=f"{files.label(table.files[0])} without it",
            next_step="Ask for the archive with the addresses of its photos",
        )
    if table.key is None:
        raise BadInput(
            "A table of media has a coreid with an index",
            received=f"{files.label(table.files[0])} without it",
            next_step="Say in meta.xml which column names the core's row",
        )
    repeated = {index for terms in MEDIA_TERMS.values() for index in texts.indices(table, terms)}
    single = {table.key, *texts.indices(table, [term])}
    return Columns(tuple(repeated - single), tuple(single))


def associated(text: str) -> list[str]:
    """The addresses in an `associatedMedia`, which are separated by `|`, or by other signs before `http`."""
    return [part for part in _SEPARATORS.split(text.strip()) if part]


def judge(
    addresses: Sequence[str], kinds: Iterable[str], formats: Iterable[str], files: ArchiveFiles
) -> NDArray[np.int8]:
    """Why there can be no photo: place in `REASONS`, 0 where there can.

    What says nothing else is taken for a photo: whoever opens it looks at its bytes.

    Args:
        addresses: as the rows state them.
        kinds: what they say under `type`, such as `StillImage`.
        formats: under `format`, such as `image/jpeg`.
        files: of the archive, where an address may be a path.
    """
    names = files.names
    reasons = [
        _verdict(address, kind, form, names) for address, kind, form in zip(addresses, kinds, formats, strict=True)
    ]
    return np.array([_PLACES[reason] for reason in reasons], np.int8)


def _verdict(address: str, kind: str, form: str, names: Collection[str]) -> str:
    if not _is_web_address(address) and address not in names:
        return _fault(address)
    return "not_a_photo" if is_other(kind, form or _ending(address, kind)) else ""


def _is_web_address(text: str) -> bool:
    return (
        text.startswith(("https://", "http://"))
        and len(text) <= MAX_ADDRESS
        and text.isprintable()
        and _NOT_IN_ADDRESS.isdisjoint(text)
    )


def _fault(text: str) -> str:
    if not text:
        return "no_address"
    return "bad_address" if len(text) > MAX_ADDRESS or _SCHEME.match(text) else "not_in_archive"


@lru_cache(maxsize=10_000)
def is_other(kind: str, form: str) -> bool:
    """Whether a type or a format is one of sounds, films or pages."""
    parts = re.split(r"[/#]", kind.casefold().replace(" ", ""))
    if not _OTHER_TYPES.isdisjoint((parts[0], parts[-1])):
        return True
    form = form.casefold().removeprefix(".")
    return ("/" in form and not form.startswith("image/")) or form in _OTHER_FORMATS


def _ending(address: str, kind: str) -> str:
    """The format that an address ends with, for a row that says nothing else."""
    try:
        return "" if kind else PurePosixPath(urlsplit(address).path).suffix
    except ValueError:
        return ""
