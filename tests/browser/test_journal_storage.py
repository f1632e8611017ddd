"""The journal where storage is old, newer, blocked or full: no find is lost, none is dropped silently."""

import io
import random

import pytest
from PIL import Image

from journal import journal, save_find

pytestmark = pytest.mark.browser
READABLE = True

FIRST_VERSION = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("sporeprint/", 1);
  opening.onupgradeneeded = () => {
    const table = opening.result.createObjectStore("settings");
    table.put(true, "gate");
    table.put({ language: null, look: "dark", hand: "left" }, "settings");
  };
  opening.onsuccess = () => { opening.result.close(); resolve(); };
  opening.onerror = reject;
})"""

WRITABLE = """async () => {
  const { state } = await import(new URL("app/page/journal/entries.js", document.baseURI));
  return (await state()) === "open";
}"""

LATER_VERSION = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("sporeprint/", 99);
  opening.onupgradeneeded = () => opening.result.createObjectStore("of a later version");
  opening.onsuccess = () => { opening.result.close(); resolve(); };
  opening.onblocked = reject;
})"""


def test_a_database_of_the_first_version_is_migrated_with_what_it_holds(app, site):
    site.extra["empty.html"] = b"<!doctype html>"
    page = app.open("empty.html")
    page.evaluate(FIRST_VERSION)
    page.goto(site.url)
    app.wait_for(page, "ready")
    assert page.evaluate("() => document.documentElement.dataset.look") == "dark"
    save_find(page)
    page.goto(f"{site.url}#journal")
    page.get_by_test_id("journal-list").wait_for()
    page.reload()
    page.get_by_test_id("journal-list").wait_for()
    assert page.get_by_test_id("journal-row").count() == 1
    assert app.errors == []


def test_a_journal_of_a_newer_version_is_read_and_not_written(app):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    id = save_find(page)
    page.evaluate(LATER_VERSION)
    page.goto(f"{app.site.url}#journal")
    page.reload()
    assert "newer version of the app" in page.get_by_test_id("journal-state").inner_text()
    assert page.get_by_test_id("journal-row").count() == 1
    assert journal(page, "await entries.changeEntry(it, { notes: 'changed' })", id) is None
    assert journal(page, "await entries.removeAll()") is False
    page.reload()
    page.get_by_test_id("journal-row").click()
    assert page.get_by_test_id("journal-notes").input_value() == ""


def test_another_tab_that_holds_an_old_version_is_named_and_waited_for(app, site):
    site.extra["empty.html"] = b"<!doctype html>"
    other = app.open("empty.html")
    other.evaluate(FIRST_VERSION.replace("opening.result.close(); ", "window.held = opening.result; "))
    page = app.open("#journal", accept=True)
    page.get_by_test_id("journal-state").get_by_text("Another tab holds an older version").wait_for()
    app.wait_for(page, "ready")
    save_find(page, notes="while waiting")
    page.get_by_role("link", name="More", exact=True).click()
    page.get_by_role("link", name="Journal", exact=True).click()
    page.get_by_test_id("journal-unsaved").wait_for()
    other.close()
    page.wait_for_function(WRITABLE)
    page.get_by_role("button", name="Try again to store it").click()
    page.get_by_test_id("journal-unsaved").wait_for(state="detached")
    page.reload()
    page.get_by_test_id("journal-row").wait_for()


def test_without_a_database_finds_stay_in_memory_and_that_is_said(app):
    app.context.add_init_script(
        "indexedDB.open = () => { throw new DOMException('not in a private window', 'SecurityError') }"
    )
    page = app.open("#journal", accept=True)
    assert "keeps nothing for the app" in page.get_by_test_id("journal-state").inner_text()
    app.wait_for(page, "ready")
    id = save_find(page, notes="in memory")
    page.evaluate("id => (location.hash = `journal/${id}`)", id)
    assert "until this page is closed" in page.get_by_test_id("journal-unsaved").inner_text()
    assert page.get_by_test_id("journal-notes").input_value() == "in memory"
    page.locator("h1").click()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"]
    assert app.errors == []


def test_a_full_storage_keeps_every_find_and_tells_the_sizes(app):
    page = app.context.new_page()
    session = app.context.new_cdp_session(page)
    # Set before the database is opened: Chromium asks for it only now and then.
    quota = {"origin": app.site.url.rstrip("/"), "quotaSize": 3_000_000}
    session.send("Storage.overrideQuotaForOrigin", quota)
    page.goto(app.site.url)
    page.get_by_test_id("gate-accept").click()
    app.wait_for(page, "ready")
    stored = save_find(page, notes="before")
    noise = io.BytesIO()
    Image.frombytes("RGB", (1000, 1000), random.Random(1).randbytes(3_000_000)).save(noise, "PNG")
    waiting = save_find(page, noise.getvalue(), notes="when full")
    page.evaluate("() => (location.hash = 'journal')")
    note = page.get_by_test_id("journal-unsaved")
    note.wait_for()
    assert "This find needs 3.0 MB; the app uses" in note.inner_text()
    assert page.get_by_test_id("journal-row").count() == 2
    page.get_by_role("button", name="Try again to store it").click()
    note.get_by_text("Still not stored: 1.").wait_for()
    session.send("Storage.overrideQuotaForOrigin", {"origin": app.site.url.rstrip("/")})
    page.get_by_role("button", name="Try again to store it").click()
    note.wait_for(state="detached")
    page.reload()
    page.get_by_test_id("journal-list").wait_for()
    assert page.get_by_test_id("journal-row").count() == 2
    notes = journal(page, "(await Promise.all(it.map(entries.findEntry))).map(({ notes }) => notes)", [stored, waiting])
    assert notes == ["before", "when full"]
