"""`sporeprint inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sporeprint.terminal import JsonOption, TerminalProgress, emit, say, show

if TYPE_CHECKING:
    from sporeprint_training.dataset.inspect_source import SourceReport

_YEARS, _VALUES = 12, 15
"""Years, and other values of one kind, that are shown; `--json` has all."""

SourceArgument = Annotated[
    Path,
    typer.Argument(
        help="Data set, or a source that was not ingested yet: class folders or a zip of them, a CSV or tab-separated "
        "table, an MXNet list, HDF5, iNaturalist's open data, Mushroom Observer's list.",
        metavar="DATASET|SOURCE",
    ),
]


def inspect(
    source: SourceArgument = Path("dataset"),
    top: Annotated[int, typer.Option(min=1, max=100_000, help="Classes of a source shown from each end.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Show what a data set or a source holds; nothing is downloaded.

    With --json, a data set has the keys photos, species, rejected, splits, groups, ranks and per_species. A source has
    kind, photos, observations, without_observation, classes, species, rejected, rejected_examples, splits (null),
    largest, smallest, classes_with, species_with, ranks, licences, years, months, with_date, with_coordinates,
    addresses, files, hosts and warnings; docs/data-sources.md says what each counts.
    """
    from sporeprint_training.dataset.info import DATASET_FILE

    if (source / DATASET_FILE).exists():
        _inspect_dataset(source, as_json)
    else:
        _inspect_source(source, top, as_json)


def _inspect_dataset(folder: Path, as_json: bool) -> None:
    from sporeprint_training.dataset.inspect import inspect as count
    from sporeprint_training.dataset.store import read_dataset

    found = read_dataset(folder)
    report = count(found)
    rows = [(row.scientific_name, row.photos, row.train, row.val, row.test) for row in report.per_species]
    total = ("all", report.photos, *report.splits.values())
    show(found.info.name, ("species", "photos", "train", "val", "test"), [*rows, total])
    show("Species placed", tuple(report.ranks), [tuple(report.ranks.values())])
    if report.rejected:
        show("Rejected", ("reason", "photos"), list(report.rejected.items()))
    emit(report.to_dict(), as_json=as_json)


def _inspect_source(path: Path, top: int, as_json: bool) -> None:
    from sporeprint_training.dataset.inspect_source import inspect_source
    from sporeprint_training.dataset.readers.open import open_source

    report = inspect_source(open_source(path), top, TerminalProgress())
    for warning in report.warnings:
        say(f"warning: {warning}")
    _show_whole(path, report)
    _show_classes(report)
    _show_counts("Ranks", "rank", report.ranks)
    _show_counts("Licences", "licence", report.licences)
    _show_counts("Hosts", "host", report.hosts)
    _show_times(report)
    if report.rejected:
        first = report.rejected_examples
        rows = [(reason, count, first.get(reason, ["–"])[0]) for reason, count in report.rejected.items()]
        show("Rejected", ("reason", "rows", "first"), rows)
    emit(report.to_dict(), as_json=as_json)


def _show_whole(path: Path, report: SourceReport) -> None:
    whole = {
        "photos": report.photos,
        "observations": report.observations,
        "classes": report.classes,
        "species": report.species,
        "addresses": report.addresses,
        "files": report.files,
        "dated": report.with_date,
        "placed": report.with_coordinates,
    }
    show(f"{path}: {report.kind}", tuple(whole), [tuple(whole.values())])


def _show_classes(report: SourceReport) -> None:
    hidden = report.classes - len(report.largest) - len(report.smallest)
    rows: list[tuple[str, int | str]] = [(row.name, row.photos) for row in report.largest]
    rows += [(f"... {hidden:,} more", "")] if hidden else []
    rows += [(row.name, row.photos) for row in report.smallest]
    show("Photos per class", ("class", "photos"), rows)
    least = tuple(f"≥ {photos}" for photos in report.classes_with)
    tail = [("classes", *report.classes_with.values()), ("species", *report.species_with.values())]
    show("With so many photos", ("", *least), tail)


def _show_counts(title: str, column: str, counts: dict[str, int]) -> None:
    rows = [(value or "(none)", count) for value, count in counts.items()]
    more = sum(count for _, count in rows[_VALUES:])
    rows = rows[:_VALUES] + ([(f"... {len(counts) - _VALUES:,} more", more)] if more else [])
    if rows:
        show(title, (column, "photos"), rows)


def _show_times(report: SourceReport) -> None:
    if not report.with_date:
        return
    years = list(report.years.items())
    earlier = sum(count for _, count in years[:-_YEARS])
    rows = [("earlier", earlier)] if earlier else []
    show("Years", ("year", "photos"), [*rows, *years[-_YEARS:]])
    show("Months", ("month", "photos"), list(report.months.items()))
