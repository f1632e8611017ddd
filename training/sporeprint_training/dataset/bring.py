"""From sources of any kind to photos that can be opened: class folders lie there, records are chosen and downloaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from sporeprint_training.dataset.download.run import Outcome, download, failures, outcomes, write_failures
from sporeprint_training.dataset.filtering import apply_filters
from sporeprint_training.dataset.gather import Gathered, gather
from sporeprint_training.dataset.licences import objection
from sporeprint_training.dataset.lint_taxa import lint_taxa
from sporeprint_training.dataset.observations import Observation
from sporeprint_training.dataset.occasion import Occasion
from sporeprint_training.dataset.options import IngestOptions
from sporeprint_training.dataset.placement import Placements, species_key
from sporeprint_training.dataset.readers.darwin_core import cited, darwin_core
from sporeprint_training.dataset.readers.open import Source, open_source
from sporeprint_training.dataset.readers.read import Notes, collect
from sporeprint_training.dataset.removed import count, removed_frame, sift
from sporeprint_training.dataset.selection import select
from sporeprint_training.dataset.sources import PhotoFile
from sporeprint_training.dataset.store import TAXON_RANKS
from sporeprint_training.errors import BadInput
from sporeprint_training.progress import SILENT, Progress

FAILURES = "failures.csv"
"""In the folder of downloads: every address without a photo, and why."""


@dataclass(frozen=True)
class Brought:
    """Photos that can be opened, and what became of everything else that the sources hold."""

    gathered: Gathered
    removed: pd.DataFrame = field(default_factory=removed_frame)
    """Records that were left out, one row each."""
    unlisted: Counter[str] = field(default_factory=Counter)
    """Rows that are no record, or not wanted, by reason: millions of an archive, so they are counted alone."""
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Reason to where the first such rows stand."""
    before: Mapping[str, int] = field(default_factory=dict)
    """Records by species before any limit, the most frequent first."""
    placements: tuple[Placements, ...] = ()
    """What the records say of the species' ranks."""
    citation: str = ""
    """How the archives say that they are to be cited."""

    @property
    def rejected(self) -> Counter[str]:
        """Reason to number of rows and records."""
        return self.unlisted + count(self.removed)


def bring(
    sources: Sequence[Path],
    downloads: Path,
    options: IngestOptions,
    progress: Progress = SILENT,
    executor: Executor | None = None,
) -> Brought:
    """List the photos of class folders; choose among the records of every other source, and download what they lead to.

    Args:
        sources: of any kind that `readers.open` knows.
        downloads: folder that downloaded photos stay in, so that a rerun transfers nothing.
        options: see `IngestOptions`.
        progress: told of rows and addresses.
        executor: where downloaded photos are decoded; None means processes on this machine.

    Raises:
        BadInput: a source is unknown, hostile or damaged.
        StepFailed: what was downloaded could not be written.
    """
    opened = [(path, _opened(path)) for path in sources]
    lying = Brought(gather([path for path, source in opened if source is None]))
    read = [source for _, source in opened if source is not None]
    if not read:
        return lying
    # A species may have its other photos in a class folder.
    few = 1 if len(read) < len(sources) else options.min_photos
    found = _Records(options, downloads, progress, executor).bring(read, few)
    return replace(found, gathered=_joined(lying.gathered, found.gathered))


def listed_photos(sources: Sequence[Path]) -> Iterator[Path]:
    """The photos on this machine that tables and lists name: they lie outside the source itself.

    Raises:
        BadInput: as the reader.
    """
    for source in (opened for path in sources if path.is_file() and (opened := _opened(path)) is not None):
        if source.kind != "darwin_core":
            for frame in source.frames(Notes()):
                own = frame[~_remote(frame)]
                yield from (Path(folder) / name for folder, name in zip(own["source"], own["media"], strict=True))


def has_pending(downloads: Path) -> bool:
    """Whether an earlier run met photos that may come when they are asked for again."""
    if not downloads.is_dir():
        return False
    try:
        return any(found.state == "unavailable" for found in failures(downloads))
    except BadInput:
        return False


def _opened(path: Path) -> Source | None:
    """None for class folders, and for whatever folder may be meant as them."""
    try:
        source = open_source(path)
    except BadInput:
        if path.is_dir() or not path.exists():
            return None
        raise
    return None if source.kind == "class_folders" else source


def _joined(one: Gathered, other: Gathered) -> Gathered:
    used = {file.species for file in (*one.files, *other.files)}
    return Gathered(
        (*one.files, *other.files),
        (*one.observations, *other.observations),
        (*one.outside, *other.outside),
        tuple(name for name in (*one.empty, *other.empty) if name not in used),
        (*one.warnings, *other.warnings),
        one.placements,
    )


@dataclass(frozen=True)
class _Records:
    """The way of records."""

    options: IngestOptions
    downloads: Path
    progress: Progress
    executor: Executor | None

    def bring(self, sources: Sequence[Source], few: int) -> Brought:
        notes = Notes()
        with self.progress.step("Reading records"):
            records = collect(self._wanted(sources, notes), notes).frame
            records["scientific_name"] = records["scientific_name"].replace("", self.options.species)
        linted = lint_taxa(records, fold=self.options.fold_infraspecific)
        # From here on a record is known by the name of its class.
        named = linted.kept.assign(scientific_name=linted.kept["species"])
        chosen = select(named, replace(self.options.limits, min_photos=few))
        there = self._downloaded(chosen.kept)
        reasons = pd.Series([item.reason if item else "" for item in there], index=chosen.kept.index, dtype=object)
        arrived = sift(chosen.kept, reasons, reasons)
        stored = [item for item in there if item is None or not item.reason]
        placements, contradictions = _placements(arrived.kept)
        warnings = (*notes.warnings, *contradictions, *self._undelivered(reasons))
        return Brought(
            Gathered(
                tuple(map(self._file, _rows(arrived.kept), stored)),
                tuple(map(_observation, _rows(arrived.kept))),
                (),
                (),
                warnings,
                Placements(),
            ),
            pd.concat([linted.removed, chosen.removed, arrived.removed], ignore_index=True),
            notes.rejected,
            notes.examples,
            chosen.before,
            (placements,),
            " ".join(dict.fromkeys(text for text in map(_cited, sources) if text)),
        )

    def _wanted(self, sources: Sequence[Source], notes: Notes) -> Iterator[pd.DataFrame]:
        for source in sources:
            if source.kind == "darwin_core":
                frames = darwin_core(source.path, notes, self.options.filters, self._objection)
            else:
                frames = source.frames(notes)
            for frame in frames:
                kept, rejected = apply_filters(frame, self.options.filters)
                notes.rejected.update(rejected)
                yield self._licensed(kept, notes)

    def _objection(self, text: str) -> str:
        """Why a photo that has to be downloaded is not taken."""
        excused = self.options.licence and not text.strip()
        return "" if excused else objection(text, self.options.licences)

    def _licensed(self, records: pd.DataFrame, notes: Notes) -> pd.DataFrame:
        stated = records["licence_verbatim"]
        reasons = stated.map({text: self._objection(text) for text in stated.unique()}).astype(str)
        # Who has the photos on the own disk need not state a licence for each.
        own = ~_remote(records) & (stated.str.strip() == "")
        if not self.options.licence_required:
            reasons = reasons.mask(own, "")
        notes.rejected.update(reasons[reasons != ""].tolist())
        return records[reasons == ""]

    def _downloaded(self, records: pd.DataFrame) -> list[Outcome | None]:
        """What became of each record's address; None for a photo that lies there."""
        remote = _remote(records)
        addresses = records["media"][remote].tolist()
        if not addresses:
            return [None] * len(records)
        options = self.options.download.model_copy(update={"max_side": self.options.max_side})
        download(addresses, self.downloads, options, self.progress, self.executor)
        found = outcomes(self.downloads, addresses)
        return [next(found) if is_remote else None for is_remote in remote.tolist()]

    def _undelivered(self, reasons: pd.Series) -> list[str]:
        missing = int((reasons != "").sum())
        if not missing:
            return []
        write_failures(self.downloads, self.downloads / FAILURES)
        return [
            f"{missing} addresses gave no photo; {self.downloads / FAILURES} says why. Another run asks again where "
            "that can help"
        ]

    def _file(self, row: dict[str, str], arrived: Outcome | None) -> PhotoFile:
        if arrived is None:
            return PhotoFile(Path(row["source"]), row["media"], row["species"])
        return PhotoFile(self.downloads, arrived.file, row["species"], address=row["media"])


def _remote(records: pd.DataFrame) -> pd.Series[bool]:
    return records["media"].str.match(r"https?://", case=False).astype(bool)


def _rows(records: pd.DataFrame) -> Iterator[dict[str, str]]:
    columns = [records[name].tolist() for name in records.columns]
    for values in zip(*columns, strict=True):
        yield dict(zip(records.columns, values, strict=True))


def _observation(row: dict[str, str]) -> Observation:
    return Observation(
        row["observation_id"],
        row["licence_verbatim"],
        row["author"],
        Occasion(row["observed_on"], float(row["latitude"]), float(row["longitude"])),
        observer=row["observer"],
        rights_holder=row["rights_holder"],
        photo_url=row["media"] if "://" in row["media"] else "",
        source_dataset=row["source_dataset"],
        doi=row["doi"],
    )


def _placements(records: pd.DataFrame) -> tuple[Placements, list[str]]:
    """Where the records place their species; of two opinions, the one of more records counts."""
    found, refused = Placements(), 0
    columns = ["species", *TAXON_RANKS]
    for values, number in (
        records.groupby(columns, sort=False).size().sort_values(ascending=False, kind="stable").items()
    ):
        species, *above = map(str, values if isinstance(values, tuple) else (values,))
        if not any(above):
            continue
        try:
            found.add(species_key(species), dict(zip(TAXON_RANKS, above, strict=True)), "the records")
        except BadInput:
            refused += int(number)
    warning = f"{refused} records place a species or a taxon above it elsewhere than more other records do"
    return found, [warning] if refused else []


def _cited(source: Source) -> str:
    return cited(source.path) if source.kind == "darwin_core" else ""
