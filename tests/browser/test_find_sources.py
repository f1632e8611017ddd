"""Where photos come from besides the camera: another app that shares them, and the address of another site's photo."""

import json

import pytest

from axe import axe_violations
from colour_bundle import plain_photo, write_colour_bundle
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions
from sporeprint_site.serve import SiteServer

pytestmark = pytest.mark.browser
SHARE_FORM = """() => {
  document.body.innerHTML = '<form action="share" method="post" enctype="multipart/form-data">'
    + '<input type="file" name="photos" id="files" multiple></form>';
}"""
RED, BLUE = plain_photo(200, 30, 60), plain_photo(20, 30, 220)


def share(page, *photos):
    """What a phone does when another app shares: it posts a form to the address that the web manifest names."""
    page.evaluate(SHARE_FORM)
    files = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": photo} for n, photo in enumerate(photos)]
    page.set_input_files("#files", files)
    with page.expect_navigation():
        page.evaluate("document.forms[0].submit()")


def test_shared_photos_are_one_find_also_without_a_signal(app, site):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    page.wait_for_timeout(200)
    target = json.loads((site.folder / "app.webmanifest").read_bytes())["share_target"]
    assert (target["action"], target["method"], target["params"]["files"][0]["name"]) == ("/share", "POST", "photos")
    site.stop()
    share(page, BLUE, BLUE)
    page.locator("[data-testid=result][data-taxon='Boletus edulis']").wait_for()
    assert page.locator(".strip button").count() == 2
    assert page.url.endswith("#result")
    # They were handed over once, and are nowhere kept.
    assert page.evaluate("caches.has('sporeprint-shared/')") is False
    share(page)
    page.get_by_text("No photo arrived.").wait_for()


@pytest.fixture
def open_site(tmp_path):
    """A site whose maker allowed addresses of photos, with the headers that this takes."""
    build_site([write_colour_bundle(tmp_path / "bundle")], tmp_path / "public", BuildOptions(allow_url_input=True))
    with SiteServer(tmp_path / "public") as server:
        yield server


def test_a_photo_of_another_site_needs_its_consent(open_site, browser):
    context = browser.new_context()
    page = context.new_page()
    refused = []
    context.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    other = "https://photos.example/"
    allowed = {"Access-Control-Allow-Origin": "*"}
    context.route(f"{other}open.png", lambda route: route.fulfill(body=RED, content_type="image/png", headers=allowed))
    only_theirs = {"Access-Control-Allow-Origin": other}
    closed = {"body": RED, "content_type": "image/png", "headers": only_theirs}
    context.route(f"{other}closed.png", lambda route: route.fulfill(**closed))
    context.route(f"{other}page", lambda route: route.fulfill(body="<p>", content_type="text/html", headers=allowed))
    context.route(f"{other}gone.png", lambda route: route.fulfill(status=404, headers=allowed))
    huge = allowed | {"Content-Length": "60000000"}
    context.route(f"{other}huge.png", lambda route: route.fulfill(body=RED, content_type="image/png", headers=huge))
    page.goto(open_site.url)
    page.get_by_test_id("gate-accept").click()
    page.locator("[data-testid=offline-status][data-state=ready]").wait_for(timeout=20_000)
    page.get_by_text("A photo from another site").click()
    said = {
        "http://photos.example/open.png": "begins with https://",
        "photo": "begins with https://",
        f"{other}closed.png": "Most sites do not let another page read their photos",
        f"{other}page": "a page at this address, not a photo",
        f"{other}gone.png": "(it answered 404)",
        f"{other}huge.png": "larger than 50.0 MB",
    }
    for address, words in said.items():
        page.get_by_label("Address of the photo").fill(address)
        page.get_by_role("button", name="Fetch").click()
        page.get_by_test_id("address-status").get_by_text(words).wait_for(timeout=5000)
    assert axe_violations(page) == []
    page.get_by_label("Address of the photo").fill(f"{other}open.png")
    page.keyboard.press("Enter")
    page.locator("[data-testid=result][data-taxon='Amanita muscaria']").wait_for()
    assert refused == []
    context.close()


def test_no_address_is_asked_for_where_the_maker_did_not_allow_it(app):
    page = app.open(accept=True)
    page.get_by_text("What a photo should show").wait_for()
    assert page.get_by_text("A photo from another site").count() == 0
