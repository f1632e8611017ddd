"""What an answer offers: why, look-alikes beside the photo, place and season, another name, and words to share."""

import pytest
from PIL import Image
from playwright.sync_api import TimeoutError, expect

from axe import axe_violations
from colour_bundle import plain_photo, write_colour_bundle
from colour_priors import colour_priors
from faulty_site import FaultySite
from find_photos import phone_photo, png
from sporeprint_export.manifest import Outputs
from sporeprint_site.build import build_site

pytestmark = pytest.mark.browser
SAFETY = "A photo cannot show whether a mushroom is safe to eat."
BLUE, PURPLE, OCTOBER = (20, 30, 220), (128, 0, 128), "2023:10:05 12:33:10"
# Between two names, which October tells apart.
MIXED = (100, 62, 88)
PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def seasonal_folder(colour_site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("seasonal")
    record, _, data = colour_priors()
    build_site([write_colour_bundle(folder / "bundle", priors=(record, data))], folder / "public")
    return folder / "public"


@pytest.fixture
def site(seasonal_folder):
    served = FaultySite(seasonal_folder)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def page(make_app, site):
    app = make_app(site, **PHONE)
    opened = app.open(accept=True)
    app.wait_for(opened, "ready")
    return opened


def choose(page, photo):
    page.get_by_test_id("photo-input").set_input_files([{"name": "1.jpg", "mimeType": "image/jpeg", "buffer": photo}])
    page.locator("section.result[data-state=done]").wait_for()


def first_taxon(page):
    return page.get_by_test_id("result").first.get_attribute("data-taxon")


def test_the_season_of_the_photo_is_a_hint_with_a_switch(page):
    choose(page, phone_photo(MIXED, taken=OCTOBER))
    assert first_taxon(page) == "Amanita muscaria"
    hint = page.locator(".hint")
    assert "October, from the photo" in hint.inner_text()
    assert "Counted as north of the equator" in hint.inner_text()
    # Flagged, and shown all the same.
    flagged = page.locator("[data-testid=result][data-taxon='Boletus edulis']")
    assert "Rarely reported in this month" in flagged.inner_text()
    assert axe_violations(page) == []
    page.get_by_test_id("use-occasion").press("Space")
    page.locator("[data-testid=result][data-taxon='Agaricus campestris']").first.wait_for()
    page.get_by_text("Only the photos count.").wait_for()
    assert page.evaluate("document.activeElement.dataset.testid") == "use-occasion"
    assert page.locator("[data-flag]").count() == 0
    # Kept for the next find.
    choose(page, phone_photo(MIXED, taken=OCTOBER))
    expect(page.get_by_test_id("use-occasion")).not_to_be_checked()


def test_the_place_of_a_photo_counts_only_where_places_are_kept(make_app, site):
    page = make_app(site).open(accept=True)
    sydney = phone_photo((110, 0, 100), taken="2023:04:05 12:00:00", place=(-33.87, 151.2))
    choose(page, sydney)
    assert "The place was not used." in page.locator(".hint").inner_text()
    stored = """(place) => new Promise((resolve) => {
      const opening = indexedDB.open("sporeprint/");
      opening.onsuccess = () => {
        const store = opening.result.transaction("settings", "readwrite").objectStore("settings");
        store.put({ place }, "settings").onsuccess = resolve;
      };
    }).then(() => undefined)"""
    page.evaluate(stored, "coarse")
    page.reload()
    page.locator("[data-testid=offline-status][data-state=ready]").wait_for()
    choose(page, sydney)
    assert "The place of the photo was used." in page.locator(".hint").inner_text()
    assert "Counted as north" not in page.locator(".hint").inner_text()


def test_why_shows_the_places_that_spoke_for_the_name(page):
    picture = Image.new("RGB", (64, 64), (10, 0, 0))
    picture.paste((0, 0, 250), (32, 0, 64, 64))
    choose(page, png(picture))
    assert first_taxon(page) == "Boletus edulis"
    assert page.get_by_test_id("veil").count() == 0
    page.get_by_test_id("why").locator("summary").press("Enter")
    veil = page.get_by_test_id("veil")
    veil.wait_for()
    alpha = veil.evaluate(
        """(canvas) => [8, 24].map((x) => canvas.getContext("2d").getImageData(x, 16, 1, 1).data[3])"""
    )
    assert alpha == [225, 0]
    assert "The edulis" in page.get_by_test_id("why").inner_text()
    assert axe_violations(page) == []


def test_look_alikes_are_compared_with_the_photo(page):
    choose(page, plain_photo(*PURPLE))
    page.get_by_test_id("compare").click()
    page.get_by_role("heading", name="Compare with look-alikes").wait_for()
    assert SAFETY in page.locator("main").inner_text()
    shown = page.get_by_test_id("reference")
    names = [text.split("\n") for text in shown.all_inner_texts()]
    # The name, then the deadly one it is mistaken for although the model has never seen it, then the other names.
    assert "The campestris" in names[0]
    assert any("Not in this model" in line for line in names[1])
    assert "Amanita virosa" in names[1]
    assert "Known deadly" in names[1]
    pictured = page.locator("[data-testid=reference]:has(img)")
    assert "Photo: A. Painter, CC0" in pictured.inner_text()
    assert axe_violations(page) == []
    page.get_by_role("button", name="The muscaria").press("Enter")
    expect(pictured.locator("img")).to_be_in_viewport(ratio=0.7)
    expect(page.get_by_role("button", name="The muscaria")).to_have_attribute("aria-pressed", "true")
    # A swipe is a scroll.
    page.locator(".references").evaluate("(row) => row.scrollTo({ left: 0, behavior: 'instant' })")
    expect(page.get_by_role("button", name="The campestris")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".own img")).to_be_in_viewport()


def test_a_wrong_name_is_corrected_and_no_warning_goes(page):
    choose(page, plain_photo(10, 230, 10))
    page.get_by_test_id("own-name-panel").locator("summary").click()
    page.get_by_test_id("species-picker").fill("bolet")
    page.get_by_role("option", name="Boletus edulis").click()
    own = page.get_by_test_id("own-name")
    assert "Boletus edulis" in own.inner_text()
    assert "Not assessed" in own.inner_text()
    # What the model said, and its alarm, stand as before.
    assert first_taxon(page) == "Amanita phalloides"
    assert "The phalloides" in page.get_by_test_id("deadly-alarm").inner_text()
    assert axe_violations(page) == []
    page.get_by_test_id("save-find").click()
    page.locator("a[data-testid=save-find]").click()
    page.get_by_text("Boletus edulis").first.wait_for()


def test_what_is_shared_begins_with_the_safety_line(make_app, site):
    app = make_app(site)
    app.context.add_init_script("navigator.share = async (what) => void (window.__shared = what);")
    page = app.open(accept=True)
    choose(page, plain_photo(10, 230, 10))
    page.get_by_test_id("share").click()
    shared = page.evaluate("window.__shared")
    assert set(shared) == {"title", "text"}
    lines = shared["text"].split("\n")
    assert lines[0].startswith(SAFETY)
    assert lines[1].startswith("Possibly deadly.")
    assert "Most likely The phalloides. (Amanita phalloides)" in lines[2]
    # Without such a menu the words are copied.
    app.context.add_init_script("delete navigator.share; navigator.share = undefined;")
    app.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.reload()
    choose(page, plain_photo(100, 100, 100))
    page.get_by_test_id("share").click()
    page.get_by_text("Copied").first.wait_for()
    copied = page.evaluate("navigator.clipboard.readText()").replace("\r", "")
    assert copied.startswith(SAFETY)
    assert "Not sure." in copied
    assert "%" not in copied


def test_a_model_that_cannot_say_why_does_not_offer_it(make_app, tmp_path, site):
    build_site([write_colour_bundle(tmp_path / "bundle", outputs=Outputs(logits="logits"))], tmp_path / "public")
    site.folder = tmp_path / "public"
    page = make_app(site).open(accept=True)
    choose(page, plain_photo(*BLUE))
    assert page.get_by_test_id("own-name-panel").count() == 1
    assert page.get_by_test_id("why").count() == 0
    assert page.locator(".hint").count() == 0


def tab_to(page, testid, key="Tab"):
    for _ in range(40):
        if page.evaluate("document.activeElement.dataset.testid") == testid:
            return
        page.keyboard.press(key)
    raise AssertionError(f"no way to {testid} by keyboard")


def choose_by_keyboard(page, testid, key):
    for attempt in range(3):
        tab_to(page, testid, key)
        try:
            # A busy Chromium now and then swallows the key that opens the dialog.
            with page.expect_file_chooser(timeout=5000) as chooser:
                page.keyboard.press("Enter")
            break
        except TimeoutError:
            assert attempt < 2
    chooser.value.set_files([{"name": "1.png", "mimeType": "image/png", "buffer": plain_photo(*BLUE)}])


def test_from_gate_to_journal_without_a_mouse(make_app, site):
    app = make_app(site)
    page = app.open()
    tab_to(page, "gate-accept")
    page.keyboard.press("Enter")
    app.wait_for(page, "ready")
    choose_by_keyboard(page, "photo-input", "Tab")
    page.locator("section.result[data-state=done]").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "H1"
    choose_by_keyboard(page, "add-underside", "Shift+Tab")
    page.locator("section.result[data-state=done] li:nth-child(2) .slot[aria-pressed]").wait_for()
    tab_to(page, "save-find")
    page.keyboard.press("Enter")
    page.locator("a[data-testid=save-find]").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="The edulis").wait_for()
    assert page.locator("main img").count() >= 2
