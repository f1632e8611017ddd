"""What axe finds wrong with the screen that a page shows."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

_AXE = Path(__file__).parents[2] / "site" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """() => axe.run().then(({ violations }) => violations.map(
  ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 80)).join(" | ")}`))"""


def axe_violations(page: Page) -> list[str]:
    """One line per broken rule, with the elements that break it."""
    page.evaluate(f"{_AXE.read_text()};0")
    found: list[str] = page.evaluate(_RUN)
    return found
