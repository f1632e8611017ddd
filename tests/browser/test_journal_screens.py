"""The journal's screens: by keyboard, for axe, with another model, with a place."""

import base64
from pathlib import Path

import pytest

from colour_bundle import plain_photo
from journal import journal, save_find
from journal_benchmark.finds import bring_back, fill, make_file

pytestmark = pytest.mark.browser
READABLE = True

AXE = Path(__file__).parents[2] / "site" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """() => axe.run().then(({ violations }) => violations.map(
  ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 80)).join(" | ")}`))"""

MOUNT = """async ({ data, ownName }) => {
  const { saveButton } = await import(new URL("app/page/journal/save_button.js", document.baseURI));
  const app = { settings: { place: "off" }, catalogue: { models: [] }, announce: () => {} };
  const { manifest } = await sporeprint.ready;
  // A photo that is drawn again is the same one.
  window.blobs ??= {};
  for (const text of data) {
    window.blobs[text] ??= new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]);
  }
  const blobs = data.map((text) => window.blobs[text]);
  const identified = await sporeprint.identify(blobs);
  const photos = blobs.map((blob) => ({ blob, part: "cap", takenAt: null, place: null }));
  window.mount = (changes = {}) => document.querySelector("main").replaceChildren(
    saveButton(app, { photos, identified, manifest, ownName, ...changes }));
  window.mount();
}"""


NAMED = """async (name) => {
  const { allEntries } = await import(new URL("app/page/journal/entries.js", document.baseURI));
  return (await allEntries())[0].ownName === name;
}"""


def _sent(*photos, own_name=None):
    return {"data": [base64.b64encode(photo).decode() for photo in photos], "ownName": own_name}


def _violations(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.evaluate(f"{AXE.read_text()};0")
    return page.evaluate(RUN)


def test_no_screen_of_the_journal_has_a_fault_that_axe_finds(make_app, site):
    app = make_app(site, viewport={"width": 390, "height": 844})
    page = app.open("#journal", accept=True)
    found = {}

    def look(name):
        for scheme in ("light", "dark"):
            found[name, scheme] = _violations(page, scheme)

    page.get_by_test_id("journal-empty").wait_for()
    look("empty")
    app.wait_for(page, "ready")
    deadly = save_find(
        page, plain_photo(20, 220, 30), setting="exact", place={"latitude": 47, "longitude": 8, "accuracy": 5}
    )
    fill(page, 8)
    page.goto(f"{site.url}#journal")
    page.reload()
    page.get_by_test_id("journal-list").wait_for()
    look("list")
    page.goto(f"{site.url}#journal/{deadly}")
    page.get_by_test_id("journal-name").wait_for()
    look("entry")
    page.get_by_test_id("journal-delete").click()
    page.get_by_test_id("journal-undo").wait_for()
    look("deleted")
    page.goto(f"{site.url}#files")
    page.get_by_test_id("make-csv").wait_for()
    backup = make_file(page, "backup")
    bring_back(page, backup)
    bring_back(page, b"<html>")
    page.get_by_test_id("delete-all").click()
    look("files")
    assert {screen: faults for screen, faults in found.items() if faults} == {}


def _tab_to(page, target):
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(target) => document.activeElement.matches(target)", target):
            return
    raise AssertionError(f"{target} is not reached by Tab")


def test_identifying_saving_noting_and_exporting_work_by_keyboard_alone(app):
    page = app.open()
    photo = {"name": "photo.png", "mimeType": "image/png", "buffer": plain_photo(220, 30, 20)}
    page.on("filechooser", lambda chooser: chooser.set_files([photo]))
    _tab_to(page, "[data-testid=gate-accept]")
    page.keyboard.press("Enter")
    app.wait_for(page, "ready")
    _tab_to(page, "[data-testid=photo-input]")
    page.keyboard.press("Enter")
    page.get_by_test_id("save-find").wait_for()
    _tab_to(page, "[data-testid=save-find]")
    page.keyboard.press("Enter")
    page.locator("a[data-testid=save-find]").wait_for()
    page.keyboard.press("Enter")
    page.get_by_test_id("journal-name").wait_for()
    _tab_to(page, "[data-testid=journal-notes]")
    page.keyboard.type("smells of flour")
    page.get_by_text("Kept.").wait_for()
    _tab_to(page, "[data-testid=species-picker]")
    page.keyboard.type("virosa")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    page.get_by_test_id("journal-name").get_by_text("virosa").wait_for()
    _tab_to(page, "a[href='#journal']")
    page.keyboard.press("Enter")
    page.get_by_test_id("journal-list").wait_for()
    _tab_to(page, "[data-testid=journal-files]")
    page.keyboard.press("Enter")
    page.get_by_test_id("make-csv").wait_for()
    _tab_to(page, "[data-testid=make-csv]")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert b"smells of flour" in download.value.path().read_bytes()
    assert page.evaluate("document.activeElement.dataset.testid") == "make-csv"


def test_a_find_is_saved_once_however_often_its_screen_is_drawn(app):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    one, two = plain_photo(220, 30, 20), plain_photo(210, 30, 20)
    page.evaluate(MOUNT, _sent(one))
    page.get_by_test_id("save-find").click()
    page.locator("a[data-testid=save-find]").wait_for()
    page.evaluate("mount({ ownName: 'Amanita phalloides' })")
    assert page.get_by_test_id("save-find").inner_text() == "In the journal"
    page.wait_for_function(NAMED, arg="Amanita phalloides")
    page.evaluate(MOUNT, _sent(one, two))
    page.get_by_role("button", name="Update in journal").click()
    page.locator("a[data-testid=save-find]").wait_for()
    [entry] = journal(page, "await entries.allEntries()")
    assert (len(entry["photos"]), len(entry["answers"]), entry["ownName"]) == (2, 1, "Amanita phalloides")
    assert journal(page, "(await entries.photosOf(it)).length", entry["id"]) == 2
    page.evaluate(MOUNT, _sent(one))
    page.get_by_role("button", name="Update in journal").click()
    page.locator("a[data-testid=save-find]").wait_for()
    assert journal(page, "(await entries.photosOf(it)).length", entry["id"]) == 1
    journal(page, "await entries.removeAll()")
    page.evaluate("mount()")
    page.get_by_role("button", name="Save to journal").wait_for()


def test_another_models_answer_stands_beside_the_old_one_and_takes_no_warning_back(app):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    [id] = fill(page, 1)
    page.goto(f"{app.site.url}#journal/{id}")
    page.get_by_test_id("journal-again").click()
    page.locator(".said").nth(1).wait_for()
    said = [said.inner_text() for said in page.locator(".said").all()]
    assert "deadly alarm sounded" in said[1]
    assert "Amanita phalloides" in said[1]
    assert "deadly alarm sounded" not in said[0]
    assert page.get_by_test_id("journal-again").count() == 0
    assert "Amanita phalloides" in page.get_by_test_id("deadly-alarm").inner_text()
    page.goto(f"{app.site.url}#journal")
    page.get_by_test_id("journal-row").get_by_text("Possibly deadly").wait_for()


def test_a_place_is_asked_for_only_when_wanted_and_can_be_taken_away(make_app, site):
    here = {"latitude": 47.123456, "longitude": -73.87654, "accuracy": 8}
    app = make_app(site, geolocation=here, permissions=["geolocation", "clipboard-read", "clipboard-write"])
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    [id] = fill(page, 1)
    page.goto(f"{site.url}#journal/{id}")
    place = page.get_by_test_id("journal-place")
    assert "Places are not kept" in place.inner_text()
    assert place.get_by_role("button").count() == 0
    place.get_by_role("link", name="Settings").click()
    page.get_by_label("Roughly").check()
    page.goto(f"{site.url}#journal/{id}")
    place.get_by_role("button", name="Add where I am now").click()
    assert place.get_by_test_id("journal-coordinates").inner_text() == "47.1, -73.9"
    assert place.get_by_role("link", name="Open in a map app").get_attribute("href") == "geo:47.1,-73.9"
    place.get_by_role("button", name="Copy").click()
    place.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "47.1, -73.9"
    with page.expect_download() as download:
        place.get_by_role("button", name="Save as waypoint").click()
    assert b'<wpt lat="47.1" lon="-73.9">' in download.value.path().read_bytes()
    place.get_by_role("button", name="Remove the place").click()
    place.get_by_text("No place was kept").wait_for()
    assert journal(page, "(await entries.findEntry(it)).place", id) is None
