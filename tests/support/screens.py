"""A walk through every screen of the app, and what is measured on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from colour_bundle import plain_photo
from journal import save_find

AXE = Path(__file__).parents[2] / "site" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """() => axe.run().then(({ violations }) => violations.map(({ id, nodes }) =>
  `${id}: ${nodes.map(({ html, any }) => html.slice(0, 80) + (any[0]?.message ?? "")).join(" | ")}`))"""

# A control inside a label is as large as the label; a link in a sentence is as large as its line (WCAG 2.2, 2.5.8).
SMALL_TARGETS = """() => {
  const inSentence = (node) => node.matches('a') && node.parentElement.matches('p, li, dd, td, figcaption')
    && node.parentElement.textContent.trim() !== node.textContent.trim();
  const wanted = 'a[href], button, input, select, textarea, summary, [role=button], [role=option], [tabindex="0"]';
  return [...document.querySelectorAll(wanted)].flatMap((node) => {
    const target = node.closest('label') ?? node;
    if (!target.checkVisibility({ visibilityProperty: true }) || inSentence(node) || node.disabled) return [];
    const { width, height } = target.getBoundingClientRect();
    if (!width || !height || (width >= 43.5 && height >= 43.5)) return [];
    return [`${target.outerHTML.slice(0, 90)} is ${Math.round(width)} x ${Math.round(height)}`];
  });
}"""
TOO_WIDE = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const end = (node) => Math.round(node.getBoundingClientRect().right);
  const wide = [...document.querySelectorAll('body *')].filter((node) => end(node) > clientWidth + 1);
  return wide.slice(0, 5).map((node) => `${node.tagName}.${node.className} ends at ${end(node)}`);
}"""
UNMARKED_LATIN = """() => [...document.querySelectorAll('.scientific, i, em')]
  .filter((node) => node.checkVisibility() && node.textContent.trim() && !node.closest('[lang=la]'))
  .map((node) => node.outerHTML.slice(0, 80))"""
MOVING = """() => document.getAnimations().filter((a) => a.effect.getComputedTiming().activeDuration > 1)
  .map((a) => `${a.effect.target?.tagName}.${a.effect.target?.className}`)"""


def every_screen(app: Any, page: Page) -> Iterator[str]:
    """Lead a fresh page through all screens; what stays on the way is named before it is left.

    Args:
        app: the browser profile of the `app` fixture.
        page: its tab, on the safety gate.
    """
    page.get_by_test_id("gate-accept").wait_for()
    yield "gate"
    page.get_by_test_id("gate-accept").click()
    app.wait_for(page, "ready")
    yield "home"
    app.identify(page, b"no photo")
    yield "error"
    app.identify(page, plain_photo(120, 118, 122))
    yield "unsure"
    app.identify(page, plain_photo(20, 220, 30))
    yield "deadly"
    app.identify(page, plain_photo(220, 30, 20))
    yield "result"
    page.get_by_test_id("crop").first.click()
    page.get_by_test_id("crop-use").wait_for()
    yield "crop"
    find = save_find(page, plain_photo(20, 220, 30), notes="under oaks")
    # Whatever screen another part of the app adds is walked too.
    routes = page.evaluate("import(new URL('app/page/routes.js', document.baseURI)).then((m) => Object.keys(m.ROUTES))")
    for name in routes:
        if name not in ("", "result", "crop", "species"):
            _go(page, name)
            yield name
    for address in (
        "species/Amanita%20phalloides",
        "species/Unknown%20species",
        find.removeprefix("#"),
        "journal/gone",
    ):
        _go(page, address)
        yield address
    for static in ("licences.html", "404.html"):
        page.goto(app.site.url + static)
        yield static


def axe_violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it is shown."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"{AXE.read_text()};0")
    found: list[str] = page.evaluate(RUN_AXE)
    return found


def measure(page: Page, script: str) -> list[str]:
    """The faults that one of this module's scripts finds."""
    found: list[str] = page.evaluate(script)
    return found


def at_width(page: Page, width: int, look: Callable[[], list[str]]) -> list[str]:
    """Look at the page at another width, as zooming in makes it, and put it back."""
    before = page.viewport_size
    assert before
    page.set_viewport_size({"width": width, "height": before["height"]})
    found = look()
    page.set_viewport_size(before)
    return found


def _go(page: Page, address: str) -> None:
    page.evaluate("(address) => { location.hash = address; }", address)
    page.locator("main h1").first.wait_for()
    # Screens that read the journal fill in a moment later.
    page.wait_for_timeout(150)
