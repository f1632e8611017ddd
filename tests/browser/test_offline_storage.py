"""What is stored, whether it stays, how it is freed, and what the app does when the phone has deleted it."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from colour_bundle import plain_photo
from site_content import content_of, stored

pytestmark = pytest.mark.browser
BLUE = plain_photo(20, 30, 220)


def test_a_model_that_the_phone_deleted_is_named_and_downloaded_again(app, site):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    page.evaluate("caches.delete('sporeprint-content/')")
    # Back from the background: what is in memory still identifies, and the line no longer promises.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert "has deleted the model" in app.wait_for(page, "failed")
    assert "Boletus edulis" in app.identify(page, BLUE)
    port = int(site.url.split(":")[2].split("/")[0])
    site.stop()
    page.reload()
    assert "has deleted the model" in app.wait_for(page, "failed")
    expect(page.locator("main h1")).to_be_visible()
    site.start(port)
    page.get_by_role("button", name="Download again").click()
    app.wait_for(page, "ready")
    assert "Boletus edulis" in app.identify(page, BLUE)


def test_the_storage_page_pauses_counts_advises_and_frees(app, site):
    app.context.add_init_script("Object.defineProperty(navigator, 'standalone', { value: false })")
    ballast = content_of(site.folder)["weights/ballast.bin"]
    site.faults[ballast] = lambda answer: replace(answer, pause=5.0)
    page = app.open("#storage", accept=True)
    for _ in range(100):
        if len(stored(page, site)) >= 6:
            break
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Pause").click()
    app.wait_for(page, "paused")
    site.faults.clear()
    site.requests.clear()
    page.get_by_role("button", name="Resume").click()
    app.wait_for(page, "ready")
    assert site.fetched("/content/") <= 2, "what had arrived is kept"

    sizes = page.locator(".sizes dl")
    expect(sizes).to_contain_text("0.2 MB")
    assert len(sizes.locator("dt").all()) == 5
    page.get_by_text("It computes with WebAssembly").wait_for()
    # Safari's own rule is told where it holds.
    page.get_by_text("after seven days").wait_for()
    prompted = """() => new Promise((resolve) => {
      const event = new Event('beforeinstallprompt', { cancelable: true });
      event.prompt = () => { resolve(event.defaultPrevented); return Promise.resolve({ outcome: 'accepted' }); };
      dispatchEvent(event);
      [...document.querySelectorAll('button')].find((one) => one.textContent === 'Add to Home Screen').click();
    })"""
    assert page.evaluate(prompted) is True

    page.get_by_role("button", name="Delete all but the journal").click()
    page.get_by_role("button", name="Keep it", exact=True).click()
    assert len(stored(page, site)) > 6
    page.get_by_role("button", name="Delete all but the journal").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("The journal is still here.").wait_for()
    assert page.evaluate("caches.keys()") == ["sporeprint-content/"] or not stored(page, site)
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert "sporeprint/" in str(page.evaluate("indexedDB.databases().then((all) => all.map(({ name }) => name))"))
    page.get_by_role("button", name="Download again").click()
    app.wait_for(page, "ready")
