"""Browsers that withhold storage, a database or service workers: the app identifies, and promises no more."""

import pytest

from colour_bundle import plain_photo, write_colour_bundle
from sporeprint_site.build import build_site

pytestmark = pytest.mark.browser


def test_a_full_storage_is_told_with_sizes_and_identifying_still_works(make_app, tmp_path, site):
    build_site([write_colour_bundle(tmp_path / "bundle", ballast_floats=1_000_000)], tmp_path / "public")
    site.folder = tmp_path / "public"
    app = make_app(site)
    page = app.context.new_page()
    # Enough for the app itself, not for four megabytes more.
    quota = {"origin": site.url.rstrip("/"), "quotaSize": 3_000_000}
    app.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", quota)
    page.goto(site.url)
    page.get_by_test_id("gate-accept").click()
    assert "storage is full: 4.0 MB are needed" in app.wait_for(page, "failed")
    assert "Boletus edulis" in app.identify(page, plain_photo(20, 30, 220))


def test_a_browser_without_a_database_forgets_the_gate_and_works(app):
    app.context.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    assert "Boletus edulis" in app.identify(page, plain_photo(20, 30, 220))
    assert app.errors == []


def test_a_browser_without_service_workers_identifies_and_does_not_promise_more(app):
    app.context.add_init_script("Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined })")
    page = app.open(accept=True)
    assert "blocks service workers" in app.wait_for(page, "failed")
    assert "Boletus edulis" in app.identify(page, plain_photo(20, 30, 220))
