"""The guide in Chromium: from a keystroke to its painted results, and what scrolling through everything holds up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from sporeprint_site.browser import ARGUMENTS, find_chromium
from sporeprint_site.serve import SiteServer

PHONE = {"width": 390, "height": 844}
QUERIES = ("amanita", "knollenblätterpilz", "golden milkcp", "russla", "bolet", "phaloides", "xyzzy", "wa")
"""Right, misspelt, with nothing to find, and with hundreds of results."""
_WATCH = """() => {
  window.long = [];
  new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask" });
}"""
# A frame's callbacks run before it is painted; a message posted there arrives after.
_TYPE = """async (text) => {
  const input = document.querySelector("[data-testid=guide-search]");
  input.value = text;
  const started = performance.now();
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  await new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  }));
  return performance.now() - started;
}"""
_SCROLL = """async () => {
  window.long.length = 0;
  const frames = [];
  let last = performance.now();
  const end = document.documentElement.scrollHeight - innerHeight;
  // A fling: three screens each tenth of a second.
  for (let top = 0; top < end; top += innerHeight / 2) {
    scrollTo(0, top);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  const rows = [...document.querySelectorAll(".virtual li")];
  return { long: window.long, frames, rows: rows.length, last: Number(rows.at(-1).ariaPosInSet) };
}"""


@dataclass(frozen=True)
class Visit:
    """What one visit measured; times in milliseconds."""

    keystrokes: tuple[float, ...]
    """From each input event until after the paint of its results."""
    work: tuple[float, ...]
    """The page's script, style and layout of each in processor time, which a busy machine does not stretch."""
    typing_tasks: tuple[float, ...]
    """Tasks longer than 50 ms while typing."""
    scroll_tasks: tuple[float, ...]
    """Tasks longer than 50 ms while scrolling from the first species to the last."""
    frames: tuple[float, ...]
    """Between two frames of that."""
    opened: float
    """From the tab's press until rows and index are there."""


def visit(public: Path) -> Visit:
    """Open the built site, wait until it works offline, and use the guide."""
    with SiteServer(public) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        page = browser.new_page(viewport=PHONE, locale="de")  # type: ignore[arg-type]
        page.goto(served.url)
        page.get_by_test_id("gate-accept").click()
        page.locator("[data-testid=offline-status][data-state=ready]").wait_for(timeout=300_000)
        page.evaluate(_WATCH)
        found = _use(page)
        browser.close()
    return found


def _use(page: Page) -> Visit:
    opened = page.evaluate("""async () => {
      const started = performance.now();
      location.hash = "guide";
      while (!document.querySelector(".virtual li")) await new Promise(requestAnimationFrame);
      return performance.now() - started;
    }""")
    # The index is built meanwhile, a piece at a time.
    page.wait_for_timeout(3_000)
    page.evaluate("window.long.length = 0")
    keystrokes, work = _type(page)
    typing: list[float] = page.evaluate("window.long.slice()")
    scrolled: dict[str, Any] = page.evaluate(_SCROLL)
    return Visit(keystrokes, work, tuple(typing), tuple(scrolled["long"]), tuple(scrolled["frames"]), opened)


def _type(page: Page) -> tuple[tuple[float, ...], tuple[float, ...]]:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        metrics: dict[str, float] = {
            item["name"]: item["value"] for item in session.send("Performance.getMetrics")["metrics"]
        }
        return 1000 * sum(metrics[name] for name in ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration"))

    texts = [text for query in QUERIES for text in (*(query[:end] for end in range(1, len(query) + 1)), "")]
    times, work = [], []
    for text in texts:
        before = worked()
        times.append(float(page.evaluate(_TYPE, text)))
        work.append(worked() - before)
        page.wait_for_timeout(60)
    return tuple(times), tuple(work)
