"""One phone-sized window, one warmed model, photo after photo through the page's own input."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from sporeprint_site.browser import ARGUMENTS, find_chromium
from sporeprint_site.serve import SiteServer
from sporeprint_training.progress import SILENT, Progress

PARTS = ("decode", "resize", "inference", "decision")
_PHONE = {"width": 390, "height": 844}
_READY_MS = 180_000
# Until the photo just answered is decoded for the screen, too.
_SETTLED_MS = 700
# Runs before the page's own scripts. From the input's change until the answer's card is in the page: what a person
# waits for. The worker's own parts are asked of the same photo afterwards.
_WATCH = """
window.__tasks = [];
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) window.__tasks.push([startTime, duration]);
}).observe({ type: 'longtask' });
document.addEventListener('change', () => { window.__chosen = performance.now(); }, { capture: true });
const SHOWN = 'section.result[data-state=done], section.result[data-state=failed]';
new MutationObserver(() => {
  if (window.__chosen && !window.__shown && document.querySelector(SHOWN)) window.__shown = performance.now();
}).observe(document, { childList: true, subtree: true });
"""
_FORGET = "() => { window.__chosen = window.__shown = 0; location.hash = ''; }"
_SHOWN = "() => window.__shown && document.querySelector('[data-testid=result], [data-testid=not-sure]') !== null"
_TOOK = "() => ({ ms: window.__shown - window.__chosen, from: window.__chosen, to: performance.now() })"
_KEEP_INPUT = """() => {
  const input = document.createElement('input');
  input.type = 'file'; input.multiple = true; input.hidden = true; input.id = 'photos';
  document.body.append(input);
}"""
_PARTS = "(index) => window.sporeprint.identify(document.getElementById('photos').files[index]).then((f) => f.timings)"
_TASKS = "(from) => window.__tasks.filter(([start]) => start >= from).map(([, duration]) => duration)"


@dataclass(frozen=True)
class Measured:
    """Milliseconds by photo."""

    waited: tuple[float, ...]
    """From choosing a photo until its answer is on the screen."""
    parts: tuple[dict[str, float], ...]
    """Of the same photos in the worker: `PARTS`."""
    longest_task: float
    """Of the main thread; 0 when none reached 50 ms, which is what browsers report."""

    @property
    def median(self) -> float:
        return statistics.median(self.waited)

    def median_parts(self) -> dict[str, float]:
        """By name; medians do not add up to the median of the whole."""
        return {name: statistics.median(parts[name] for parts in self.parts) for name in PARTS}


def measure(public: Path, photos: Sequence[Path], *, warm_up: int, progress: Progress = SILENT) -> Measured:
    """Visit a built site and have every photo identified.

    Args:
        public: a built site.
        photos: JPEG files; the first `warm_up` ones are identified and not counted.
        warm_up: photos after which code is compiled and memory is there.
        progress: told about every photo.
    """
    with SiteServer(public) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        page = browser.new_context(viewport=_PHONE).new_page()  # type: ignore[arg-type]
        page.add_init_script(_WATCH)
        page.goto(server.url)
        page.get_by_test_id("gate-accept").click()
        page.locator("[data-testid=offline-status][data-state=ready]").wait_for(timeout=_READY_MS)
        page.evaluate(_KEEP_INPUT)
        page.locator("#photos").set_input_files(list(photos))
        # The input above is a change of its own, without an answer.
        begun, waited, parts = 0.0, [], []
        with progress.step("Photos to answers", len(photos)) as advance:
            for index, photo in enumerate(photos):
                found = _identify(page, photo)
                if index == warm_up:
                    begun = found["from"]
                waited.append(found["ms"])
                page.wait_for_timeout(_SETTLED_MS)
                parts.append(page.evaluate(_PARTS, index))
                advance(1)
        # Long tasks are told of a little after they end.
        page.wait_for_timeout(200)
        tasks = page.evaluate(_TASKS, begun)
        browser.close()
    return Measured(tuple(waited[warm_up:]), tuple(parts[warm_up:]), max(tasks, default=0.0))


def _identify(page: Page, photo: Path) -> Any:
    page.evaluate(_FORGET)
    page.get_by_test_id("photo-input").set_input_files(photo)
    # Asked again and again from outside: a function that waits in the page would be one more task there.
    while not page.evaluate(_SHOWN):
        page.wait_for_timeout(50)
    return page.evaluate(_TOOK)
