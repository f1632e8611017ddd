"""Ingest: sources of labelled photos to one checked, deduplicated, grouped and split data set."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import tables

from sporeprint_training.artefact import replacing_folder
from sporeprint_training.dataset.bring import Brought, bring
from sporeprint_training.dataset.choose import choose
from sporeprint_training.dataset.clean import Cleaned, Photo, clean
from sporeprint_training.dataset.divide import Assigned, Divided, check_same_kind, divide, read_assigned
from sporeprint_training.dataset.frames import conflicts_frame, ledger_frame, photos_frame, species_frame
from sporeprint_training.dataset.info import DATASET_FILE, DatasetInfo, installed_version
from sporeprint_training.dataset.occasion import Occasion
from sporeprint_training.dataset.options import IngestOptions
from sporeprint_training.dataset.parallel import prepare_all
from sporeprint_training.dataset.placement import Placements, identity
from sporeprint_training.dataset.removed import removed_frame
from sporeprint_training.dataset.report import render_report
from sporeprint_training.dataset.sources import downloads_folder, overlapping
from sporeprint_training.dataset.store import SPLITS, Beside, content_sha256, write_tables
from sporeprint_training.dataset.taxonomy import read_taxonomy, without_row
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.reference import load_reference

REPORT_FILE = "report.html"

__all__ = ["IngestOptions", "IngestReport", "ingest"]


@dataclass(frozen=True)
class IngestReport:
    """What became of every photo."""

    photos: int
    """Photos in the data set; with the sum of `rejected` this is every image file and every row of the sources."""
    species: int
    rejected: dict[str, int]
    """Reason to number of photos and rows."""
    examples: dict[str, list[str]]
    """Reason to where the first rows of a table stand that were rejected for it."""
    splits: dict[str, int]
    """Photos in train, val and test."""
    warnings: list[str]
    """What the user should look at: species left out, pictures with two names, splits without a species."""
    seconds: float


def ingest(
    sources: Sequence[Path],
    out: Path,
    options: IngestOptions,
    progress: Progress = SILENT,
    executor: Executor | None = None,
    *,
    downloads: Path | None = None,
) -> IngestReport:
    """Build the data set `out` from labelled photos; an older one is replaced only when the new one is complete.

    Args:
        sources: folders or zips of `SPECIES/photo.jpg`, Darwin Core archives, tables and whatever else
            `readers.open` knows; the same species in two sources is merged.
        out: folder of the data set.
        options: see `IngestOptions`.
        progress: told of every photo.
        executor: where photos are decoded; None means processes on this machine. It must see the same files.
        downloads: folder that downloaded photos stay in, for the next run too; `downloads_folder(out)` without one.

    Raises:
        BadInput: a source or the taxonomy cannot be read, `out` is something else's folder or split by something else,
            fewer than two species remain, or photos that are declared not to be of fungi are.
        StepFailed: a worker process died, or the photos could not be written.
    """
    started = time.monotonic()
    # Workers elsewhere have another folder that paths would be relative to.
    sources = [source.absolute() for source in sources]
    downloads = (downloads or downloads_folder(out)).absolute()
    _check_places(sources, [*([options.taxonomy] if options.taxonomy else []), downloads], out)
    old = Assigned() if options.resplit else read_assigned(out)
    check_same_kind(old, options)
    brought = bring(sources, downloads, options, progress, executor)
    gathered = brought.gathered
    tables, unplaced = _tables(brought, options)
    with _written(out), replacing_folder(out, marker=DATASET_FILE) as folder:
        staging = folder.absolute() / "staging"
        staging.mkdir()
        prepared = prepare_all(gathered.files, staging, options.max_side, progress, executor)
        cleaned = clean(gathered, prepared, allowed=options.licences, licence_required=_required(options))
        cleaned = choose(cleaned, gathered, options.limits)
        if len(cleaned.species) < 2:
            raise _too_few_species(cleaned, brought)
        with progress.step("Comparing photos"):
            divided = divide(cleaned, options, old)
        cleaned = replace(cleaned, kept=divided.photos, removed=(*cleaned.removed, *divided.removed))
        photos = photos_frame(cleaned.kept, divided.groups, divided.splits, options.licence)
        species = species_frame(photos, cleaned.species, load_reference(), tables)
        if options.not_fungi:
            _check_no_fungi(species)
        info = _info(sources, options, photos, cleaned, brought, tables)
        _move(cleaned.kept, staging, folder)
        write_tables(folder, info, photos, species, _beside(cleaned, divided, brought, options))
        warnings = [
            *_unreadable(old),
            *gathered.warnings,
            *unplaced,
            *cleaned.warnings,
            *divided.warnings,
            *_mixed_groups(photos),
            *_absent(species, options),
        ]
        if options.report:
            with progress.step("Writing the report"):
                (folder / REPORT_FILE).write_bytes(render_report(folder, warnings))
    return IngestReport(
        photos=len(photos),
        species=len(species),
        rejected=info.rejected,
        examples=info.examples,
        splits={split: int(species[f"n_{split}"].sum()) for split in SPLITS},
        warnings=warnings,
        seconds=time.monotonic() - started,
    )


@contextmanager
def _written(out: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, tables.HDF5ExtError) as error:
        raise StepFailed(
            "The data set can be written",
            received=f"{out}: {error}",
            next_step="Free disk space or choose another folder; an older data set there is untouched",
        ) from error


def _check_places(sources: Sequence[Path], others: Sequence[Path], out: Path) -> None:
    if not sources:
        raise BadInput("Ingest needs at least one source", next_step="Name a folder of class folders")
    inside = overlapping([*sources, *others], out)
    if inside is not None:
        raise BadInput(
            "The data set lies outside what it is made from, and that outside it, because it is replaced as a whole",
            received=f"{inside} and data set {out}",
            next_step="Choose another folder for the data set",
        )


def _tables(brought: Brought, options: IngestOptions) -> tuple[list[Placements], list[str]]:
    """What places the species, first things first, and a warning about those that the user's own table lacks."""
    gathered = brought.gathered
    stated = [gathered.placements, *brought.placements]
    if options.taxonomy is None:
        return stated, []
    names = sorted({file.species for file in gathered.files if file.species})
    own = read_taxonomy(options.taxonomy, names)
    return [own, *stated], without_row(own, options.taxonomy, names)


def _too_few_species(cleaned: Cleaned, brought: Brought) -> BadInput:
    rejected = cleaned.rejected + brought.rejected
    licences = ", or take photos under more licences with --allow-licence" if rejected["licence_not_allowed"] else ""
    table = ", ".join(f"{reason} {count}" for reason, count in sorted(rejected.items())) or "nothing rejected"
    return BadInput(
        "A data set needs at least two species with enough photos",
        received=" ".join([f"{len(cleaned.species)} species; {table}.", *cleaned.warnings[-1:]]),
        next_step=f"Add photos or another class folder, or lower --min-photos{licences}",
    )


def _check_no_fungi(species: pd.DataFrame) -> None:
    # A table of the user's own cannot make a fungus into something else.
    reference = {name for name, taxon in load_reference().taxa.items() if taxon.kingdom == "Fungi"}
    known = species["scientific_name"].isin(reference)
    fungi = species.loc[known | (species["kingdom"] == "Fungi"), "scientific_name"].tolist()
    if fungi:
        raise BadInput(
            "A data set that is declared not to be of fungi holds none",
            received=f"{len(fungi)} fungi, such as {fungi[0]}",
            next_step="Leave --not-fungi away",
        )


def _required(options: IngestOptions) -> bool:
    # A licence that is declared for the whole collection is stated for every photo of it.
    return options.licence_required and not options.licence


def _beside(cleaned: Cleaned, divided: Divided, brought: Brought, options: IngestOptions) -> dict[Beside, pd.DataFrame]:
    return {
        "ledger": ledger_frame(cleaned.kept, options.licence),
        "removed": pd.concat([brought.removed, removed_frame(cleaned.removed)], ignore_index=True),
        "conflicts": conflicts_frame(divided.conflicts),
    }


def _info(
    sources: Sequence[Path],
    options: IngestOptions,
    photos: pd.DataFrame,
    cleaned: Cleaned,
    brought: Brought,
    tables: Sequence[Placements],
) -> DatasetInfo:
    names = [cleaned.species[label] for label in photos["label"]]
    rows = zip(photos["sha256"], names, photos["split"], photos["licence"], photos["author"], strict=True)
    occasions = map(Occasion, photos["observed_on"], photos["latitude"], photos["longitude"])
    return DatasetInfo(
        name=options.name or sources[0].resolve().stem[:200],
        sha256=content_sha256(
            [
                *((*row, *occasion.identity()) for row, occasion in zip(rows, occasions, strict=True)),
                *identity(cleaned.species, tables),
            ]
        ),
        drawn=options.drawn,
        not_fungi=options.not_fungi,
        licence=options.licence,
        attribution=options.attribution,
        seed=options.seed,
        split_val=options.split_val,
        split_test=options.split_test,
        split_by=options.split_by,
        max_photos=options.max_photos,
        downsample=options.downsample,
        licences=options.licences,
        citation=options.citation or brought.citation[:1000],
        rejected=dict(sorted((cleaned.rejected + brought.rejected).items())),
        examples={reason: list(places) for reason, places in sorted(brought.examples.items())},
        created_by=installed_version(),
    )


def _move(kept: Sequence[Photo], staging: Path, folder: Path) -> None:
    for photo in kept:
        target = folder / photo.path
        target.parent.mkdir(parents=True, exist_ok=True)
        (staging / f"{photo.number}.jpg").rename(target)
    shutil.rmtree(staging)


def _unreadable(old: Assigned) -> list[str]:
    if not old.unreadable:
        return []
    return [f"The data set that lay here cannot be read, and all splits are drawn anew: {old.unreadable}"]


def _mixed_groups(photos: pd.DataFrame) -> list[str]:
    mixed = photos.groupby("group_id").filter(lambda group: group["label"].nunique() > 1)
    if mixed.empty:
        return []
    group = mixed[mixed["group_id"] == mixed["group_id"].iloc[0]]
    example = group.drop_duplicates("label")["source_file"].head(2).tolist()
    return [
        f"{mixed['group_id'].nunique()} groups of one observation or nearly one picture hold more than one species, "
        f"such as {' and '.join(example)}: look at their labels"
    ]


def _absent(species: pd.DataFrame, options: IngestOptions) -> list[str]:
    lines = []
    shares = {"train": 1.0, "val": options.split_val, "test": options.split_test}
    for split in [split for split in SPLITS if shares[split] > 0]:
        names = species.loc[species[f"n_{split}"] == 0, "scientific_name"].tolist()
        if names:
            lines.append(f"No photo in {split}, for want of independent groups: {', '.join(names)}")
    return lines
