"""A new version of the site: offered, taken by every tab, and until it is complete the earlier one answers."""

import pytest
from playwright.sync_api import expect

from colour_bundle import plain_photo, write_colour_bundle
from faulty_site import damaged, status
from site_content import content_of, stored
from sporeprint_export.bundle import read_bundle
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions

pytestmark = pytest.mark.browser


def test_an_update_is_offered_and_taken_by_every_tab_at_once(make_app, tmp_path, site):
    app = make_app(site)
    first, second = app.open(), app.open()
    app.wait_for(first, "ready")
    app.wait_for(second, "ready")
    build_site([write_colour_bundle(tmp_path / "bundle")], tmp_path / "public", BuildOptions(title="Second edition"))
    site.folder = tmp_path / "public"
    first.reload()
    first.get_by_test_id("update").wait_for()
    assert first.title() == second.title() == "Sporeprint"
    first.get_by_test_id("update").click()
    expect(first).to_have_title("Second edition", timeout=10_000)
    expect(second).to_have_title("Second edition", timeout=10_000)


def test_an_update_is_taken_by_a_tab_that_is_not_ready_yet(make_app, tmp_path, site):
    app = make_app(site)
    first = app.open()
    app.wait_for(first, "ready")
    second = app.context.new_page()
    second.add_init_script("window.Worker = class extends EventTarget { postMessage() {} terminate() {} }")
    second.goto(site.url)
    second.get_by_test_id("gate-accept").wait_for()
    build_site([write_colour_bundle(tmp_path / "bundle")], tmp_path / "public", BuildOptions(title="Second edition"))
    site.folder = tmp_path / "public"
    first.reload()
    first.get_by_test_id("update").click()
    expect(second).to_have_title("Second edition", timeout=10_000)


def test_an_update_is_taken_by_a_tab_that_no_worker_controls(make_app, tmp_path, site):
    app = make_app(site)
    first, second = app.open(), app.open()
    app.wait_for(first, "ready")
    app.context.new_cdp_session(second).send("Page.reload", {"ignoreCache": True})
    second.wait_for_function("() => navigator.serviceWorker.controller === null")
    app.wait_for(second, "ready")
    build_site([write_colour_bundle(tmp_path / "bundle")], tmp_path / "public", BuildOptions(title="Second edition"))
    site.folder = tmp_path / "public"
    first.reload()
    first.get_by_test_id("update").click()
    expect(second).to_have_title("Second edition", timeout=10_000)


def test_nobody_is_interrupted_by_the_first_version_that_is_stored(make_app, site):
    app = make_app(site)
    page = app.context.new_page()
    loads = []
    page.on("load", lambda page: loads.append(page.url))
    page.goto(site.url)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    app.wait_for(page, "ready")
    page.wait_for_timeout(300)
    assert loads == [site.url]


def test_an_update_that_cannot_be_stored_leaves_the_old_version_serving(make_app, tmp_path, site):
    app = make_app(site)
    page = app.open()
    app.wait_for(page, "ready")
    build_site([write_colour_bundle(tmp_path / "bundle")], tmp_path / "public", BuildOptions(title="Second edition"))
    site.folder = tmp_path / "public"
    site.faults["app/app.css"] = damaged
    site.faults["index.html"] = damaged
    page.reload()
    app.wait_for(page, "ready")
    page.wait_for_timeout(1000)
    assert page.get_by_test_id("update").count() == 0
    site.stop()
    page.reload()
    app.wait_for(page, "ready")
    assert page.title() == "Sporeprint"


def test_the_earlier_model_works_until_the_new_one_is_complete(make_app, tmp_path, site):
    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    build_site([write_colour_bundle(tmp_path / "bundle", name="Newer colours")], tmp_path / "public")
    site.folder = tmp_path / "public"
    manifest = content_of(site.folder)["manifest.json"]
    site.faults[manifest] = status(500)
    page.reload()
    page.get_by_test_id("update").click()
    page.get_by_text("with the earlier model").wait_for()
    assert "Boletus edulis" in app.identify(page, plain_photo(20, 30, 220))
    old = stored(page, site)
    site.faults.clear()
    page.get_by_role("button", name="Try again").click()
    app.wait_for(page, "ready", model="Newer colours")
    # The weights are the same files, and the old manifest stays, to go back to.
    assert stored(page, site) == old | {manifest}


def test_the_banner_tells_of_the_model_that_answers(make_app, tmp_path, site):
    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    usual = read_bundle(write_colour_bundle(tmp_path / "usual")).manifest
    real = usual.provenance.model_copy(update={"drawn": False})
    build_site([write_colour_bundle(tmp_path / "bundle", provenance=real)], tmp_path / "public")
    site.folder = tmp_path / "public"
    site.faults[content_of(site.folder)["manifest.json"]] = status(500)
    page.reload()
    page.get_by_test_id("update").click()
    page.get_by_text("with the earlier model").wait_for()
    expect(page.get_by_text("trained on drawings")).to_be_visible()
    site.faults.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("trained on drawings")).to_have_count(0)


def test_an_answer_keeps_its_names_when_another_model_takes_over(make_app, tmp_path, site):
    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    renamed = write_colour_bundle(tmp_path / "bundle", name="Renamed", names={"authorship": "Someone else"})
    build_site([renamed], tmp_path / "public")
    site.folder = tmp_path / "public"
    site.faults[content_of(site.folder)["manifest.json"]] = status(500)
    page.reload()
    page.get_by_test_id("update").click()
    page.get_by_text("with the earlier model").wait_for()
    app.identify(page, plain_photo(20, 30, 220))
    site.faults.clear()
    page.get_by_role("button", name="Try again").click()
    app.wait_for(page, "ready", model="Renamed")
    page.goto(site.url + "#emergency")
    page.go_back()
    assert "Someone else" not in page.get_by_test_id("result").first.inner_text()
    app.identify(page, plain_photo(20, 30, 220))
    assert "Someone else" in page.get_by_test_id("result").first.inner_text()
