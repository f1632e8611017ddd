"""Finding a species by name: misspelt, without accents, by a piece of a word, by touch or by keyboard alone."""

import pytest

from colour_bundle import write_colour_bundle
from faulty_site import FaultySite
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions

pytestmark = pytest.mark.browser
READABLE = True

TAXA = [
    ("Amanita phalloides", {"en": "Death cap", "de": "Grüner Knollenblätterpilz"}, "Amanitaceae"),
    ("Amanita muscaria", {"en": "Fly agaric", "de": "Fliegenpilz"}, "Amanitaceae"),
    ("Boletus edulis", {"en": "Penny bun", "de": "Fichten-Steinpilz"}, "Boletaceae"),
    ("Craterellus tubaeformis", {"en": "Trumpet chanterelle", "de": "Trompetenpfifferling"}, "Hydnaceae"),
    ("Cantharellus cibarius", {"en": "Chanterelle", "de": "Echter Pfifferling"}, "Hydnaceae"),
    ("Øyenmycena ærlig", {}, "Mycenaceae"),
    ("Chlorophyllum molybdites", {"de": "Weißer Grünspor-Schirmling"}, "Agaricaceae"),
]
FIND = """async ([taxa, language, queries]) => {
  const { SpeciesSearch } = await import(new URL("app/page/guide/search.js", document.baseURI).href);
  const search = await SpeciesSearch.over(taxa, language);
  return queries.map((query) => search.find(query).map((index) => taxa[index].scientific_name));
}"""
PICK = """async (label) => {
  const { speciesPicker } = await import(new URL("app/page/guide/picker.js", document.baseURI).href);
  window.picked = [];
  const { manifest } = await window.sporeprint.ready;
  const app = { offline: { prepared: { manifest } } };
  document.querySelector("main").replaceChildren(speciesPicker(app, { label, onPick: (name) => picked.push(name) }));
}"""
HOSTILE = "<img src=x onerror=alert(1)>"


def find(page, queries, language="de"):
    taxa = [
        {
            "scientific_name": name,
            "common_names": common,
            "taxonomy": {"genus": name.split()[0], "family": family},
        }
        for name, common, family in TAXA
    ]
    return page.evaluate(FIND, [taxa, language, queries])


def test_a_species_is_found_as_people_type(app):
    page = app.open(accept=True)
    app.wait_for(page, "ready")

    def first(query, language="de"):
        return next(iter(find(page, [query], language)[0]), None)

    # Misspelt in either language, with letters swapped, and while still being typed.
    for query in ("phaloides", "amanita phaloides", "knollenblaterpilz", "knolenbl", "phalolides", "death capp"):
        assert first(query) == "Amanita phalloides", query
    # Accents, case and ligatures do not count, and umlauts may be written as on keyboards without them.
    for query in ("gruner knollenblatterpilz", "GRÜNER", "gruener"):
        assert first(query) == "Amanita phalloides", query
    assert first("oyenmycena aerlig") == "Øyenmycena ærlig"
    assert first("weisser") == "Chlorophyllum molybdites"
    # Genus, family, and a piece within a compound word, after the names that begin with it.
    assert find(page, ["hydnaceae"])[0] == ["Craterellus tubaeformis", "Cantharellus cibarius"]
    assert find(page, ["pfifferling"])[0] == ["Cantharellus cibarius", "Craterellus tubaeformis"]
    # English names are known in every language, other languages' names in theirs.
    assert first("fly agaric") == "Amanita muscaria"
    assert first("fliegenpilz", "en") is None
    # Two neighbours swapped are one mistake, which is all that a word of seven letters may have.
    assert first("amantia m") == "Amanita muscaria"
    # A short word is not turned into another one, and nothing is found by nothing.
    assert find(page, ["fli", "xyz", "", " . ", "(", "a" * 10_000]) == [["Amanita muscaria"], [], [], [], [], []]


@pytest.fixture
def hostile_page(tmp_path, make_app):
    names = {"common_name": HOSTILE, "scientific_name": ' "><b onmouseover=alert(1)>'}
    build_site(
        [write_colour_bundle(tmp_path / "bundle", names=names)], tmp_path / "public", BuildOptions(readable=True)
    )
    served = FaultySite(tmp_path / "public")
    served.start()
    app = make_app(served)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    page.evaluate(PICK, f"Name {HOSTILE}")
    yield page
    assert page.locator("main img, main b").count() == 0
    assert app.errors == []
    served.stop()


def test_a_picker_works_by_keyboard_and_by_touch_and_takes_words_of_ones_own(hostile_page):
    page = hostile_page
    field = page.get_by_role("combobox")
    field.press_sequentially("bolet")
    options = page.get_by_role("option")
    options.first.wait_for()
    assert options.first.get_attribute("aria-selected") == "true"
    assert HOSTILE in options.first.inner_text()
    field.press("ArrowUp")
    assert page.locator("[aria-selected=true]").inner_text() == "As typed: bolet"
    assert field.get_attribute("aria-activedescendant") == page.locator("[aria-selected=true]").get_attribute("id")
    field.press("Enter")
    assert field.get_attribute("aria-expanded") == "false"
    # A deadly species that the model has never seen can be what it was.
    field.fill("galerna")
    deadly = options.filter(has_text="Galerina marginata")
    assert "Known deadly" in deadly.inner_text()
    deadly.click()
    field.fill("campestris")
    field.press("Escape")
    assert options.count() == 0
    assert page.evaluate("picked") == ["bolet", "Galerina marginata"]
