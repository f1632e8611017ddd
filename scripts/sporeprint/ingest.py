"""`sporeprint ingest`."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from sporeprint.gbif_source import fetched
from sporeprint.terminal import JsonOption, TerminalProgress, emit, say, show
from sporeprint_training.dataset.options import IngestOptions, ingest_options
from sporeprint_training.errors import BadInput

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

SourcesArgument = Annotated[
    list[Path],
    typer.Argument(
        help="Class folders (SPECIES/photo.jpg) or a zip of them, Darwin Core archives from GBIF, tables and lists of "
        "photos, or gbif:KEY, a download of GBIF; docs/data-sources.md has all."
    ),
]
TaxonOption = Annotated[
    list[str] | None,
    typer.Option("--taxon", help="Of archives and tables, take only this taxon, of any rank; repeat for several."),
]
CountryOption = Annotated[
    list[str] | None, typer.Option("--country", help="Likewise: only from this country, such as SE; repeatable.")
]
MIN_PHOTOS = IngestOptions().min_photos
MinPhotosOption = Annotated[int, typer.Option(help="Species with fewer are left out.")]
MaxPhotosOption = Annotated[
    int | None, typer.Option(help="Photos per species at most: distinct finds and observers first.")
]
DownsampleOption = Annotated[
    str | None, typer.Option(help="The same: a number, or min for as many as the rarest species has.")
]
ContactOption = Annotated[
    str, typer.Option(help="Your e-mail or web address, sent to the hosts that photos are fetched from.")
]


def ingest(
    sources: SourcesArgument,
    out: Annotated[Path, typer.Option(help="Folder of the data set.")] = Path("dataset"),
    name: Annotated[str, typer.Option(help="Name of the data set [the first source's].")] = "",
    seed: Annotated[int, typer.Option(help="Decides the split.")] = IngestOptions().seed,
    split_val: Annotated[float, typer.Option(help="Share of validation photos.")] = IngestOptions().split_val,
    split_test: Annotated[float, typer.Option(help="Share of test photos.")] = IngestOptions().split_test,
    split_by: Annotated[
        str, typer.Option(help="What no split divides: observation, observer, or time (test on the latest).")
    ] = IngestOptions().split_by,
    resplit: Annotated[bool, typer.Option("--resplit", help="Draw the splits of photos in OUT anew too.")] = False,
    min_photos: MinPhotosOption = MIN_PHOTOS,
    max_photos: MaxPhotosOption = None,
    downsample: DownsampleOption = None,
    taxon: TaxonOption = None,
    rank: Annotated[
        list[str] | None, typer.Option("--rank", help="Likewise: only names of this rank, such as species.")
    ] = None,
    basis_of_record: Annotated[
        list[str] | None, typer.Option("--basis-of-record", help="Likewise, such as HUMAN_OBSERVATION.")
    ] = None,
    country: CountryOption = None,
    box: Annotated[
        str | None, typer.Option(metavar="W,S,E,N", help="Likewise: only from this rectangle, in degrees.")
    ] = None,
    max_uncertainty: Annotated[
        float | None, typer.Option(help="Likewise: only places known to so many metres.")
    ] = None,
    observed_from: Annotated[
        str | None, typer.Option(metavar="DATE", help="Likewise: not before this day, such as 2015-01-01.")
    ] = None,
    observed_until: Annotated[str | None, typer.Option(metavar="DATE", help="Likewise: not after it.")] = None,
    species: Annotated[str, typer.Option(help="Scientific name of records that state none.")] = "",
    keep_infraspecific: Annotated[
        bool, typer.Option("--keep-infraspecific", help="Make each subspecies and variety a class of its own.")
    ] = False,
    downloads: Annotated[
        Path | None, typer.Option(help="Folder for downloaded photos, kept for the next run [OUT-downloads].")
    ] = None,
    contact: ContactOption = "",
    per_host: Annotated[
        int, typer.Option(help="Photos fetched from one host at the same time.")
    ] = IngestOptions().download.per_host,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Ask again also for photos that were missing or none.")
    ] = False,
    private_hosts: Annotated[
        bool, typer.Option("--private-hosts", help="Fetch from this machine and its own network too.")
    ] = False,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Decode photos on a Dask cluster that sees the same folders."),
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
    """Read labelled photos into a clean, split data set; what a source only has the address of is downloaded."""
    from sporeprint_training.dataset.ingest import ingest as ingest_sources
    from sporeprint_training.workers import cluster_workers

    options = ingest_options(
        name=name or sources[0].resolve().stem,
        seed=seed,
        split_val=split_val,
        split_test=split_test,
        split_by=split_by,
        resplit=resplit,
        min_photos=min_photos,
        max_photos=max_photos,
        downsample=limit(downsample),
        filters={
            "taxa": taxon or (),
            "ranks": rank or (),
            "basis_of_record": basis_of_record or (),
            "countries": country or (),
            "box": _box(box),
            "max_uncertainty_m": max_uncertainty,
            "observed_from": observed_from,
            "observed_until": observed_until,
        },
        species=species,
        fold_infraspecific=not keep_infraspecific,
        download={
            "contact": contact,
            "per_host": per_host,
            "retry_failed": retry_failed,
            "private_hosts": private_hosts,
        },
        licences=allowed(allow_licence),
        licence_required=licence_required,
        licence=licence,
        attribution=attribution,
        citation=citation,
        taxonomy=taxonomy,
        not_fungi=not_fungi,
    )
    with cluster_workers(cluster) if cluster else nullcontext() as executor:
        report = ingest_sources(fetched(sources, out), out, options, TerminalProgress(), executor, downloads=downloads)
    for warning in report.warnings:
        say(f"warning: {warning}")
    show("Data set", ("photos", "species", *report.splits), [(report.photos, report.species, *report.splits.values())])
    if report.rejected:
        rows = [(reason, number, report.examples.get(reason, ["–"])[0]) for reason, number in report.rejected.items()]
        show("Rejected", ("reason", "photos", "first"), rows)
    emit(
        {"photos": report.photos, "species": report.species, "rejected": report.rejected, "splits": report.splits},
        as_json=as_json,
    )


def limit(text: str | None) -> int | str | None:
    """What `--downsample` was given: a number, or a word for the options to judge."""
    return int(text) if text and text.isdecimal() else text


def allowed(more: list[str] | None) -> tuple[str, ...]:
    """Licences that are taken: the usual ones, and what `--allow-licence` adds."""
    return (*IngestOptions().licences, *(more or ()))


def _box(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    degrees = text.split(",")
    if len(degrees) != 4:
        raise BadInput(
            "A box is four numbers of degrees: west, south, east, north",
            received=f"--box {text[:80]}",
            next_step="For the Alps it is --box 5,43,17,48",
        )
    return dict(zip(("west", "south", "east", "north"), degrees, strict=True))
