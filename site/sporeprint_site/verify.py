"""The built app in a real Chromium: first visit, ready, server stopped, reload, and then the photos."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sporeprint_site.browser import ARGUMENTS, NoBrowser, find_chromium
from sporeprint_site.serve import SiteServer
from sporeprint_training.errors import StepFailed
from sporeprint_training.progress import SILENT, Progress

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

READY_SECONDS = 180
PHOTO_SECONDS = 30
PHONE = {"width": 390, "height": 844}
STAGES = ("decode", "resize", "inference", "decision")

# Runs in the page before its own scripts: what is refused by the policy, and what keeps the main thread busy.
_WATCH = """
window.__violations = [];
window.__longest = 0;
window.__since = 0;
addEventListener('securitypolicyviolation', (event) => window.__violations.push(event.violatedDirective));
new PerformanceObserver((list) => {
  // Observers hear of a task some time after it: one from before the photos must not count.
  for (const { startTime, duration } of list.getEntries()) {
    if (startTime >= window.__since) window.__longest = Math.max(window.__longest, duration);
  }
}).observe({ type: 'longtask' });
"""
_SETTLED = ", ".join(f"[data-testid=offline-status][data-state={state}]" for state in ("ready", "failed"))
# An <input> hands files over without a byte passing the page's main thread.
_ADD_INPUT = """() => {
  const input = document.createElement('input');
  input.type = 'file'; input.multiple = true; input.hidden = true; input.id = 'verify-photos';
  document.body.append(input);
}"""
_BACKEND = "window.sporeprint.ready.then(({ backend }) => backend)"
_IDENTIFY = """async (index) => {
  const file = document.getElementById('verify-photos').files[index];
  const { scores, familiarity, decision, timings } = await window.sporeprint.identify(file);
  return { scores: Array.from(scores), familiarity, decision, timings };
}"""


@dataclass(frozen=True)
class PhotoAnswer:
    """The app's answer for one photo."""

    photo: Path
    scores: tuple[float, ...] | None
    """Calibrated scores in the manifest's class order; None when the app refused the photo."""
    decision: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    """Milliseconds by stage: decode, resize, inference, decision."""
    familiarity: float | None = None
    """None when the app refused the photo, or its model cannot tell."""
    error: str = ""


@dataclass(frozen=True)
class Visit:
    """What one whole session of the app did."""

    answers: tuple[PhotoAnswer, ...]
    backend: str
    """What the app's engine says it computed on."""
    sent: tuple[tuple[Path, int], ...]
    """Every body that the server sent until "Works offline": its file in the site, and its bytes, uncompressed."""
    off_origin_requests: tuple[str, ...]
    csp_violations: tuple[str, ...]
    longest_task_ms: float
    """Longest main-thread task while photos were identified; 0 when none reached 50 ms, which is what
    browsers report."""

    @property
    def bytes_until_ready(self) -> int:
        """All of `sent`, uncompressed."""
        return sum(length for _, length in self.sent)

    def bytes_until_ready_brotli(self) -> int:
        """The same as a web server sends it with brotli; compressed now, which for a large model takes seconds."""
        # An install that only builds sites has no brotli, as it has no Playwright.
        from sporeprint_export.transfer import compressed_bytes

        return sum(compressed_bytes(path.read_bytes()) if path.is_file() else length for path, length in self.sent)

    def identify_ms(self) -> dict[str, float | None]:
        """Median milliseconds: of the whole identification (`median`) and of each stage."""
        timed = [answer.timings for answer in self.answers if answer.timings]
        stages = {stage: _median([timings[stage] for timings in timed]) for stage in STAGES}
        return {"median": _median([sum(timings[stage] for stage in STAGES) for timings in timed]), **stages}


def visit_site(
    public: Path,
    photos: Sequence[Path],
    *,
    through_page: int = 5,
    seconds: float | None = None,
    arguments: Sequence[str] = (),
    progress: Progress = SILENT,
) -> Visit:
    """Use a built site as a hiker does: visit it once, lose the network, reload, identify.

    Args:
        public: the built site.
        photos: files to identify, by the page's script interface.
        through_page: how many of them to hand to the page's own photo input first, as a person would.
        seconds: after which no further photo is begun; the answers are then fewer than the photos.
        arguments: for Chromium, besides the usual ones.
        progress: told about every photo.

    Raises:
        NoBrowser: there is no Chromium or no Playwright.
        StepFailed: Chromium fails or ends early, or the app never became ready or never answered.
        BadInput: `public` is not a built site.
    """
    try:
        from playwright.sync_api import Error as PlaywrightError
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NoBrowser(
            "Verifying needs Playwright", received="none", next_step="Install it: pip install 'sporeprint[verify]'"
        ) from None
    # Without this Playwright does not report what the service worker itself requests.
    os.environ.setdefault("PW_EXPERIMENTAL_SERVICE_WORKER_NETWORK_EVENTS", "1")
    chromium = find_chromium()
    try:
        with SiteServer(public) as server, sync_playwright() as playwright:
            browser = _launch(playwright, chromium, arguments)
            try:
                context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
                return _session(context, public, server, photos, through_page, seconds, progress)
            finally:
                browser.close()
    except PlaywrightError as error:
        raise StepFailed(
            "The app can be used in Chromium", received=f"{chromium}: {error.message.splitlines()[0]}"
        ) from error


def _launch(playwright: Playwright, chromium: Path, arguments: Sequence[str]) -> Browser:
    from playwright.sync_api import Error as PlaywrightError

    try:
        return playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *arguments])
    except PlaywrightError as error:
        raise NoBrowser(
            "The Chromium of this machine starts",
            received=f"{chromium}: {error.message.splitlines()[0]}",
            next_step="Install another one, or name it in SPOREPRINT_CHROMIUM",
        ) from error


def _session(
    context: BrowserContext,
    public: Path,
    server: SiteServer,
    photos: Sequence[Path],
    through_page: int,
    seconds: float | None,
    progress: Progress,
) -> Visit:
    requested: list[str] = []
    refused: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    context.on("console", lambda message: refused.append(message.text) if _is_refusal(message.text) else None)
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.goto(server.url)
    page.get_by_test_id("gate-accept").click()
    _wait_until_ready(page)
    sent = tuple((public / request.path.lstrip("/"), request.bytes) for request in server.requests)
    violations = list(page.evaluate("window.__violations"))
    server.stop()
    page.reload()
    _wait_until_ready(page)
    page.evaluate("() => { window.__since = performance.now(); window.__longest = 0; }")
    for photo in photos[:through_page]:
        _show(page, photo)
    answers = _identify(page, photos, seconds, progress)
    return Visit(
        answers=answers,
        backend=page.evaluate(_BACKEND),
        sent=sent,
        off_origin_requests=tuple(url for url in requested if not url.startswith((server.url, "blob:", "data:"))),
        csp_violations=(*violations, *page.evaluate("window.__violations"), *refused),
        longest_task_ms=page.evaluate("window.__longest"),
    )


def _is_refusal(text: str) -> bool:
    return "Content Security Policy" in text


def _wait_until_ready(page: Page) -> None:
    from playwright.sync_api import TimeoutError as PlaywrightTimeout

    try:
        # Not wait_for_function: it evaluates a string in the page, which the policy forbids.
        page.locator(_SETTLED).first.wait_for(state="attached", timeout=READY_SECONDS * 1000)
        status = page.get_by_test_id("offline-status")
        state, text = status.get_attribute("data-state"), status.inner_text()
    except PlaywrightTimeout:
        state, text = "neither ready nor failed", f"after {READY_SECONDS} s"
    if state != "ready":
        raise StepFailed('The app reaches "Works offline"', received=f"{state}: {text}")


def _show(page: Page, photo: Path) -> None:
    page.get_by_test_id("photo-input").first.set_input_files(photo)
    page.wait_for_selector(
        "[data-testid=result], [data-testid=not-sure], [data-testid=error]", timeout=PHOTO_SECONDS * 1000
    )


def _identify(page: Page, photos: Sequence[Path], seconds: float | None, progress: Progress) -> tuple[PhotoAnswer, ...]:
    from playwright.sync_api import Error as PlaywrightError

    page.evaluate(_ADD_INPUT)
    page.locator("#verify-photos").set_input_files(list(photos))
    answers: list[PhotoAnswer] = []
    started = time.monotonic()
    with progress.step("Identifying in Chromium", len(photos)) as advance:
        for index, photo in enumerate(photos):
            if answers and seconds is not None and time.monotonic() - started > seconds:
                break
            try:
                found = page.evaluate(_IDENTIFY, index)
                scores = tuple(found["scores"])
                answers.append(PhotoAnswer(photo, scores, found["decision"], found["timings"], found["familiarity"]))
            except PlaywrightError as error:
                answers.append(PhotoAnswer(photo, None, error=error.message.splitlines()[0]))
            advance(1)
    return tuple(answers)


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
