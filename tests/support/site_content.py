"""Where a model's files lie in a built site, and which of them are on the phone."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page

from faulty_site import FaultySite


def content_of(folder: Path, index: int = 0) -> dict[str, str]:
    """Bundle path to address of everything that one model of a site consists of."""
    entry = json.loads((folder / "catalogue.json").read_bytes())["models"][index]
    files = json.loads((folder / entry["manifest"]).read_bytes())["files"]
    named = {file["path"]: f"content/{file['sha256']}.{file['path'].rpartition('.')[2]}" for file in files}
    return named | {"manifest.json": entry["manifest"]}


def stored(page: Page, site: FaultySite) -> set[str]:
    """Model files on the phone, as paths in the site."""
    urls = page.evaluate("caches.open('sporeprint-content/').then(c => c.keys()).then(all => all.map(r => r.url))")
    return {url.removeprefix(site.url) for url in urls}
