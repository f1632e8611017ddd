"""The static pages and the files for hosts and browsers around the app: rendered from templates, in one language."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from sporeprint_export.manifest import Manifest
from sporeprint_site.colours import looks
from sporeprint_site.headers import content_security_policy, header_rules, headers_file
from sporeprint_site.options import BuildOptions
from sporeprint_site.texts import filled
from sporeprint_site.words import in_language
from sporeprint_training.artefact import canonical_json, sha256_bytes
from sporeprint_training.errors import StepFailed

TEMPLATES = Path(__file__).parent / "templates"
NOT_PRECACHED = (
    *("content/", "_headers", ".nojekyll", "404.html", "robots.txt"),
    *("icons/icon-512", "icons/maskable", "icons/apple", "vendor/THIRD_PARTY.txt"),
)
"""Left out of the app shell: the model has its own cache, hosts read the next ones, the system keeps the icons it
needs, and the licences' text is part of licences.html. Of the three wasm binaries the service worker takes one:
the fastest that the browser can run."""


def rendered_pages(files: Mapping[str, bytes], models: Sequence[Manifest], options: BuildOptions) -> dict[str, bytes]:
    """The pages in the site's first language, the web manifest, what hosts read, and the service worker.

    Args:
        files: everything else of the site, path to content.
        models: the models it offers.
        options: of the site.

    Raises:
        StepFailed: a template lacks a value.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    context = _context(files, models, options)
    pages = {name: _render(environment, name, context) for name in ("index.html", "licences.html", "404.html")}
    pages["app.webmanifest"] = canonical_json(_web_manifest(options, context))
    pages["_headers"] = headers_file(header_rules(allow_url_input=options.allow_url_input), options.base_url)
    pages[".nojekyll"] = b""
    # Everything may be found, and there is nothing to list: the app is one page.
    pages["robots.txt"] = b"User-agent: *\nAllow: /\n"
    shell = {path: data for path, data in {**files, **pages}.items() if not path.startswith(NOT_PRECACHED)}
    precache = [{"url": path, "revision": sha256_bytes(data)[:16]} for path, data in sorted(shell.items())]
    pages["sw.js"] = _render(environment, "sw.js", {**context, "precache": precache})
    return pages


def _context(files: Mapping[str, bytes], models: Sequence[Manifest], options: BuildOptions) -> dict[str, Any]:
    texts = json.loads(files[f"app/strings/{options.language}.json"])
    colours = looks(files["app/app.css"].decode())
    described = in_language(options.description, options.language) if options.description else None
    return {
        "t": lambda key, **values: filled(texts[key], values),
        "title": options.title,
        "description": described,
        "language": options.language,
        "paper": {look: colours[look]["paper"] for look in ("light", "dark")},
        "base_url": options.base_url,
        "csp": content_security_policy(allow_url_input=options.allow_url_input),
        "models": models,
        # What the page begins with, whether its modules are packed or not.
        "modules": sorted(path for path in files if re.fullmatch(r"app/(page|shared)/.+\.js|app/parts/chunk-.+", path)),
        "third_party": files.get("vendor/THIRD_PARTY.txt", b"").decode(),
    }


def _render(environment: Environment, name: str, context: dict[str, Any]) -> bytes:
    try:
        return environment.get_template(f"{name}.j2").render(context).encode()
    except TemplateError as error:
        raise StepFailed(f"The template {name}.j2 renders with the values it is given", received=str(error)) from None


def _web_manifest(options: BuildOptions, context: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": options.base_url,
        "lang": options.language,
        "dir": "ltr",
        "name": options.title,
        "short_name": options.short_title or options.title[:12].strip(),
        "description": context["description"] or context["t"]("page.description"),
        "start_url": options.base_url,
        "scope": options.base_url,
        "display": "standalone",
        "background_color": context["paper"]["light"],
        "theme_color": context["paper"]["light"],
        "categories": ["education", "photo"],
        # Answered by app/sw/share_target.js on the phone, never by a server.
        "share_target": {
            "action": f"{options.base_url}share",
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {"files": [{"name": "photos", "accept": ["image/*", ".heic", ".heif"]}]},
        },
        "icons": [
            {"src": "icons/icon-192.png", "sizes": "192x192", "type": "image/png", "purpose": "any"},
            {"src": "icons/icon-512.png", "sizes": "512x512", "type": "image/png", "purpose": "any"},
            {"src": "icons/maskable-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    }
