"""What a site's owner chose shows in the app: languages, words, numbers, colours; and the reader may choose anew."""

import json

import pytest

from colour_bundle import plain_photo, write_colour_bundle
from faulty_site import FaultySite
from sporeprint_site.build import build_site
from sporeprint_site.colours import Colours, Palette
from sporeprint_site.emergency import EmergencyNumber
from sporeprint_site.options import BuildOptions
from sporeprint_site.texts import read_texts

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=\"document.title='taken'\">"
NUMBERS = (
    EmergencyNumber(place={"": "Far away"}, number="111 222", text={"": "Nobody near"}, source="them", country="NZ"),
    EmergencyNumber(
        place={"de": "Österreich", "fr": "Autriche"},
        number="+43 (1) 406-43.43",
        text={"de": "Tag und Nacht", "fr": "Jour et nuit"},
        source="goeg.at",
        country="AT",
    ),
)


@pytest.fixture
def own_site(tmp_path):
    """A site in German and French with everything of its own."""
    options = BuildOptions(
        title="Pilze",
        base_url="/pilze/",
        languages=("de", "fr"),
        about={"de": f"Wir sind {HOSTILE}.\n\nZweiter Absatz.", "fr": "Nous sommes."},
        contact="mailto:pilze@example.org",
        imprint="https://example.org/impressum",
        emergency=NUMBERS,
        colours=Colours(light=Palette(paper="#ffffff", moss="#123d12")),
    )
    build_site([write_colour_bundle(tmp_path / "bundle")], tmp_path / "public", options)
    served = FaultySite(tmp_path / "public", base_url="/pilze/")
    served.start()
    yield served
    served.stop()


def test_what_the_owner_chose_is_what_the_reader_sees(make_app, own_site):
    app = make_app(own_site, locale="en-NZ")
    page = app.open("#emergency")
    german = read_texts("de")
    # The browser asks for English, which this site has not: the site's first language.
    page.get_by_role("heading", name=german["emergency.heading"]).wait_for()
    assert page.locator("html").get_attribute("lang") == "de"
    dialled = page.locator(".numbers.near a").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    assert dialled == ["tel:111222"]
    shown = page.locator(".numbers:not(.near) a").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    assert shown == ["tel:111222", "tel:+4314064343"]
    page.evaluate("location.hash = 'more'")
    page.get_by_test_id("gate-accept").click()
    page.get_by_role("link", name="Über Pilze").click()
    article = page.locator("article")
    assert HOSTILE in article.inner_text()
    assert article.locator("img").count() == 0
    links = article.locator("ul a").evaluate_all("all => all.map((a) => [a.getAttribute('href'), a.rel])")
    assert links == [
        ["mailto:pilze@example.org", "noopener noreferrer"],
        ["https://example.org/impressum", "noopener noreferrer"],
    ]
    assert page.title() == "Über Pilze – Pilze"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert app.errors == []


def test_the_reader_switches_the_language_and_it_stays(make_app, own_site):
    app = make_app(own_site, locale="de-AT")
    page = app.open("#settings", accept=True)
    app.wait_for(page, "ready")
    assert page.locator("input[name=language]").count() == 2
    page.locator("input[name=language][value=fr]").check()
    french = read_texts("fr")
    page.get_by_role("heading", name=french["settings.heading"], exact=True).wait_for()
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.get_by_test_id("offline-status").inner_text().startswith(french["status.ready"])
    assert page.evaluate("document.activeElement.value") == "fr"
    page.reload()
    page.get_by_role("heading", name=french["settings.heading"], exact=True).wait_for()
    app.wait_for(page, "ready")
    page.goto(f"{own_site.url}#")
    said = app.identify(page, plain_photo(20, 220, 30))
    assert french["result.safety"] in said
    assert french["alarm.heading"] in said
    # The name is in the data's language, the rest in the reader's; the window names no species.
    assert "The phalloides" in said
    assert page.title() == "Pilze"
    page.goto(f"{own_site.url}#emergency")
    page.get_by_role("heading", name=french["emergency.heading"]).wait_for()
    assert "Autriche" in page.locator(".numbers.near li").first.inner_text()


def test_the_occasion_can_be_switched_off_in_the_settings(app):
    page = app.open("#settings", accept=True)
    box = page.locator("input[name=useOccasion]")
    assert box.is_checked()
    box.uncheck()
    page.reload()
    assert not page.locator("input[name=useOccasion]").is_checked()
    page.evaluate("location.hash = 'how'")
    page.get_by_role("heading", name=read_texts("en")["how.heading"]).wait_for()
    app.wait_for(page, "ready")
    size = json.loads((app.site.folder / "catalogue.json").read_bytes())["models"][0]["bytes"] / 1e6
    assert f"{size:.1f} MB for the model" in page.locator("main").inner_text()
    assert page.title() == f"{read_texts('en')['how.heading']} – Sporeprint"
