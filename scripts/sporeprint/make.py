"""`sporeprint make`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

import sporeprint_export
import sporeprint_site
import sporeprint_training
from sporeprint.build import BaseUrlOption, SiteOption, TitleOption
from sporeprint.export import (
    AgreementOption,
    BrowserOption,
    DeadlyDropOption,
    DropOption,
    PrecisionOption,
    export_with_browser,
)
from sporeprint.gbif_source import fetched
from sporeprint.hops import Hops, Result, code, fingerprint
from sporeprint.ingest import (
    MIN_PHOTOS,
    AllowLicenceOption,
    ContactOption,
    CountryOption,
    DownsampleOption,
    MaxPhotosOption,
    MinPhotosOption,
    NotFungiOption,
    SourcesArgument,
    TaxonomyOption,
    TaxonOption,
    allowed,
    limit,
)
from sporeprint.recipe import (
    Recipe,
    check_places,
    earlier_bundle,
    has_pending_photos,
    listed,
    local_weights,
    taxonomy,
    work_folder,
)
from sporeprint.terminal import JsonOption, TerminalProgress, emit, native_noise_hidden, say, show
from sporeprint.train import (
    BackboneOption,
    ConfigOption,
    EpochsOption,
    FineTuneOption,
    ReferenceOption,
    RegionOption,
    WeightsOption,
    overrides,
)
from sporeprint_export.precision import DEFAULT_BUDGET, Budget
from sporeprint_site import build as site_build
from sporeprint_site.options import BuildOptions
from sporeprint_site.site_file import read_site_file
from sporeprint_site.vendoring import VENDOR
from sporeprint_training.artefact import sha256_file
from sporeprint_training.dataset.options import ingest_options
from sporeprint_training.errors import BadInput
from sporeprint_training.reference import load_reference
from sporeprint_training.run import EVALUATION_FILES, MODEL_FILE
from sporeprint_training.run_config import load_run_config


def make(
    sources: SourcesArgument,
    out: Annotated[Path, typer.Option(help="Folder of the site.")] = Path("public"),
    work: Annotated[
        Path | None, typer.Option(help="Folder for what is made on the way [.sporeprint/ beside it].")
    ] = None,
    config: ConfigOption = None,
    backbone: BackboneOption = None,
    weights: WeightsOption = None,
    max_epochs: EpochsOption = None,
    fine_tune: FineTuneOption = None,
    reference: ReferenceOption = None,
    region: RegionOption = None,
    precision: PrecisionOption = "auto",
    min_agreement: AgreementOption = DEFAULT_BUDGET.agreement,
    max_accuracy_drop: DropOption = DEFAULT_BUDGET.accuracy_drop * 100,
    allow_deadly_drop: DeadlyDropOption = False,
    browser: BrowserOption = True,
    site: SiteOption = None,
    title: TitleOption = None,
    base_url: BaseUrlOption = None,
    licence: Annotated[str, typer.Option(help="Licence of the photos (SPDX id); without one none is shown.")] = "",
    attribution: Annotated[str, typer.Option(help="Whom to credit for the photos.")] = "",
    allow_licence: AllowLicenceOption = None,
    taxon: TaxonOption = None,
    country: CountryOption = None,
    min_photos: MinPhotosOption = MIN_PHOTOS,
    max_photos: MaxPhotosOption = None,
    downsample: DownsampleOption = None,
    contact: ContactOption = "",
    taxonomy: TaxonomyOption = None,
    not_fungi: NotFungiOption = False,
    as_json: JsonOption = False,
) -> None:
    """Go the whole way from photos to a site; hops whose inputs did not change are skipped."""
    work = work or work_folder(out)
    recipe = Recipe(
        sources=tuple(fetched(sources, work / "dataset")),
        public=out,
        work=work,
        ingest=ingest_options(
            name=sources[0].resolve().stem,
            licence=licence,
            attribution=attribution,
            licences=allowed(allow_licence),
            filters={"taxa": taxon or (), "countries": country or ()},
            min_photos=min_photos,
            max_photos=max_photos,
            downsample=limit(downsample),
            download={"contact": contact},
            taxonomy=taxonomy,
            not_fungi=not_fungi,
        ),
        config=load_run_config(config, overrides(backbone, weights, max_epochs, fine_tune, reference, region)),
        precision=precision,
        budget=Budget(agreement=min_agreement, accuracy_drop=max_accuracy_drop / 100),
        browser=browser,
        allow_deadly_drop=allow_deadly_drop,
        build=_site_options(site, title, base_url),
    )
    emit(make_site(recipe), as_json=as_json)


def _site_options(path: Path | None, title: str | None, base_url: str | None) -> BuildOptions:
    site = read_site_file(path)
    if site.models:
        raise BadInput(
            "`sporeprint make` builds the site around the model that it makes",
            received=f"{path}: models = {', '.join(item.name for item in site.models)}",
            next_step="Leave models out, or build the site with `sporeprint build --site`",
        )
    return site.options(title=title, base_url=base_url)


def make_site(recipe: Recipe) -> Result:
    """Photos → data set → run → bundle → site, each hop only when its inputs changed.

    Raises:
        BadInput: the site's folder holds something else; no hop is started then.
        SporeprintError: from the hop that could not be finished; later hops are not started.
    """
    check_places(recipe)
    hops = Hops(recipe.work / "make.json")
    progress = TerminalProgress()
    dataset, runs, bundle = recipe.work / "dataset", recipe.work / "runs", recipe.work / "bundle"

    def do_ingest() -> Result:
        from sporeprint_training.dataset.info import read_info
        from sporeprint_training.dataset.ingest import ingest

        report = ingest(recipe.sources, dataset, recipe.ingest, progress)
        for warning in report.warnings:
            say(f"warning: {warning}")
        return {"sha256": read_info(dataset).sha256, "photos": report.photos, "species": report.species}

    def do_train() -> Result:
        with native_noise_hidden():
            from sporeprint_training.train import train

            run = train(dataset, runs, recipe.config, progress)
        # The id says what was trained, not what came of it.
        model = sha256_file(run.folder / MODEL_FILE)
        return {"run": run.record.id, "model": model, "test": test_metrics(run.record.metrics)}

    def do_export() -> Result:
        with native_noise_hidden():
            from sporeprint_export.export import ExportOptions

        options = ExportOptions(
            recipe.precision,
            recipe.budget,
            against=earlier_bundle(bundle),
            allow_deadly_drop=recipe.allow_deadly_drop,
        )
        report = export_with_browser(runs / trained["run"], bundle, options, browser=recipe.browser)
        return {"id": report.manifest.id, "bytes": report.bytes}

    def do_build() -> Result:
        report = site_build.build_site([bundle], recipe.public, recipe.build)
        return {"sha256": report.sha256, "files": report.files, "bytes": report.bytes}

    ingested = hops.run(
        "ingest",
        {
            "code": code(sporeprint_training),
            "sources": fingerprint([*recipe.sources, *listed(recipe)]),
            "taxonomy": fingerprint(taxonomy(recipe)),
            "options": recipe.ingest.model_dump(mode="json"),
        },
        lambda _: dataset,
        do_ingest,
        # While photos may still come, every run asks for them.
        unfinished=has_pending_photos(dataset),
    )
    trained = hops.run(
        "train",
        {
            "code": code(sporeprint_training),
            "dataset": ingested["sha256"],
            # The run records whose photos these are and what they show, and the site says it.
            "described": recipe.ingest.model_dump(mode="json", include={"name", "licence", "attribution", "not_fungi"}),
            "config": recipe.config.model_dump(mode="json"),
            "weights": local_weights(recipe.config),
            "reference": load_reference(recipe.config.reference.folder, recipe.config.reference.regions).sha256,
        },
        lambda result: runs / result["run"],
        do_train,
        later=EVALUATION_FILES,
    )
    exported = hops.run(
        "export",
        {
            "code": code(sporeprint_export),
            "run": trained["run"],
            "model": trained["model"],
            "precision": recipe.precision,
            "budget": asdict(recipe.budget),
            "browser": recipe.browser,
        },
        lambda _: bundle,
        do_export,
    )
    hops.run(
        "build",
        {
            "code": code(sporeprint_site),
            "bundle": exported["id"],
            "options": recipe.build.model_dump(mode="json"),
            "app": fingerprint([site_build.APP, site_build.TEMPLATES, VENDOR]),
            "public": str(recipe.public.absolute()),
        },
        lambda _: recipe.public,
        do_build,
    )
    _summary(recipe, hops, trained, exported)
    return {
        "run": trained["run"],
        "test": trained["test"],
        "public": str(recipe.public),
        "seconds": hops.seconds,
        "recomputed": hops.recomputed,
    }


def test_metrics(metrics: Any) -> Result:
    """The numbers on the untouched test split that every command reports."""
    return {"top1": metrics.top1, "top3": metrics.top3, "macro_f1": metrics.macro_f1, "n": metrics.n}


def _summary(recipe: Recipe, hops: Hops, trained: Result, exported: Result) -> None:
    show(
        "Hops",
        ("hop", "seconds", "done"),
        [(name, seconds, "made" if name in hops.recomputed else "unchanged") for name, seconds in hops.seconds.items()],
    )
    test = trained["test"]
    show("Test split", ("n", "top-1", "top-3", "macro-F1"), [(test["n"], test["top1"], test["top3"], test["macro_f1"])])
    say(f"Run {recipe.work / 'runs' / trained['run']}, bundle {exported['bytes'] / 1e6:.2f} MB, site {recipe.public}")
