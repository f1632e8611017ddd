"""Driving a full journal through everything that it can do, with a clock."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Page, sync_playwright

from journal_benchmark.finds import PATIENCE_MS, bring_back, fill, make_file, snapshot
from sporeprint_site.browser import ARGUMENTS, find_chromium
from sporeprint_site.serve import SiteServer
from sporeprint_training.errors import BadInput

_DRAWN = """(count) => {
  const images = [...document.querySelectorAll(".finds img")].slice(0, 5);
  return images.filter((image) => image.naturalWidth).length === count;
}"""


@dataclass
class Measured:
    """Seconds by step, and whether the round trip lost anything."""

    seconds: dict[str, float] = field(default_factory=dict)
    photo_bytes: int = 0
    backup_bytes: int = 0
    equal: bool = False

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        start = perf_counter()
        yield
        self.seconds[name] = perf_counter() - start


def measure_journal(public: Path, *, finds: int, edge: int) -> Measured:
    """Fill the journal of a built site and take it through opening, exports, deletion and import.

    Args:
        public: a site built with `--readable`, whose modules fill the journal without identifying each photo.
        finds: number of finds, one photo each.
        edge: of the photos, in pixels.

    Raises:
        BadInput: the site's modules are packed.
        NoBrowser: there is no Chromium.
    """
    if not (public / "app" / "page" / "journal" / "entries.js").is_file():
        raise BadInput(
            "The benchmark calls single modules of a readable site",
            received=str(public),
            next_step="sporeprint build BUNDLE --readable --out FOLDER",
        )
    with SiteServer(public) as server, sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        # A profile on disk, as phones have one: in a private window photos would stay in memory.
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=find_chromium(), args=list(ARGUMENTS), accept_downloads=True
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(server.url)
        page.get_by_test_id("gate-accept").click()
        page.locator("[data-testid=offline-status][data-state=ready]").wait_for(state="attached")
        measured = _measure(page, server.url, finds, edge, Path(profile))
        context.close()
    return measured


def _measure(page: Page, url: str, finds: int, edge: int, folder: Path) -> Measured:
    measured = Measured()
    with measured.step("fill"):
        fill(page, finds, edge=edge, noisy=True)
    before = snapshot(page)
    measured.photo_bytes = sum(photo["bytes"] for entry, _, _ in before for photo in entry["photos"])
    page.goto(f"{url}#more")
    with measured.step("open"):
        page.evaluate("() => { location.hash = 'journal'; }")
        page.wait_for_function(_DRAWN, arg=min(finds, 5))
    page.goto("about:blank")
    with measured.step("open anew"):
        page.goto(f"{url}#journal")
        page.wait_for_function(_DRAWN, arg=min(finds, 5))
    with measured.step("search"):
        page.get_by_label("Search names").fill("find 7")
        page.wait_for_function("() => document.querySelectorAll('.finds li').length < 200")
    page.goto(f"{url}#files")
    page.get_by_test_id("make-backup").wait_for()
    files = {}
    for kind in ("backup", "csv", "geojson", "dwc"):
        with measured.step(kind):
            files[kind] = make_file(page, kind)
    measured.backup_bytes = len(files["backup"])
    backup = folder / "journal.zip"
    backup.write_bytes(files["backup"])
    with measured.step("delete all"):
        page.get_by_test_id("delete-all").click()
        page.get_by_test_id("delete-all-confirm").click()
        page.get_by_test_id("journal-empty").wait_for()
    page.goto(f"{url}#files")
    with measured.step("import"):
        bring_back(page, backup)
    measured.equal = snapshot(page) == before
    return measured
