"""From an archive to the records of its photos: occurrences are selected while they are read, photos joined to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.dataset.darwin_core import texts
from sporeprint_training.dataset.darwin_core.citation import archive_doi
from sporeprint_training.dataset.darwin_core.lookup import Lookup
from sporeprint_training.dataset.darwin_core.meta import Table
from sporeprint_training.dataset.darwin_core.occurrences import TEXTS, Occurrences, observations, occurrence_columns
from sporeprint_training.dataset.darwin_core.opening import DarwinCoreArchive
from sporeprint_training.dataset.darwin_core.photos import REASONS, associated, judge, media_columns, said_to_be_other
from sporeprint_training.dataset.darwin_core.pile import Pile
from sporeprint_training.dataset.darwin_core.rejections import EXAMPLES, Rejections
from sporeprint_training.dataset.darwin_core.rows import Chunk, read_chunks
from sporeprint_training.dataset.darwin_core.terms import ADDRESS, MEDIA_TERMS, NAMES, NUMBER_TERMS
from sporeprint_training.dataset.darwin_core.texts import Codes, Vocabulary
from sporeprint_training.dataset.filters import Filters, Objection
from sporeprint_training.dataset.records import COLUMNS
from sporeprint_training.errors import BadInput

EVERYTHING = Filters()
"""Filters that want every record."""
_SHARED = ("rights_holder", "licence_verbatim")


@dataclass(frozen=True)
class Selection:
    """Records of photos, and what was left out."""

    records: pd.DataFrame
    """The columns of `records.COLUMNS` in that order; texts are `str` objects, equal ones mostly the same object."""
    rejected: Counter[str]
    """Reason to number: every row of the tables of media that is no record, and every broken row of occurrences."""
    examples: dict[str, list[str]]
    """Reason to the first places."""
    occurrences: int
    """Sound occurrences in the archive, wanted or not."""


def read_records(
    archive: DarwinCoreArchive, wanted: Filters = EVERYTHING, objection: Objection | None = None
) -> Selection:
    """Select occurrences and join the photos to them.

    Memory is bounded by what is selected: of an occurrence that is not wanted only the id stays. Photos are those of
    the media extensions; without one, those under `associatedMedia`.

    Args:
        archive: opened.
        wanted: which occurrences.
        objection: to the licence of a photo, or where it states none, of its occurrence.

    Raises:
        BadInput: the archive has no photos, lacks a term without which there are no records, or is damaged.
    """
    subjects = archive.subjects
    if subjects is None and archive.core is not None:
        raise _without(archive, "occurrences")
    if subjects is not None and subjects.field(*NAMES) is None:
        raise BadInput(
            "A table of occurrences has the term http://rs.tdwg.org/dwc/terms/scientificName",
            received=f"{archive.files.label(subjects.files[0])} without it",
            next_step="Ask for the archive with the names of what was found",
        )
    if not archive.media and (subjects is None or subjects.field("associatedMedia") is None):
        raise _without(archive, "photos")
    if archive.media and subjects is not None and subjects.key is None:
        raise BadInput(
            "A core to which media belong has an id with an index",
            received=f"{archive.files.label(subjects.files[0])} without it",
            next_step="Say in meta.xml which column is the id",
        )
    columns = [media_columns(archive.files, table) for table in archive.media]
    rejected = Rejections()
    found = None if subjects is None else _read_occurrences(archive, subjects, wanted, rejected)
    join = _Join(archive, found, objection, rejected)
    for table, chosen in zip(archive.media, columns, strict=True):
        for chunk in read_chunks(archive.files, table, chosen, rejected):
            join.add_media(table, chunk)
    if not archive.media:
        join.add_associated()
    return join.finish()


def _read_occurrences(archive: DarwinCoreArchive, table: Table, wanted: Filters, rejected: Rejections) -> Occurrences:
    found = Occurrences(table, wanted, with_media=not archive.media)
    if archive.core is not None and archive.core is not table:
        events = archive.core
        found.add_events(events, read_chunks(archive.files, events, occurrence_columns(events), rejected))
    for chunk in read_chunks(archive.files, table, found.columns, rejected):
        found.add(chunk)
    return found


def _without(archive: DarwinCoreArchive, what: str) -> BadInput:
    found = ", ".join(table.row_type for table in (archive.core, *archive.extensions) if table)
    return BadInput(
        "A source of photos has occurrences, and media that belong to them or associatedMedia in them",
        received=f"{archive.path} without {what}: {found[:500]}",
        next_step="Ask GBIF for a download as Darwin Core Archive; the simple one has no photos",
    )


@dataclass(frozen=True)
class _Rows:
    """Photos, sound or not."""

    file: str
    lines: NDArray[np.int64]
    addresses: Sequence[str]
    codes: dict[str, Codes]
    """By column of `MEDIA_TERMS`."""
    places: NDArray[np.int32]
    """Of their occurrences among the kept ones; -1 for none."""
    state: NDArray[np.int8]
    """Of their occurrences: place in `REASONS`."""
    observation: NDArray[np.object_] | None = None
    """Where there are no occurrences."""


class _Join:
    """Photos that find their occurrences."""

    def __init__(
        self, archive: DarwinCoreArchive, found: Occurrences | None, objection: Objection | None, rejected: Rejections
    ) -> None:
        self._archive, self._objection, self._rejected = archive, objection, rejected
        self._photos = Pile()
        self._words = {column: Vocabulary() for column in MEDIA_TERMS}
        self._found = found
        if found is not None:
            # What a photo says and what its occurrence says are one column.
            self._words.update({column: found.words[column] for column in _SHARED})
            self._shared = {column: found.kept.take(column, np.int32) for column in _SHARED}
            self._lookup = Lookup(found.all)

    def add_media(self, table: Table, chunk: Chunk) -> None:
        """Join the rows of a table of media."""
        keys = texts.keys(chunk, table)
        codes = {column: self._words[column].column(chunk, table, terms) for column, terms in MEDIA_TERMS.items()}
        addresses = texts.single(chunk, table, ADDRESS[table.row_type])
        if self._found is None:
            nowhere = np.full(len(keys), -1, np.int32), np.zeros(len(keys), np.int8)
            own = np.array(observations(chunk, table, keys), object)
            self._add(_Rows(chunk.file, chunk.lines, addresses, codes, *nowhere, own))
        else:
            self._add(_Rows(chunk.file, chunk.lines, addresses, codes, *self._lookup.find(keys)))

    def add_associated(self) -> None:
        """Join the photos that occurrences name themselves, as far as there is no table of media."""
        assert self._found is not None
        assert self._archive.subjects is not None
        file = self._archive.subjects.files[0]
        stated = [associated(text) or [""] for text in self._found.kept.take("media", object)]
        numbers = [len(addresses) for addresses in stated]
        places = np.repeat(np.arange(len(stated), dtype=np.int32), numbers)
        lines, state = self._lookup.lines, self._lookup.state
        nothing = np.zeros(len(places), np.int32)
        addresses = [address for several in stated for address in several]
        codes = dict.fromkeys(MEDIA_TERMS, nothing)
        rows = np.flatnonzero(self._lookup.places >= 0)[places]
        self._add(_Rows(file, lines[rows], addresses, codes, places, state[rows]))
        left_out = self._lookup.places < 0
        self._count(file, lines[left_out], state[left_out])

    def _add(self, rows: _Rows) -> None:
        kinds, formats = self._words["type"].texts(), self._words["format"].texts()
        other = said_to_be_other(kinds, formats, rows.codes, rows.addresses)
        reasons = judge(rows.addresses, other, self._archive.files)
        reasons = np.where(reasons == 0, rows.state, reasons)
        self._count(rows.file, rows.lines, reasons)
        codes = {"author": rows.codes["author"], **{column: self._merged(column, rows) for column in _SHARED}}
        keep = self._allowed(rows, reasons == 0, codes["licence_verbatim"])
        self._photos.add(
            media=np.array(self._archive.files.in_source(rows.addresses), object)[keep],
            line=rows.lines[keep],
            place=rows.places[keep],
            **{column: self._words[column].narrow(values[keep]) for column, values in codes.items()},
        )
        if rows.observation is not None:
            self._photos.add(observation_id=rows.observation[keep])

    def _merged(self, column: str, rows: _Rows) -> Codes:
        own = rows.codes[column]
        if self._found is None or not len(self._shared[column]):
            return own
        shared = self._shared[column][rows.places].astype(np.int32)
        return np.where((own == 0) & (rows.places >= 0), shared, own)

    def _count(self, file: str, lines: NDArray[np.int64], reasons: NDArray[np.int8]) -> None:
        for reason in np.unique(reasons[reasons > 0]).tolist():
            there = lines[reasons == reason]
            self._rejected.add(REASONS[reason], file, there[:EXAMPLES].tolist(), len(there))

    def _allowed(self, rows: _Rows, keep: NDArray[np.bool_], licences: Codes) -> NDArray[np.bool_]:
        if self._objection is None:
            return keep
        stated = self._words["licence_verbatim"].texts()
        said, places = np.unique(licences, return_inverse=True)
        objections = np.array([self._objection(stated[code]) for code in said.tolist()], object)[places]
        for reason in sorted({*objections[keep].tolist()} - {""}):
            there = rows.lines[keep & (objections == reason)]
            self._rejected.add(reason, rows.file, there[:EXAMPLES].tolist(), len(there))
        return np.asarray(keep & (objections == ""), bool)

    def finish(self) -> Selection:
        """Make the frame, a column at a time."""
        occurrences = 0 if self._found is None else self._lookup.number
        photos, places = self._photos, self._photos.take("place", np.int32)
        if self._found is None:
            columns = _unknown(photos, len(places))
        else:
            del self._lookup, self._shared
            columns = _stated(self._found, places)
        columns |= {column: photos.take(column, kind) for column, kind in (("media", object), ("line", np.int64))}
        for column in ("author", *_SHARED):
            columns[column] = self._words[column].texts()[photos.take(column, np.int32)]
        for column, text in (("source", str(self._archive.path)), ("doi", archive_doi(self._archive))):
            columns[column] = np.full(len(places), text, object)
        records = pd.DataFrame({column: columns[column] for column in COLUMNS}, copy=False)
        return Selection(records, self._rejected.counts, self._rejected.examples, occurrences)


def _unknown(photos: Pile, number: int) -> dict[str, NDArray[Any]]:
    """What occurrences would state, for photos without any."""
    columns: dict[str, NDArray[Any]] = {column: np.full(number, "", object) for column in TEXTS}
    columns |= {column: np.full(number, np.nan) for column in NUMBER_TERMS}
    return {**columns, "observation_id": photos.take("observation_id", object)}


def _stated(found: Occurrences, places: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
    """What occurrences state, for each photo."""
    columns: dict[str, NDArray[Any]] = {"observation_id": found.kept.take("observation_id", object)[places]}
    for column in NUMBER_TERMS:
        columns[column] = found.kept.take(column, np.float64)[places]
    for column in TEXTS:
        if column not in _SHARED:
            columns[column] = found.words[column].texts()[found.kept.take(column, np.int32)[places]]
    return columns
