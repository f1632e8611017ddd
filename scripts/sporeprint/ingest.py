"""`sporeprint ingest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sporeprint.terminal import JsonOption, TerminalProgress, emit, say, show
from sporeprint_training.dataset.options import IngestOptions, ingest_options

NotFungiOption = Annotated[
    bool, typer.Option("--not-fungi", help="The photos show no fungi; no list of deadly ones goes with their model.")
]
TaxonomyOption = Annotated[
    Path | None,
    typer.Option(
        help="CSV or tab-separated file with GBIF's columns (species list or occurrences): what it says of genus to "
        "kingdom goes before the reference table."
    ),
]
AllowLicenceOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LICENCE",
        help="Take photos under this licence too, beside CC0, CC-BY and CC-BY-SA: CC-BY-NC, CC-BY-NC-SA, CC-BY-ND, "
        "CC-BY-NC-ND or public-domain.",
    ),
]


def ingest(
    sources: Annotated[list[Path], typer.Argument(help="Folders (or zips) of class folders: SPECIES/photo.jpg.")],
    out: Annotated[Path, typer.Option(help="Folder of the data set.")] = Path("dataset"),
    name: Annotated[str, typer.Option(help="Name of the data set [the first source's].")] = "",
    seed: Annotated[int, typer.Option(help="Decides the split.")] = IngestOptions().seed,
    split_val: Annotated[float, typer.Option(help="Share of validation photos.")] = IngestOptions().split_val,
    split_test: Annotated[float, typer.Option(help="Share of test photos.")] = IngestOptions().split_test,
    split_by: Annotated[
        str, typer.Option(help="What no split divides: observation, observer, or time (test on the latest).")
    ] = IngestOptions().split_by,
    resplit: Annotated[bool, typer.Option("--resplit", help="Draw the splits of photos in OUT anew too.")] = False,
    min_photos: Annotated[int, typer.Option(help="Species with fewer are left out.")] = IngestOptions().min_photos,
    max_photos: Annotated[int | None, typer.Option(help="Photos per species at most.")] = None,
    downsample: Annotated[
        str | None, typer.Option(help="The same: a number, or min for as many as the rarest species has.")
    ] = None,
    licence: Annotated[str, typer.Option(help="Licence of the photos (SPDX id); without one none is shown.")] = "",
    attribution: Annotated[str, typer.Option(help="Whom to credit for the photos.")] = "",
    citation: Annotated[str, typer.Option(help="How to cite the whole collection, with its DOI.")] = "",
    allow_licence: AllowLicenceOption = None,
    licence_required: Annotated[
        bool, typer.Option("--licence-required", help="Leave out photos that state no licence.")
    ] = False,
    taxonomy: TaxonomyOption = None,
    not_fungi: NotFungiOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read labelled photos into a clean, split data set."""
    from sporeprint_training.dataset.ingest import ingest as ingest_sources

    options = ingest_options(
        name=name or sources[0].resolve().stem,
        seed=seed,
        split_val=split_val,
        split_test=split_test,
        split_by=split_by,
        resplit=resplit,
        min_photos=min_photos,
        max_photos=max_photos,
        downsample=int(downsample) if downsample and downsample.isdecimal() else downsample,
        licences=(*IngestOptions().licences, *(allow_licence or ())),
        licence_required=licence_required,
        licence=licence,
        attribution=attribution,
        citation=citation,
        taxonomy=taxonomy,
        not_fungi=not_fungi,
    )
    report = ingest_sources(sources, out, options, TerminalProgress())
    for warning in report.warnings:
        say(f"warning: {warning}")
    show("Data set", ("photos", "species", *report.splits), [(report.photos, report.species, *report.splits.values())])
    if report.rejected:
        show("Rejected", ("reason", "photos"), list(report.rejected.items()))
    emit(
        {"photos": report.photos, "species": report.species, "rejected": report.rejected, "splits": report.splits},
        as_json=as_json,
    )
