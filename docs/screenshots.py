"""Pictures of every screen, for these docs: `python docs/screenshots.py SITE PHOTOS [--out docs/images]`.

SITE is a built site, PHOTOS a folder of class folders; for the docs both are the demo's, whose drawings are nobody's
photos: `scripts/demo --no-serve`, then `public` and `.sporeprint/public/drawings`.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from sporeprint_site.browser import ARGUMENTS, find_chromium
from sporeprint_site.serve import SiteServer

WIDTHS = {"phone": (390, 844), "desktop": (1280, 800)}
COLOURS = 128
"""Of a palette: drawn screens need few, and the files stay small."""


def main() -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "images")
    parser.add_argument("--language", default="en-GB", help="as a browser asks for it [en-GB]")
    parser.add_argument("--dark", action="store_true", help="as a phone in dark mode shows them")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with SiteServer(options.site, port=0) as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        for name, size in WIDTHS.items():
            page = _page(chromium, size, options)
            suffix = f"{name}-dark" if options.dark else name
            _take_all(page, server.url, options.photos, partial(_save, page, options.out, suffix))
        chromium.close()


def _page(chromium: Browser, size: tuple[int, int], options: argparse.Namespace) -> Page:
    width, height = size
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        has_touch=width < 600,
        is_mobile=width < 600,
        locale=options.language,
        color_scheme="dark" if options.dark else "light",
        reduced_motion="reduce",
    )
    return context.new_page()


def _take_all(page: Page, url: str, photos: Path, take: Callable[[str], None]) -> None:
    deadly, harmless = _photo_of(photos, "Amanita phalloides"), _photo_of(photos, "Boletus edulis")
    page.goto(url)
    page.get_by_test_id("gate-accept").wait_for()
    take("gate")
    page.get_by_test_id("gate-accept").click()
    page.locator("[data-testid=offline-status][data-state=ready]").wait_for(timeout=60_000)
    take("start")
    for screen, photo in (("result", harmless), ("alarm", deadly)):
        _identify(page, photo)
        take(screen)
        page.get_by_test_id("save-find").click()
        page.locator("a[data-testid=save-find]").wait_for()
    for screen, address in (
        ("guide", "#guide"),
        ("species", "#species/Amanita%20phalloides"),
        ("journal", "#journal"),
        ("more", "#more"),
        ("storage", "#storage"),
        ("settings", "#settings"),
        ("about", "#about"),
        ("how", "#how"),
        ("emergency", "#emergency"),
    ):
        page.goto(url + address)
        page.locator("main h1").wait_for()
        take(screen)
    page.goto(url + "#journal")
    page.get_by_test_id("journal-row").first.click()
    page.locator("main h1").wait_for()
    take("journal-entry")
    page.goto(url + "licences.html")
    take("licences")


def _photo_of(photos: Path, species: str) -> Path:
    """The first photo of a species, or of any where the sample has no such folder."""
    folder = photos / species
    return sorted((folder if folder.is_dir() else photos).rglob("*.[jp]*g"))[0]


def _identify(page: Page, photo: Path) -> None:
    page.goto(page.url.partition("#")[0])
    page.get_by_test_id("photo-input").set_input_files(photo)
    page.locator("[data-testid=result], [data-testid=not-sure]").first.wait_for(timeout=30_000)


def _save(page: Page, out: Path, suffix: str, screen: str) -> None:
    page.wait_for_timeout(400)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
    picture.save(out / f"{screen}-{suffix}.png", optimize=True)


if __name__ == "__main__":
    main()
