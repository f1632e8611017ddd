"""What computes: WebAssembly, plain JavaScript where that is forbidden, the graphics processor only where it is one."""

import hashlib
import json

import pytest

from colour_bundle import colour_scores, plain_photo
from faulty_site import status
from sporeprint_site.browser import ARGUMENTS, WITH_WEBGL, find_chromium

pytestmark = pytest.mark.browser
READABLE = True
BLUE = (20, 30, 220)
REMEMBERED = """() => new Promise((resolve) => {
  const opening = indexedDB.open("sporeprint/");
  opening.onsuccess = () => {
    const asked = opening.result.transaction("settings").objectStore("settings").get("engine");
    asked.onsuccess = () => { opening.result.close(); resolve(asked.result?.backend); };
  };
})"""
SCORES = """async (bytes) => Array.from((await sporeprint.identify(new Blob([Uint8Array.from(bytes)]))).scores)"""


@pytest.fixture
def site_without_wasm(site):
    """A host whose policy forbids WebAssembly."""

    def forbidding(answer):
        policy = answer.headers.get("Content-Security-Policy", "").replace(" 'wasm-unsafe-eval'", "")
        return type(answer)(answer.status, {**answer.headers, "Content-Security-Policy": policy}, answer.body)

    site.faults["/"] = forbidding
    return site


def engine(site, name):
    """Path of a spare engine."""
    return json.loads((site.folder / "catalogue.json").read_bytes())["engines"][name]["path"]


def test_where_webassembly_is_forbidden_plain_javascript_gives_the_same_and_says_that_it_is_slow(
    make_app, site_without_wasm
):
    site = site_without_wasm
    site.faults[engine(site, "cpu")] = status(404)
    app = make_app(site)
    page = app.open(accept=True)
    # Without the other engine, what is forbidden is named.
    assert "WebAssembly" in app.wait_for(page, "failed")
    del site.faults[engine(site, "cpu")]
    page.get_by_role("button", name="Try again").click()
    assert "slowly" in app.wait_for(page, "ready")
    # The engine is kept like the model.
    site.stop()
    page.reload()
    assert "slowly" in app.wait_for(page, "ready")
    assert page.evaluate(SCORES, list(plain_photo(*BLUE))) == pytest.approx(colour_scores(*BLUE), abs=1e-5)
    page.get_by_role("link", name="slowly").click()
    page.get_by_text("plain JavaScript").wait_for()
    assert page.evaluate("sporeprint.ready.then(({ backend }) => backend)") == "cpu"
    assert all("wasm" in text for text in app.violations)
    app.violations.clear()


def ready(page):
    """Wait until it works offline."""
    page.locator("[data-testid=offline-status][data-state=ready]").wait_for(timeout=20_000)


def rewrite(site, path, change):
    """Serve a changed module as if the site had been built with it."""
    old = site.extra.get(path, (site.folder / path).read_bytes())
    site.extra[path] = change(old.decode()).encode()
    assert site.extra[path] != old
    script = site.extra.get("sw.js", (site.folder / "sw.js").read_bytes()).decode()
    hashes = [hashlib.sha256(data).hexdigest()[:16] for data in (old, site.extra[path])]
    site.extra["sw.js"] = script.replace(*hashes).encode()


def test_webgl_without_a_graphics_processor_is_not_tried_and_a_faster_one_is_taken_and_remembered(browser, site):
    chromium = browser.browser_type.launch(executable_path=find_chromium(), args=[*ARGUMENTS, *WITH_WEBGL])
    try:
        page = chromium.new_page()
        page.goto(site.url)
        ready(page)
        assert page.evaluate("Boolean(new OffscreenCanvas(1, 1).getContext('webgl2'))")
        assert page.evaluate("import('/app/worker/graphics.js').then(({ hasGraphics }) => hasGraphics())") is False

        # The same drawing taken for a processor, and any time for a faster one.
        rewrite(site, "app/worker/graphics.js", lambda text: text.replace("!SOFTWARE.test(renderer)", "true"))
        rewrite(site, "app/worker/graphics.js", lambda text: text.replace("failIfMajorPerformanceCaveat: true", ""))
        rewrite(site, "app/worker/compare.js", lambda text: text.replace("FAST_MS = 80", "FAST_MS = 0"))
        rewrite(site, "app/worker/compare.js", lambda text: text.replace("GAIN = 0.75", "GAIN = 1e6"))
        page = chromium.new_context().new_page()
        page.goto(site.url)
        ready(page)
        for _ in range(100):
            if remembered := page.evaluate(REMEMBERED):
                break
            page.wait_for_timeout(100)
        assert remembered == "webgl"
        before = page.evaluate(SCORES, list(plain_photo(*BLUE)))
        site.stop()
        page.reload()
        ready(page)
        assert page.evaluate("sporeprint.ready.then(({ backend }) => backend)") == "webgl"
        for scores in (before, page.evaluate(SCORES, list(plain_photo(*BLUE)))):
            assert scores == pytest.approx(colour_scores(*BLUE), abs=1e-3)
    finally:
        chromium.close()
