"""From bundles to a static site: gather everything in memory, check it, then write it in one step."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from sporeprint_export.bundle import Bundle, read_bundle
from sporeprint_export.manifest import DOWNLOADED_ROLES
from sporeprint_site.check import check_site
from sporeprint_site.headers import content_security_policy, header_rules, headers_file
from sporeprint_site.icons import draw_icon
from sporeprint_site.options import BuildOptions
from sporeprint_site.texts import all_languages, drafted
from sporeprint_site.vendoring import VENDOR
from sporeprint_training.artefact import canonical_json, replacing_folder, sha256_bytes
from sporeprint_training.errors import BadInput, StepFailed

APP = Path(__file__).parent / "app"
TEMPLATES = Path(__file__).parent / "templates"
MARKER = "catalogue.json"
"""The file by which a folder is known for a built site."""
STYLES = ("tokens", "base", "controls", "frame", "taxon", "pages", "guide", "find", "safety", "journal", "more")
"""Parts of app/app.css in app/styles/, in the order in which later rules win."""
NOT_PRECACHED = (
    *("content/", "_headers", ".nojekyll", "404.html", "robots.txt"),
    *("icons/icon-512", "icons/maskable", "icons/apple", "vendor/THIRD_PARTY.txt"),
)
"""Left out of the app shell: the model has its own cache, hosts read the next ones, the system keeps the icons it
needs, and the licences' text is part of licences.html. Of the three wasm binaries the service worker takes one:
the fastest that the browser can run."""


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
        options: title, sub-path and what the app may do.
        engine: a file of `vendor/backends/` to compute with instead of tfjs on wasm; for measurements.

    Raises:
        BadInput: no bundle, a damaged one, two with the same id, one of fungi without the list of deadly species that
            it has never seen, or an output folder that is somebody's own.
        StepFailed: the browser bundle was never made, a template lacks a value, or a link leads nowhere.
    """
    started = time.monotonic()
    options = options or BuildOptions()
    checked = _read_bundles(bundles)
    files = {**_app_files(), **_vendor_files(engine), **_content_files(checked), **_icon_files()}
    completed, notes = drafted(files)
    files |= completed
    files[MARKER] = canonical_json(_catalogue(checked, options))
    files |= _rendered(files, checked, options)
    check_site(files)
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


def _app_files() -> dict[str, bytes]:
    files = {
        f"app/{path.relative_to(APP).as_posix()}": path.read_bytes()
        for path in sorted(APP.rglob("*"))
        if path.is_file() and path.suffix in (".js", ".json", ".svg")
    }
    # One request instead of one per part; a browser shows nothing before it has the styles.
    files["app/app.css"] = b"\n".join((APP / "styles" / f"{name}.css").read_bytes() for name in STYLES)
    return files


def _vendor_files(engine: Path | None) -> dict[str, bytes]:
    # VENDOR's own files only: the folder backends/ is not for phones.
    paths = {path.name: path for path in sorted(VENDOR.glob("*")) if path.is_file() and not path.name.startswith(".")}
    if engine is not None:
        paths["tfjs.js"] = engine
    found = {f"vendor/{name}": path.read_bytes() for name, path in paths.items() if path.is_file()}
    if "vendor/tfjs.js" not in found:
        raise StepFailed(
            "The browser code (tfjs, Workbox and the page's libraries) is bundled before a site is built",
            received=f"no {engine or VENDOR / 'tfjs.js'}",
            next_step="Run `scripts/setup` in a checkout, or install Sporeprint again",
        )
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
            }
        )
    return {
        "format": 1,
        "title": options.title,
        "drawn": any(bundle.manifest.provenance.drawn for bundle in bundles),
        "allow_url_input": options.allow_url_input,
        "languages": all_languages(),
        "models": models,
    }


def _icon_files() -> dict[str, bytes]:
    return {
        "icons/icon-192.png": draw_icon(192, maskable=False),
        "icons/icon-512.png": draw_icon(512, maskable=False),
        "icons/maskable-512.png": draw_icon(512, maskable=True),
        "icons/apple-touch-icon.png": draw_icon(180, maskable=True),
    }


def _rendered(files: dict[str, bytes], bundles: Sequence[Bundle], options: BuildOptions) -> dict[str, bytes]:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    rules = header_rules(allow_url_input=options.allow_url_input)
    context = {
        "title": options.title,
        "base_url": options.base_url,
        "csp": content_security_policy(allow_url_input=options.allow_url_input),
        "drawn": any(bundle.manifest.provenance.drawn for bundle in bundles),
        "models": [bundle.manifest for bundle in bundles],
        "modules": sorted(path for path in files if re.fullmatch(r"app/(page|shared)/.+\.js", path)),
        "third_party": files.get("vendor/THIRD_PARTY.txt", b"").decode(),
    }
    pages = {name: _render(environment, name, context) for name in ("index.html", "licences.html", "404.html")}
    pages["app.webmanifest"] = canonical_json(_web_manifest(options))
    pages["_headers"] = headers_file(rules, options.base_url)
    pages[".nojekyll"] = b""
    pages["robots.txt"] = b"User-agent: *\nAllow: /\n"
    shell = {path: data for path, data in {**files, **pages}.items() if not path.startswith(NOT_PRECACHED)}
    precache = [{"url": path, "revision": sha256_bytes(data)[:16]} for path, data in sorted(shell.items())]
    pages["sw.js"] = _render(environment, "sw.js", {**context, "precache": precache})
    return pages


def _render(environment: Environment, name: str, context: dict[str, Any]) -> bytes:
    try:
        return environment.get_template(f"{name}.j2").render(context).encode()
    except TemplateError as error:
        raise StepFailed(f"The template {name}.j2 renders with the values it is given", received=str(error)) from None


def _web_manifest(options: BuildOptions) -> dict[str, Any]:
    return {
        "id": options.base_url,
        "name": options.title,
        "short_name": options.title[:12],
        "description": "Names fungi from photos, offline.",
        "start_url": options.base_url,
        "scope": options.base_url,
        "display": "standalone",
        "background_color": "#f4efe3",
        "theme_color": "#f4efe3",
        "categories": ["education", "photo"],
        "icons": [
            {"src": "icons/icon-192.png", "sizes": "192x192", "type": "image/png", "purpose": "any"},
            {"src": "icons/icon-512.png", "sizes": "512x512", "type": "image/png", "purpose": "any"},
            {"src": "icons/maskable-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    }
