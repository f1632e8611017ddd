"""What decides a site that `sporeprint make` makes, and what of it can be told before any work is done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sporeprint.hops import fingerprint
from sporeprint.terminal import say
from sporeprint_export.bundle import read_bundle
from sporeprint_export.precision import Budget, PrecisionChoice
from sporeprint_site import build as site_build
from sporeprint_site.options import BuildOptions
from sporeprint_training.artefact import check_replaceable
from sporeprint_training.dataset.options import IngestOptions
from sporeprint_training.dataset.sources import downloads_folder, overlapping
from sporeprint_training.errors import BadInput
from sporeprint_training.run_config import RunConfig


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a site."""

    sources: tuple[Path, ...]
    public: Path
    work: Path
    ingest: IngestOptions
    config: RunConfig
    precision: PrecisionChoice
    budget: Budget
    browser: bool
    """Measure the bundle in Chromium too."""
    build: BuildOptions
    allow_deadly_drop: bool = False
    """Release a model that is worse at deadly species than the one before."""


def work_folder(public: Path) -> Path:
    """Where `make` keeps the data set, runs and bundle of a site: beside it, so `verify` can find the run."""
    return public.absolute().parent / ".sporeprint" / public.name


def check_places(recipe: Recipe) -> None:
    """Refuse before any work is done what could only fail, or lose files, after it."""
    check_replaceable(recipe.public, marker=site_build.MARKER)
    public, work = recipe.public.absolute(), recipe.work.absolute()
    shared = overlapping([*recipe.sources, *taxonomy(recipe)], public)
    if shared is not None or public == work or public in work.parents:
        raise BadInput(
            "The site lies outside the photos, their taxonomy and the work folder, because it is replaced as a whole",
            received=f"site {recipe.public} and {shared or recipe.work}",
            next_step="Choose another folder with --out or --work",
        )


def listed(recipe: Recipe) -> list[Path]:
    """Photos on this machine that tables name."""
    tables = [source for source in recipe.sources if source.is_file() and source.suffix.lower() != ".zip"]
    if not tables:
        return []
    from sporeprint_training.dataset.bring import listed_photos  # pandas takes a second

    return list(listed_photos(tables))


def has_pending_photos(dataset: Path) -> bool:
    """Whether photos may come that an earlier run could not have."""
    downloads = downloads_folder(dataset)
    if not downloads.is_dir():
        return False
    from sporeprint_training.dataset.bring import has_pending

    return has_pending(downloads)


def taxonomy(recipe: Recipe) -> list[Path]:
    """The user's own table, if there is one."""
    return [recipe.ingest.taxonomy] if recipe.ingest.taxonomy else []


def earlier_bundle(bundle: Path) -> Path | None:
    """The bundle made before, to compare the new one with; None when there is none that can be read."""
    # Phones that have the bundle made before should not have to download it all again, nor get a worse warning.
    if not bundle.is_dir():
        return None
    try:
        read_bundle(bundle)
    except BadInput as error:
        say(f"warning: the new model is not compared with the earlier one, which cannot be read: {error}")
        return None
    return bundle


def local_weights(config: RunConfig) -> str:
    """Fingerprint of the backbone's weights, where they lie on this machine."""
    path = Path(config.model.weights or "")
    return fingerprint([path]) if config.model.weights and path.exists() else ""
