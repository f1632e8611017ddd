"""From a photo to words: the gate, the safety line, the alarm, "not sure", and files that are no photos."""

import io
import struct

import pytest
from PIL import Image

from colour_bundle import colour_scores, plain_photo, write_colour_bundle
from sporeprint_export.bundle import read_bundle
from sporeprint_site.build import build_site

pytestmark = pytest.mark.browser
SAFETY = "A photo cannot show whether a mushroom is safe to eat. Do not eat anything because of this result."


@pytest.fixture
def page(app):
    opened = app.open(accept=True)
    app.wait_for(opened, "ready")
    return opened


def above(page, upper, lower):
    """Whether one element comes before another in the document."""
    script = "([a, b]) => !!(document.querySelector(a).compareDocumentPosition(document.querySelector(b)) & 4)"
    return page.evaluate(script, [f"[data-testid={upper}]", f"[data-testid={lower}]"])


def test_the_gate_stands_before_the_first_photo_and_only_there(app):
    page = app.open()
    assert page.get_by_test_id("photo-input").is_hidden()
    assert SAFETY in page.locator("main").inner_text()
    # The model downloads behind the gate.
    app.wait_for(page, "ready")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_test_id("gate-accept").count() == 0
    page.wait_for_timeout(200)
    page.reload()
    page.get_by_text("What have you found?").wait_for()
    assert page.get_by_test_id("gate-accept").count() == 0


def test_the_emergency_card_opens_before_the_gate_is_accepted(app):
    page = app.open("#emergency")
    page.get_by_text("Do not wait for symptoms.").wait_for()
    assert page.get_by_test_id("photo-input").is_hidden()
    page.get_by_role("link", name="Sporeprint").click()
    page.get_by_test_id("gate-accept").wait_for()


def test_an_answer_shows_the_safety_line_the_names_and_what_its_confidence_means(app, page):
    text = app.identify(page, plain_photo(20, 30, 220))
    assert text.index(SAFETY) < text.index("Most likely The edulis.") < text.index("Boletus edulis")
    assert "right 19 times in 20 (n = 84)" in text
    assert "Not assessed" in text
    results = page.get_by_test_id("result")
    assert results.count() == 3
    assert results.first.get_attribute("data-rank") == "species"
    assert float(results.first.get_attribute("data-score")) == pytest.approx(colour_scores(20, 30, 220)[2], abs=1e-3)
    assert page.get_by_test_id("deadly-alarm").count() == 0


def test_a_deadly_species_sounds_the_alarm_above_the_first_name(app, page):
    text = app.identify(page, plain_photo(10, 230, 10))
    assert "Known deadly" in text
    assert above(page, "deadly-alarm", "result")
    assert "The phalloides" in page.get_by_test_id("deadly-alarm").inner_text()


def test_a_harmless_first_name_with_a_deadly_look_alike_sounds_the_alarm(app, page):
    text = app.identify(page, plain_photo(128, 0, 128))
    assert page.get_by_test_id("result").first.get_attribute("data-taxon") == "Agaricus campestris"
    assert "mistaken for a deadly species" in text
    assert "Amanita virosa" in page.get_by_test_id("deadly-alarm").inner_text()


def test_two_species_of_one_genus_give_the_genus_and_keep_the_danger(app, page):
    text = app.identify(page, plain_photo(128, 128, 0))
    first = page.get_by_test_id("result").first
    assert (first.get_attribute("data-taxon"), first.get_attribute("data-rank")) == ("Amanita", "genus")
    assert "Probably a species of Amanita." in text
    assert "Includes deadly species" in first.inner_text()


def test_a_group_with_a_deadly_species_outside_the_model_says_so(make_app, tmp_path, site):
    usual = read_bundle(write_colour_bundle(tmp_path / "usual")).manifest
    changed = write_colour_bundle(
        tmp_path / "bundle",
        thresholds=usual.thresholds.model_copy(update={"species": 1.0, "genus": 0.5, "target_precision": 0.8}),
        provenance=usual.provenance.model_copy(update={"never_seen": ("Boletus mortifer",)}),
    )
    build_site([changed], tmp_path / "public")
    site.folder = tmp_path / "public"
    app = make_app(site)
    page = app.open(accept=True)
    app.identify(page, plain_photo(20, 30, 220))
    first = page.get_by_test_id("result").first
    assert (first.get_attribute("data-taxon"), first.get_attribute("data-rank")) == ("Boletus", "genus")
    assert "Includes deadly species" in first.inner_text()
    assert "right about 8 times in 10 in trials" in first.inner_text()


def test_not_sure_is_an_answer_without_any_number(app, page):
    text = app.identify(page, plain_photo(100, 100, 100))
    not_sure = page.get_by_test_id("not-sure")
    assert not_sure.inner_text().startswith("Not sure.")
    assert not any(character.isdigit() or character == "%" for character in text)
    assert SAFETY in text
    # A fifth of the score lies on a deadly species: not knowing does not silence the alarm.
    assert above(page, "deadly-alarm", "not-sure")


def test_a_group_that_not_sure_names_keeps_its_danger(make_app, tmp_path, site):
    usual = read_bundle(write_colour_bundle(tmp_path / "usual")).manifest
    never = {"species": 1.0, "genus": 1.0, "family": 1.0, "order": 1.0}
    changed = write_colour_bundle(tmp_path / "bundle", thresholds=usual.thresholds.model_copy(update=never))
    build_site([changed], tmp_path / "public")
    site.folder = tmp_path / "public"
    app = make_app(site)
    page = app.open(accept=True)
    app.identify(page, plain_photo(220, 10, 10))
    words = page.get_by_test_id("not-sure").inner_text()
    assert "near Amanitaceae" in words
    assert "Includes deadly species" in words
    app.identify(page, plain_photo(20, 30, 220))
    words = page.get_by_test_id("not-sure").inner_text()
    assert "near Boletaceae" in words
    assert "deadly" not in words


def test_a_result_is_announced_and_takes_the_focus(app, page):
    app.identify(page, plain_photo(10, 230, 10))
    assert page.evaluate("document.activeElement.tagName") == "H1"
    said = page.locator("[aria-live=assertive]").inner_text()
    assert said.startswith("Possibly deadly.")
    assert SAFETY in said


def png_that_claims(width, height):
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII5B", 13, b"IHDR", width, height, 8, 2, 0, 0, 0) + bytes(64)


def half_jpeg():
    stream = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(stream, "JPEG")
    return stream.getvalue()[:300]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty."),
        (b"just a letter, renamed", "not a photo that browsers can read"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200), "HEIC"),
        (png_that_claims(20_000, 20_000), "400 million pixels"),
        (half_jpeg(), "damaged or only half there"),
        (b"\xff\xd8\xff", "damaged"),
    ],
    ids=["empty", "text", "heic", "400 megapixels", "half a JPEG", "only a JPEG's first bytes"],
)
def test_a_file_that_is_no_photo_gets_plain_words(app, page, data, words):
    text = app.identify(page, data, "photo.jpg")
    assert words in page.get_by_test_id("error").inner_text()
    assert page.get_by_test_id("result").count() == 0
    assert "undefined" not in text
    # And the next photo is identified as if nothing had happened.
    assert "Boletus edulis" in app.identify(page, plain_photo(20, 30, 220))


def test_scores_that_are_not_numbers_name_nothing(app, page):
    app.identify(page, plain_photo(0, 0, 0))
    assert "could not identify" in page.get_by_test_id("error").inner_text()


def test_the_model_page_says_what_was_never_seen(app, page):
    page.get_by_role("link", name="More").click()
    page.get_by_role("link", name="About this model").click()
    page.get_by_role("heading", name="About this model").wait_for()
    text = page.locator("main").inner_text()
    assert "Galerina marginata" in text
    assert "90\u00a0%" in text
    assert "Demo: trained on drawings" in page.locator("body").inner_text()


def test_the_model_page_says_which_regions_the_list_is_for(make_app, tmp_path, site):
    usual = read_bundle(write_colour_bundle(tmp_path / "usual")).manifest.provenance
    table = usual.deadly_table.model_copy(update={"regions": ("europe", "north-america")})
    bundle = write_colour_bundle(tmp_path / "bundle", provenance=usual.model_copy(update={"deadly_table": table}))
    build_site([bundle], tmp_path / "public")
    site.folder = tmp_path / "public"
    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    page.get_by_role("link", name="More").click()
    page.get_by_role("link", name="About this model").click()
    assert "those that grow in: Europe, North America." in page.locator("article.about").inner_text()


def test_hostile_texts_of_a_data_set_stay_texts(make_app, tmp_path, site):
    hostile = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
    fields = ("scientific_name", "authorship", "common_name", "syndrome", "toxicity_source", "author")
    bundle = write_colour_bundle(
        tmp_path / "bundle", names=dict.fromkeys((*fields, "attribution"), hostile), name=hostile
    )
    build_site([bundle], tmp_path / "public")
    site.folder = tmp_path / "public"
    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    text = app.identify(page, plain_photo(10, 230, 10))
    assert hostile in text
    page.get_by_test_id("result").first.click()
    page.locator("article.species").wait_for()
    assert hostile in page.locator("main").inner_text()
    page.get_by_role("link", name="More").click()
    page.get_by_role("link", name="About this model").click()
    page.locator("article.about").wait_for()
    page.goto(site.url + "licences.html")
    assert hostile in page.locator("main").inner_text()
    assert page.title() != "taken"
    assert page.locator("[onerror], main script, img[src=x]").count() == 0


def test_the_whole_way_from_gate_to_species_works_by_keyboard(app, site):
    page = app.open()
    app.wait_for(page, "ready")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    app.identify(page, plain_photo(20, 30, 220))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("article.species").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "The edulis"
    page.go_back()
    page.get_by_test_id("result").first.wait_for()
