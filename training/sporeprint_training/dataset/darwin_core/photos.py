"""The rows that say where photos are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import repeat
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.dataset.darwin_core import texts
from sporeprint_training.dataset.darwin_core.files import ArchiveFiles
from sporeprint_training.dataset.darwin_core.meta import Table
from sporeprint_training.dataset.darwin_core.occurrences import STATES
from sporeprint_training.dataset.darwin_core.terms import ADDRESS, MEDIA_TERMS
from sporeprint_training.dataset.darwin_core.texts import Codes
from sporeprint_training.errors import BadInput

MAX_ADDRESS = 2000
"""Characters; a longer address is no photo's."""
REASONS = (*STATES, "no_occurrence", "no_address", "bad_address", "not_in_archive", "not_a_photo")
"""Why a row is no record; the first is for one that is."""
_SEPARATORS = re.compile(r"\s*\|\s*|[\s,;]+(?=https?://)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Neither what ends an address in a page, nor signs that nobody sees or that show another one.
_WEB = re.compile(
    rf'https?://[^\x00-\x20"<>\x7f-\xa0\u2000-\u200f\u2028-\u202f\u2060-\u206f\ufeff]{{1,{MAX_ADDRESS - 8}}}'
)
_OTHER_TYPES = frozenset(
    {"sound", "audio", "movingimage", "video", "text", "interactiveresource", "dataset", "software", "service"}
)
"""What Dublin Core's type vocabulary and the pages of media call other things than photos."""
_OTHER_FORMATS = frozenset(
    {"html", "htm", "pdf", "txt", "mp3", "wav", "ogg", "m4a", "flac", "mp4", "mov", "avi", "webm"}
)


def media_columns(files: ArchiveFiles, table: Table) -> list[int]:
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
    terms = [term, *(term for terms in MEDIA_TERMS.values() for term in terms)]
    return sorted({table.key, *texts.indices(table, terms)})


def associated(text: str) -> list[str]:
    """The addresses in an `associatedMedia`, which are separated by `|`, or by other signs before `http`."""
    return [part for part in _SEPARATORS.split(text.strip()) if part]


def judge(addresses: Sequence[str], other: NDArray[np.bool_], files: ArchiveFiles) -> NDArray[np.int8]:
    """Why there can be no photo: place in `REASONS`, 0 where there can.

    Args:
        addresses: as the rows state them.
        other: which of them are said to be of something else.
        files: of the archive, where an address may be a path.
    """
    reasons = np.where(other, np.int8(REASONS.index("not_a_photo")), np.int8(0))
    if not _all_on_the_web(addresses):
        for row, address in enumerate(addresses):
            if not _WEB.fullmatch(address) and address not in files.names:
                reasons[row] = REASONS.index(_fault(address))
    return reasons


def _all_on_the_web(addresses: Sequence[str]) -> bool:
    """Whether `_WEB` takes them all, as is usual; asked of all at once, which is ten times as fast."""
    together = "".join(addresses)
    return (
        sum(map(str.startswith, addresses, repeat(("https://", "http://")))) == len(addresses)
        and max(map(len, addresses), default=0) <= MAX_ADDRESS
        and together.isascii()
        and together.isprintable()
        and not any(sign in together for sign in ' "<>')
    )


def said_to_be_other(
    kinds: NDArray[np.object_], formats: NDArray[np.object_], codes: dict[str, Codes], addresses: Sequence[str]
) -> NDArray[np.bool_]:
    """Which rows are said to be sounds, films or pages; where nothing is said, by their address.

    What nobody says is something else is taken for a photo: whoever opens it looks at its bytes.

    Args:
        kinds: the texts under `type`, such as `StillImage`.
        formats: those under `format`, such as `image/jpeg`.
        codes: their numbers in each row.
        addresses: as the rows state them.
    """
    pairs = codes["type"].astype(np.int64) * len(formats) + codes["format"]
    said, places = np.unique(pairs, return_inverse=True)
    other = [is_other(kinds[pair // len(formats)], formats[pair % len(formats)]) for pair in said.tolist()]
    result = np.array(other, bool)[places]
    for row in np.flatnonzero(pairs == 0).tolist():
        result[row] = is_other("", _ending(addresses[row]))
    return result


def _fault(text: str) -> str:
    if not text:
        return "no_address"
    return "bad_address" if len(text) > MAX_ADDRESS or _SCHEME.match(text) else "not_in_archive"


def is_other(kind: str, form: str) -> bool:
    """Whether a type or a format is one of sounds, films or pages."""
    parts = re.split(r"[/#]", kind.casefold().replace(" ", ""))
    if not _OTHER_TYPES.isdisjoint((parts[0], parts[-1])):
        return True
    form = form.casefold().removeprefix(".")
    return ("/" in form and not form.startswith("image/")) or form in _OTHER_FORMATS


def _ending(address: str) -> str:
    try:
        return PurePosixPath(urlsplit(address).path).suffix
    except ValueError:
        return ""
