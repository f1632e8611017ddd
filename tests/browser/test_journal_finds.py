"""The journal: finds are kept as they were answered, shown, changed and deleted."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from colour_bundle import plain_photo
from journal import journal, save_find

pytestmark = pytest.mark.browser
READABLE = True

HERE = {"latitude": 47.123456789, "longitude": -73.876, "accuracy": 12}


def test_a_find_is_kept_with_everything_that_was_said_of_it(app, site):
    page = app.open("#journal", accept=True)
    page.get_by_test_id("journal-empty").wait_for()
    app.wait_for(page, "ready")
    deadly = save_find(page, plain_photo(20, 220, 30), notes="under oaks", taken_at="2024-09-01T10:00:00")
    page.reload()
    row = page.get_by_test_id("journal-row")
    # Its words come once the find is read from the database.
    words = ("The phalloides", "Amanita phalloides", "Sep 1, 2024", "Possibly deadly", "Known deadly")
    expect(row).to_have_text(re.compile(r"\s*".join(words)))
    page.wait_for_function("() => document.querySelector('.finds img').naturalWidth === 144")
    row.click()
    text = page.get_by_test_id("journal-answers").inner_text()
    app.wait_for(page, "ready")
    assert "Confidence high" in text
    assert "%" not in page.locator("main").inner_text()
    assert "Amanita phalloides" in page.get_by_test_id("deadly-alarm").inner_text()
    main = page.locator("main").inner_text()
    assert main.index("Do not eat anything") < main.index("The phalloides")
    entry = journal(page, "await entries.findEntry(it)", deadly)
    catalogue = page.evaluate("() => fetch('catalogue.json').then((response) => response.json())")
    assert entry["answers"][0]["model"]["id"] == catalogue["models"][0]["id"]
    assert entry["answers"][0]["model"]["sha256"] == catalogue["models"][0]["manifest_sha256"]
    assert len(entry["answers"][0]["candidates"]) == 4
    assert app.errors == []


SHARES = """() => {
  navigator.canShare = () => true;
  navigator.share = async ({ text, files }) => { window.shared = { text, names: files.map(({ name }) => name) }; };
}"""


def test_where_files_can_be_shared_the_safety_line_goes_first(app):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    id = save_find(page, plain_photo(20, 220, 30), place=HERE, setting="exact", notes="secret wood")
    page.evaluate(SHARES)
    page.evaluate("id => { location.hash = `journal/${id}`; }", id)
    page.get_by_test_id("journal-share").click()
    shared = page.wait_for_function("() => window.shared").json_value()
    assert shared["names"] == ["photos-find-1.png"]
    lines = shared["text"].split("\n")
    assert "Do not eat anything" in lines[0]
    assert lines[1] == "Possibly deadly. Known deadly."
    assert lines[2].startswith("The phalloides (Amanita phalloides).")
    assert "47" not in shared["text"]
    assert "secret" not in shared["text"]
    page.evaluate("() => { window.shared = null; location.hash = 'files'; }")
    page.get_by_test_id("make-csv").click()
    page.get_by_role("button", name="Share").click()
    shared = page.wait_for_function("() => window.shared").json_value()
    assert shared["names"] == ["journal.csv"]
    assert "Do not eat anything" in shared["text"]


def test_notes_and_names_are_kept_and_a_deleted_find_comes_back(app):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    id = save_find(page, plain_photo(20, 30, 220), plain_photo(20, 30, 210), place=HERE)
    page.goto(f"{app.site.url}#journal/{id}")
    page.get_by_test_id("journal-name").wait_for()
    assert page.locator(".find-photos img").count() == 2
    page.get_by_test_id("journal-notes").fill("Röhren <b>blau</b>")
    for typed, shown in (("Galerina marginata", "Galerina marginata"), ("phaloides", "The phalloides")):
        page.get_by_test_id("species-picker").fill(typed)
        page.get_by_role("option").first.click()
        page.get_by_test_id("journal-name").get_by_text(shown).wait_for()
        assert "Known deadly" in page.locator("main").inner_text()
    page.reload()
    assert page.get_by_test_id("journal-notes").input_value() == "Röhren <b>blau</b>"
    assert journal(page, "(await entries.findEntry(it)).answers[0].decision.taxon", id) == "Boletus edulis"
    page.get_by_test_id("journal-delete").click()
    page.get_by_test_id("journal-empty").wait_for()
    assert journal(page, "(await entries.photosOf(it)).length", id) == 0
    page.get_by_test_id("journal-undo").click()
    page.get_by_test_id("journal-name").wait_for()
    assert page.get_by_test_id("journal-notes").input_value() == "Röhren <b>blau</b>"
    assert page.locator(".find-photos img").count() == 2
    page.goto(f"{app.site.url}#journal/not-there")
    page.get_by_test_id("journal-missing").wait_for()


def _photo_that_tells_where() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 7.0, 24.0), 3: "W", 4: (73.0, 52.0, 33.0)})
    stream = io.BytesIO()
    Image.new("RGB", (40, 24), (20, 30, 220)).save(stream, "JPEG", exif=exif, comment=b"47.1 N", progressive=True)
    return stream.getvalue() + b"film taken at +47.123-073.876/"


def test_a_place_is_kept_as_precisely_as_was_chosen_and_never_inside_the_photos(app):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    photo = _photo_that_tells_where()
    ids = {
        setting: save_find(page, photo, kind="image/jpeg", place=HERE, setting=setting)
        for setting in ("off", "coarse", "exact")
    }
    places = {name: journal(page, "(await entries.findEntry(it)).place", id) for name, id in ids.items()}
    assert places == {
        "off": None,
        "coarse": {"latitude": 47.1, "longitude": -73.9, "accuracy": None, "precision": "coarse"},
        "exact": {"latitude": 47.123457, "longitude": -73.876, "accuracy": 12, "precision": "exact"},
    }
    kept = bytes(journal(page, "[...new Uint8Array((await entries.photosOf(it))[0].bytes)]", ids["exact"]))
    assert b"film" not in kept
    assert b"47.1" not in kept
    image = Image.open(io.BytesIO(kept))
    assert dict(image.getexif()) == {0x0112: 6}
    assert not image.getexif().get_ifd(0x8825)
    assert list(image.get_flattened_data()) == list(Image.open(io.BytesIO(photo)).get_flattened_data())
