"""One runtime in the browser: opened, ready, asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime_benchmark.measured import Answer, Site
from runtime_benchmark.pictures import Pictures
from sporeprint_training.errors import StepFailed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PATIENCE_MS = 600_000
# An <input> hands files over to app and peers alike, without a byte that the server would count.
_ADD_INPUT = """() => {
  const input = document.createElement('input');
  input.type = 'file'; input.multiple = true; input.hidden = true; input.id = 'pictures';
  document.body.append(input);
}"""
_OUR_READY = """async () => {
  const failed = new Promise((resolve, reject) => setInterval(() => {
    const status = document.querySelector('[data-testid=offline-status][data-state=failed]');
    if (status) reject(new Error(status.innerText));
  }, 100));
  await Promise.race([window.sporeprint.ready, failed]);
  return { backend: 'wasm', ms: performance.now() };
}"""
_WORKS_OFFLINE = "[data-testid=offline-status][data-state=ready]"
_OUR_ANSWER = """async (index) => {
  const { scores, timings } = await window.sporeprint.identify(document.getElementById('pictures').files[index]);
  return { ms: timings.inference, values: Array.from(scores) };
}"""
_PEER_READY = "() => window.peer.ready()"
_PEER_ANSWER = """async (index) => {
  const pixels = new Uint8Array(await document.getElementById('pictures').files[index].arrayBuffer());
  const { ms, logits } = await window.peer.infer(pixels);
  return { ms, values: logits };
}"""


class Session:
    """A runtime in a context of its own, with nothing cached.

    Raises:
        StepFailed: its page does not get ready.
    """

    def __init__(self, browser: Browser, site: Site, address: str, pictures: Pictures) -> None:
        self.site = site
        # Stock tfjs evaluates strings, which the app's policy forbids.
        self._context = browser.new_context(bypass_csp=not site.ours)
        self._page = self._context.new_page()
        self._page.set_default_timeout(_PATIENCE_MS)
        errors: list[str] = []
        self._page.on("pageerror", lambda error: errors.append(str(error)))
        self._page.goto(address)
        if site.ours:
            self._page.get_by_test_id("gate-accept").click()
        found = _evaluate(self._page, _OUR_READY if site.ours else _PEER_READY, site, errors)
        self.backend: str = found["backend"]
        self.ready_ms: float = found["ms"]
        """From navigation until the model could be asked."""
        if site.ours:
            # It goes on fetching what it needs without a network: no byte of that is left out.
            self._page.locator(_WORKS_OFFLINE).wait_for(state="attached")
        self._page.evaluate(_ADD_INPUT)
        self._give(pictures.png if site.ours else pictures.raw)

    def _give(self, files: Sequence[Path]) -> None:
        self._page.locator("#pictures").set_input_files(list(files))

    def answer(self, index: int) -> Answer:
        """Ask for one picture."""
        found = _evaluate(self._page, _OUR_ANSWER if self.site.ours else _PEER_ANSWER, self.site, [], index)
        return Answer(found["ms"], tuple(found["values"]))

    def close(self) -> None:
        """Close the page and forget what it stored."""
        self._context.close()


def _evaluate(page: Page, script: str, site: Site, errors: list[str], *arguments: object) -> Any:
    from playwright.sync_api import Error as PlaywrightError

    try:
        return page.evaluate(script, *arguments)
    except PlaywrightError as error:
        reason = "; ".join([*errors, error.message.splitlines()[0]])
        raise StepFailed("Every runtime answers in the browser", received=f"{site.name}: {reason}") from None
