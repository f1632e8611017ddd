"""Several models on one phone: chosen, downloaded, updated, gone back from and removed, while one always answers."""

from threading import Event

import pytest

from colour_bundle import plain_photo, write_colour_bundle
from faulty_site import slow, slow_until, status
from site_content import content_of, stored
from sporeprint_site.build import build_site

pytestmark = pytest.mark.browser
BLUE = plain_photo(20, 30, 220)
LARGE = 500_000
"""Weights that make an update large enough to be offered instead of being taken."""


def model(page, name):
    """A model's part of the list."""
    return page.locator("ul.models > li").filter(has=page.get_by_role("heading", name=name, exact=True))


def test_a_large_update_is_offered_with_its_size_and_one_can_go_back(make_app, tmp_path, site):
    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready", model="Colours")
    before = stored(page, site)
    newer = write_colour_bundle(tmp_path / "bundle", name="Newer", ballast_floats=LARGE)
    build_site([newer], tmp_path / "public")
    site.folder = tmp_path / "public"
    mended = Event()
    site.faults[content_of(site.folder)["weights/ballast.bin"]] = slow_until(mended)
    page.reload()
    page.get_by_test_id("update").click()
    button = page.get_by_role("button", name="Update the model")
    button.wait_for()
    assert "has an update: 2.0 MB" in app.wait_for(page, "ready", model="Colours")
    site.requests.clear()
    button.click()
    page.get_by_text("Updating the model").wait_for()
    assert "Boletus edulis" in app.identify(page, BLUE), "the earlier model answers while the new one is on its way"
    site.faults.clear()
    mended.set()
    app.wait_for(page, "ready", model="Newer")
    assert before < stored(page, site)

    page.goto(site.url + "#models")
    assert "Earlier version" in model(page, "Colours").inner_text()
    site.requests.clear()
    model(page, "Colours").get_by_role("button", name="Use this model").click()
    app.wait_for(page, "ready", model="Colours")
    # Whoever goes back is not brought forward again, and still told.
    page.reload()
    page.get_by_text("The model has an update.").wait_for()
    page.wait_for_timeout(300)
    app.wait_for(page, "ready", model="Colours")
    assert site.fetched(".bin") == 0


def test_models_are_chosen_downloaded_used_and_removed(make_app, tmp_path, site):
    bundles = [
        write_colour_bundle(tmp_path / "one"),
        write_colour_bundle(tmp_path / "two", name="Second", ballast_floats=LARGE),
    ]
    build_site(bundles, tmp_path / "public")
    site.folder = tmp_path / "public"
    first, second = content_of(site.folder, 0), content_of(site.folder, 1)
    app = make_app(site)
    page = app.open("#models", accept=True)
    app.wait_for(page, "ready", model="Colours")
    assert stored(page, site) == set(first.values()), "only what is wanted is downloaded"
    words = model(page, "Second").inner_text()
    assert "Knows 4 species. Its first name was right for 90% of 100 test photos." in words
    site.faults[second["weights/ballast.bin"]] = status(404)
    page.get_by_role("button", name="Download (2.0 MB): Second").click()
    model(page, "Second").get_by_text("error (404)").wait_for()
    site.faults.clear()
    site.requests.clear()
    page.get_by_role("button", name="Second").first.click()
    use = page.get_by_role("button", name="Use this model: Second")
    use.wait_for()
    assert site.fetched("/content/") == site.fetched(second["weights/ballast.bin"]) == 1
    assert page.get_by_test_id("offline-status").get_attribute("data-model") == "Colours"
    use.click()
    app.wait_for(page, "ready", model="Second")
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Download (0.2 MB): Colours").wait_for()
    assert stored(page, site) == set(second.values())
    # The choice is remembered, with the server gone.
    site.stop()
    page.reload()
    app.wait_for(page, "ready", model="Second")
    assert "Boletus edulis" in app.identify(page, BLUE)


def test_two_tabs_download_once_and_neither_deletes_what_the_other_works_with(make_app, tmp_path, site):
    ballast = content_of(site.folder)["weights/ballast.bin"]
    site.faults[ballast] = slow
    app = make_app(site)
    first, second = app.open(accept=True), app.open()
    for page in (first, second):
        app.wait_for(page, "ready", model="Colours")
    assert [site.fetched(path) for path in content_of(site.folder).values()] == [1] * len(content_of(site.folder))
    build_site([write_colour_bundle(tmp_path / "a", name="Other", ballast_floats=9)], tmp_path / "public")
    site.folder = tmp_path / "public"
    first.reload()
    first.get_by_test_id("update").click()
    for page in (first, second):
        # Both reload at once, and a tab that the other one keeps waiting is patient for eight seconds.
        app.wait_for(page, "ready", 60_000, model="Other")
    # One tab goes back, and the other one throws away what it does not need itself.
    first.goto(site.url + "#models")
    first.get_by_role("button", name="Use this model: Colours").click()
    app.wait_for(first, "ready", model="Colours")
    second.goto(site.url + "#models")
    second.get_by_role("button", name="Remove").click()
    second.wait_for_timeout(300)
    assert ballast in stored(second, site)
    site.stop()
    assert "Boletus edulis" in app.identify(first, BLUE)
