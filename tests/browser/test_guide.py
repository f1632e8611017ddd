"""The species guide in Chromium: hundreds of species by finger, by keyboard, and back again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from faulty_site import FaultySite
from guide_benchmark.bundle import write_bundle
from guide_benchmark.species import make_species
from screens import axe_violations
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions
from sporeprint_site.vendoring import vendor

pytestmark = pytest.mark.browser
READABLE = True

UNSEEN = ("Galerina marginata", "Amanita regalis")
"""Left out of the model: one deadly, one a poisonous look-alike of the fly agaric."""


@pytest.fixture(scope="module")
def guide_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultySite]:
    vendor(Path(__file__).parents[2])
    folder = tmp_path_factory.mktemp("guide")
    species = [item for item in make_species(260) if item.scientific_name not in UNSEEN]
    build_site([write_bundle(folder / "bundle", species)], folder / "public", BuildOptions(readable=True))
    served = FaultySite(folder / "public")
    served.start()
    yield served
    served.stop()


@pytest.fixture
def page(make_app, guide_site) -> Page:
    app = make_app(guide_site, viewport={"width": 390, "height": 844})
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    page.get_by_role("link", name="Guide").click()
    page.locator(".virtual li").first.wait_for()
    yield page
    assert app.errors == []


def names(page: Page) -> list[str]:
    return page.locator(".virtual a").evaluate_all("links => links.map(({dataset}) => dataset.taxon)")


def test_hundreds_of_species_are_a_few_rows_at_a_time_and_back_leads_to_the_same_place(page):
    rows = page.locator(".virtual li")
    assert rows.count() < 40
    assert rows.first.get_attribute("aria-setsize") == "260"
    page.evaluate("scrollTo(0, 9000)")
    page.wait_for_function("() => Number(document.querySelector('.virtual li').ariaPosInSet) > 80")
    assert rows.count() < 40
    shown = page.locator(".virtual li").nth(14).locator("a")
    opened, top = shown.get_attribute("data-taxon"), page.evaluate("scrollY")
    shown.click()
    page.locator("article.species").wait_for()
    page.get_by_role("button", name="Back").click()
    page.wait_for_function("name => document.activeElement.dataset.taxon === name", arg=opened)
    assert abs(page.evaluate("scrollY") - top) < 2
    # A search stays with its place too; the tab begins anew.
    page.get_by_test_id("guide-search").fill("amanita phaloides")
    expect(page.get_by_role("status").filter(has_text="found")).to_have_text("1 found")
    page.locator(".virtual a").click()
    page.get_by_role("heading", name="Death cap").wait_for()
    page.go_back()
    expect(page.get_by_test_id("guide-search")).to_have_value("amanita phaloides")
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Guide").click()


def test_the_guide_works_by_keyboard_alone(page):
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("guide-search")).to_be_focused()
    page.keyboard.type("amanta")
    page.wait_for_function("() => document.querySelectorAll('.virtual li').length < 30")
    page.keyboard.press("ArrowDown")
    first, second, third = names(page)[:3]
    assert first.startswith("Amanita")
    focused = "name => document.activeElement.dataset.taxon === name"
    page.wait_for_function(focused, arg=first)
    page.keyboard.press("ArrowDown")
    page.wait_for_function(focused, arg=second)
    page.keyboard.press("Tab")
    page.wait_for_function(focused, arg=third)
    page.keyboard.press("ArrowUp")
    page.wait_for_function(focused, arg=second)
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.tagName === 'H1' && document.querySelector('.species')")
    page.go_back()
    page.get_by_test_id("guide-search").fill("")
    expect(page.locator(".virtual li").first).to_have_attribute("aria-setsize", "260")
    # The row with the focus stays, however far the page is scrolled away from it.
    page.locator(".virtual a").first.focus()
    page.evaluate("scrollTo(0, 9000)")
    page.wait_for_function("() => Number(document.querySelectorAll('.virtual li')[5].ariaPosInSet) > 80")
    page.keyboard.press("ArrowDown")
    page.wait_for_function(focused, arg=names(page)[1])
    assert page.evaluate("scrollY") < 1000


def test_filters_show_danger_and_season_and_say_what_they_leave_out(page):
    page.get_by_test_id("guide-dangerous").press("Enter")
    page.wait_for_function("() => Number(document.querySelector('.virtual li').ariaSetSize) < 100")
    labels = page.locator(".virtual .labels").all_inner_texts()
    assert all(text.startswith(("Known deadly", "Known poisonous")) for text in labels)
    assert "What is missing from this list can be just as dangerous." in page.locator("main").inner_text()
    # The deadly species that the model has never seen is among them.
    page.get_by_test_id("guide-search").fill("galerina")
    row = page.locator(".virtual a[data-taxon='Galerina marginata']")
    row.wait_for()
    assert "not in this model" in row.inner_text()
    page.get_by_test_id("guide-search").fill("field mushroom")
    page.get_by_text("Nothing by that name").wait_for()


def test_a_species_page_says_who_took_its_photos_when_it_grows_and_what_it_is_mistaken_for(page, guide_site):
    page.goto(f"{guide_site.url}#species/Amanita%20muscaria")
    article = page.locator("article.species")
    pictures = article.locator(".species-photos img")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.species-photos img')].every((image) => image.naturalWidth)"
    )
    assert pictures.count() == 2
    assert [image.get_attribute("alt") for image in pictures.all()] == ["Fly agaric, photo 1", "Fly agaric, photo 2"]
    credit = article.locator("figcaption").first
    assert credit.inner_text() == "Photo: Observer 0, CC-BY-4.0"
    assert credit.locator("a").get_attribute("rel") == "noopener noreferrer"
    months = page.get_by_test_id("months").locator("li")
    assert months.count() == 12
    item = next(item for item in make_species(260) if item.scientific_name == "Amanita muscaria")
    assert months.nth(8).locator(".unseen").inner_text() == f"September: {item.months[8]}"
    assert f"From {sum(item.months)} dated finds" in article.inner_text()
    assert "right 14 times out of 18" in article.inner_text()
    assert "Fliegenpilz" in article.inner_text()
    # To a look-alike that is no class of the model, and back from it.
    article.locator(".look-alikes a", has_text="Amanita regalis").click()
    page.get_by_text("The model has never seen this species").wait_for()
    text = article.inner_text()
    assert "Known poisonous" in text
    assert "Bresinsky" in text
    article.locator(".look-alikes a", has_text="Amanita muscaria").click()
    page.get_by_role("heading", name="Fly agaric").wait_for()
    unseen = page.evaluate("[...document.querySelectorAll('.species h2')].map(({textContent}) => textContent)")
    assert unseen.index("Danger") < unseen.index("Look-alikes")


PHOTO = """async (photos) => {
  const { thumbnail } = await import(new URL("app/page/thumbnail.js", document.baseURI).href);
  const { manifest } = await window.sporeprint.ready;
  const box = document.createElement("div");
  document.querySelector("main").replaceChildren(box);
  const files = [...manifest.files, { path: "gone.bin", sha256: "0".repeat(64) }];
  const shown = thumbnail({ files }, { thumbnails: [photos] });
  box.append(...(shown ? [shown] : []));
  await new Promise((resolve) => setTimeout(resolve, 400));
  return box.querySelectorAll("img").length;
}"""


def test_a_photo_that_does_not_arrive_or_is_none_leaves_no_hole(page):
    place = {"pack": "thumbnails/0.bin", "offset": 0, "length": 100_000}
    assert page.evaluate(PHOTO, place) == 1
    for wrong in ({"pack": "gone.bin"}, {"pack": "nowhere.bin"}, {"offset": 10**9}, {"offset": 1000, "length": 10}):
        assert page.evaluate(PHOTO, {**place, **wrong}) == 0, wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_in_the_guide(page, guide_site, scheme):
    page.emulate_media(color_scheme=scheme)
    assert axe_violations(page) == []
    page.get_by_test_id("guide-month").click()
    assert axe_violations(page) == []
    for name in ("Amanita%20muscaria", "Galerina%20marginata"):
        page.goto(f"{guide_site.url}#species/{name}")
        page.locator("article.species").wait_for()
        assert axe_violations(page) == []
