"""Darwin Core Archives as records; `dataset/darwin_core/` reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pandas as pd

from sporeprint_training.dataset import archive
from sporeprint_training.dataset.darwin_core.citation import read_citation
from sporeprint_training.dataset.darwin_core.opening import DarwinCoreArchive, open_archive
from sporeprint_training.dataset.darwin_core.selection import EVERYTHING, read_records
from sporeprint_training.dataset.filtering import Objection
from sporeprint_training.dataset.filters import Filters
from sporeprint_training.dataset.readers.read import Notes
from sporeprint_training.dataset.sources import IMAGE_SUFFIXES


def darwin_core(
    path: Path, notes: Notes, wanted: Filters = EVERYTHING, objection: Objection | None = None
) -> Iterator[pd.DataFrame]:
    """Read an archive; what is not wanted is left out while it is read.

    Args:
        path: a zip, a folder, or a table of an unpacked archive, which stands for its folder.
        notes: told of rows that are no record, or not wanted.
        wanted: which records.
        objection: to the licence of a photo that would have to be downloaded. One that lies in the archive is its
            owner's, who need not state any.

    Raises:
        BadInput: as `open_archive` and `read_records`.
    """
    source = opened(path)
    found = read_records(source, wanted, None if _holds_photos(source) else objection)
    notes.rejected.update(found.rejected)
    for reason, places in found.examples.items():
        notes.examples.setdefault(reason, []).extend(places)
    yield found.records


def opened(path: Path) -> DarwinCoreArchive:
    """The archive that a source is; see `darwin_core`."""
    return open_archive(path.parent if path.is_file() and not archive.is_zip_like(path) else path)


def cited(path: Path) -> str:
    """How an archive says that it is to be cited; "" when it does not say."""
    citation = read_citation(opened(path))
    doi = f"https://doi.org/{citation.doi}" if citation.doi and citation.doi not in citation.text else ""
    return f"{citation.text} {doi}".strip()


def _holds_photos(source: DarwinCoreArchive) -> bool:
    return any(PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES for name in source.files.names)
