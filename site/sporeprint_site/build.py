"""From bundles to a static site: gather everything in memory, check it, then write it in one step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sporeprint_export.bundle import Bundle, read_bundle
from sporeprint_export.manifest import DOWNLOADED_ROLES
from sporeprint_site.check import check_site
from sporeprint_site.colours import looks, recoloured
from sporeprint_site.emergency import built_in_numbers, numbers_file
from sporeprint_site.engines import listed, spare_engines
from sporeprint_site.icons import icon_files
from sporeprint_site.options import BuildOptions
from sporeprint_site.pages import TEMPLATES, rendered_pages
from sporeprint_site.precompress import precompressed, sizes_in_words
from sporeprint_site.texts import offered_texts
from sporeprint_site.vendoring import APP, PACKED, VENDOR, is_packed
from sporeprint_site.words import paragraphs
from sporeprint_training.artefact import canonical_json, replacing_folder, sha256_bytes
from sporeprint_training.errors import BadInput, StepFailed

__all__ = ["APP", "MARKER", "STYLES", "TEMPLATES", "BuildReport", "build_site"]

MARKER = "catalogue.json"
"""The file by which a folder is known for a built site."""
STYLES = (
    *(
        "tokens",
        "base",
        "controls",
        "frame",
        "taxon",
        "pages",
        "guide",
        "find",
        "photos",
        "answer",
        "camera",
        "compare",
    ),
    *("safety", "journal", "more", "offline"),
)
"""Parts of app/app.css in app/styles/, in the order in which later rules win."""


@dataclass(frozen=True)
class BuildReport:
    """What was built."""

    files: int
    bytes: int
    """Sum of all files' lengths, as served without compression."""
    seconds: float
    sha256: str
    """Hash over every path and content; equal for equal inputs."""
    notes: tuple[str, ...] = ()
    """What the developer should know although nothing failed, a line each."""


def build_site(
    bundles: Sequence[Path], out: Path, options: BuildOptions | None = None, *, engine: Path | None = None
) -> BuildReport:
    """Build the static app around one or more bundles; the first one is the default model.

    The same inputs give the same bytes. The previous site stays until the new one is complete.

    Args:
        bundles: folders written by `sporeprint export`.
        out: folder of the site; new, empty, or an earlier site.
        options: everything else that decides the site; see `site_file` for a file that holds it.
        engine: a file of `vendor/backends/` to compute with instead of tfjs on wasm; for measurements.

    Raises:
        BadInput: no bundle, a damaged one, two with the same id, one of fungi without the list of deadly species that
            it has never seen, colours that are hard to read, a language that lacks a text, or an output folder that
            is somebody's own.
        StepFailed: the browser code was never bundled or has changed since, a template lacks a value, a link leads
            nowhere, a page would load something from elsewhere, or brotli is wanted and not installed.
    """
    started = time.monotonic()
    options = options or BuildOptions()
    checked = _read_bundles(bundles)
    app, notes = offered_texts(_texts(), options.languages)
    modules = _modules()
    if not (options.readable or is_packed()):
        raise _not_bundled("modules or styles of the app that were never packed, or changed since")
    files = {**app, **(modules if options.readable else _below(PACKED, "**/*.js"))}
    files |= {**_vendor_files(engine, readable=options.readable), **_content_files(checked), **_own_files(options)}
    engines = spare_engines() if engine is None else {}
    files |= {spare.path: spare.data for spare in engines.values()}
    files[MARKER] = canonical_json({**_catalogue(checked, options), "engines": listed(engines)})
    files |= rendered_pages(files, [bundle.manifest for bundle in checked], options)
    check_site(files, modules)
    compressed = precompressed(files, options.precompress)
    notes += sizes_in_words(files, compressed)
    files |= compressed
    with replacing_folder(out, marker=MARKER) as folder:
        for path, data in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    return BuildReport(
        files=len(files),
        bytes=sum(map(len, files.values())),
        seconds=time.monotonic() - started,
        sha256=sha256_bytes(canonical_json({path: sha256_bytes(data) for path, data in files.items()})),
        notes=tuple(notes),
    )


def _read_bundles(folders: Sequence[Path]) -> list[Bundle]:
    if not folders:
        raise BadInput("A site needs at least one bundle", next_step="Name a folder written by `sporeprint export`")
    bundles = [read_bundle(folder) for folder in folders]
    for bundle in bundles:
        _check_never_seen(bundle)
    ids = [bundle.manifest.id for bundle in bundles]
    if len(set(ids)) != len(ids):
        raise BadInput("Each bundle is named once", received=", ".join(map(str, folders)))
    return bundles


def _check_never_seen(bundle: Bundle) -> None:
    """A model of fungi says which deadly ones it has never seen, and by which table; drawings name none in earnest."""
    origin = bundle.manifest.provenance
    if origin.deadly_table is None and not (origin.drawn or origin.not_fungi):
        raise BadInput(
            "A site of fungi says which deadly species its model has never seen, and by which table",
            received=f"{bundle.folder}: {len(origin.never_seen)} listed, no table named",
            next_step="Train and export again with this version; photos that show no fungi declare it with "
            "`sporeprint ingest --not-fungi`",
        )


def _texts() -> dict[str, bytes]:
    return _below(APP, "strings/*.json")


def _modules() -> dict[str, bytes]:
    return _below(APP, "**/*.js")


def _below(folder: Path, pattern: str) -> dict[str, bytes]:
    return {f"app/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in sorted(folder.glob(pattern))}


def _not_bundled(received: str) -> StepFailed:
    return StepFailed(
        "The browser code is bundled and packed before a site is built",
        received=received,
        next_step="Run `scripts/setup` in a checkout, or install Sporeprint again",
    )


def _own_files(options: BuildOptions) -> dict[str, bytes]:
    """What the site's owner chose: colours, icons and numbers."""
    folders = {name: APP if options.readable or name == "tokens" else PACKED for name in STYLES}
    styles = {name: (folder / "styles" / f"{name}.css").read_text() for name, folder in folders.items()}
    styles["tokens"] = recoloured(styles["tokens"], options.colours)
    return {
        # One request instead of one per part; a browser shows nothing before it has the styles.
        "app/app.css": "\n".join(styles.values()).encode(),
        "app/emergency.json": numbers_file(options.emergency or built_in_numbers()),
        **icon_files(options.icons, looks(styles["tokens"])["light"]["paper"]),
    }


def _vendor_files(engine: Path | None, *, readable: bool) -> dict[str, bytes]:
    # VENDOR's own files only: the folder backends/ is not for phones. Packed modules hold the libraries.
    wanted = ("*.js", "*.wasm", "*.txt") if readable else ("tfjs.js", "workbox.js", "*.wasm", "*.txt")
    paths = {path.name: path for pattern in wanted for path in sorted(VENDOR.glob(pattern))}
    if engine is not None:
        paths["tfjs.js"] = engine
    found = {f"vendor/{name}": path.read_bytes() for name, path in paths.items() if path.is_file()}
    if "vendor/tfjs.js" not in found:
        raise _not_bundled(f"no {engine or VENDOR / 'tfjs.js'}")
    return found


def _content_files(bundles: Sequence[Bundle]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for bundle in bundles:
        for file in bundle.manifest.files:
            if file.role in DOWNLOADED_ROLES:
                files[f"content/{file.sha256}{Path(file.path).suffix}"] = bundle.read(file)
        manifest = bundle.manifest.to_json()
        files[f"content/{sha256_bytes(manifest)}.json"] = manifest
    return files


def _catalogue(bundles: Sequence[Bundle], options: BuildOptions) -> dict[str, Any]:
    models: list[dict[str, Any]] = []
    for bundle in bundles:
        manifest = bundle.manifest.to_json()
        wanted = {file.sha256: file.bytes for file in bundle.manifest.files if file.role in DOWNLOADED_ROLES}
        models.append(
            {
                "id": bundle.manifest.id,
                "name": bundle.manifest.name,
                "manifest": f"content/{sha256_bytes(manifest)}.json",
                "manifest_sha256": sha256_bytes(manifest),
                "manifest_bytes": len(manifest),
                "bytes": len(manifest) + sum(wanted.values()),
                "default": not models,
                **_in_short(bundle),
            }
        )
    return {
        "format": 1,
        "title": options.title,
        "about": {language: paragraphs(text) for language, text in (options.about or {}).items()},
        "contact": options.contact,
        "imprint": options.imprint,
        "drawn": any(bundle.manifest.provenance.drawn for bundle in bundles),
        "allow_url_input": options.allow_url_input,
        "languages": list(options.languages),
        "models": models,
    }


def _in_short(bundle: Bundle) -> dict[str, Any]:
    """What helps to choose between models before one is downloaded."""
    metrics = bundle.manifest.metrics
    return {
        "classes": len(bundle.manifest.classes),
        "top1": metrics.top1,
        "n_test": metrics.n,
        "deadly_recall": metrics.deadly_recall,
        "n_deadly": metrics.n_deadly,
    }
