"""First visit, no signal, bad networks: the app says "ready" only when it is, and loses nothing."""

import time
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from colour_bundle import plain_photo, write_colour_bundle
from faulty_site import cut_off, damaged, login_page, slow, status
from site_content import content_of, stored
from sporeprint_export.manifest import SelfTest
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions

pytestmark = pytest.mark.browser


def test_after_one_visit_the_app_identifies_with_the_server_stopped(app, site):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    site.stop()
    page.reload()
    app.wait_for(page, "ready")
    assert "Boletus edulis" in app.identify(page, plain_photo(20, 30, 220))
    assert page.get_by_test_id("result").first.get_attribute("data-taxon") == "Boletus edulis"


def test_species_pages_and_the_emergency_card_open_offline(app, site):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    site.stop()
    page.reload()
    app.identify(page, plain_photo(20, 230, 30))
    page.get_by_test_id("result").first.click()
    page.get_by_text("Benjamin 1995").wait_for()
    page.goto(site.url + "#emergency")
    page.get_by_text("112").first.wait_for()
    page.goto(site.url + "licences.html")
    page.get_by_text("Workbox".lower()).first.wait_for()


def test_a_photo_is_answered_while_the_app_is_still_being_stored(app, site):
    site.faults["licences.html"] = lambda answer: replace(answer, pause=3.0)
    page = app.open(accept=True)
    assert "Boletus edulis" in app.identify(page, plain_photo(20, 30, 220))
    app.wait_for(page, "ready")


@pytest.mark.parametrize("address", ["#about", "#species/Boletus%20edulis"])
def test_a_page_about_the_model_opens_from_its_address(app, address):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    page.goto("about:blank")
    page.goto(app.site.url + address)
    page.locator("main article").wait_for()


@pytest.mark.parametrize("address", ["#about", "#species/Boletus%20edulis"])
def test_a_page_about_the_model_opens_once_its_first_download_is_over(app, site, address):
    head = content_of(site.folder)["weights/head.bin"]
    site.faults[head] = status(404)
    page = app.open(address, accept=True)
    app.wait_for(page, "failed")
    page.get_by_text("What have you found?").wait_for()
    site.faults.clear()
    page.get_by_role("button", name="Try again").click()
    page.locator("main article").wait_for()


def test_the_first_visit_fetches_every_file_once(app, site):
    app.wait_for(app.open(), "ready")
    assert site.fetched("/content/") > 6
    twice = {path for path in site.requests if site.requests.count(path) > 1}
    # The page is "/" first and "index.html" in the shell. What the page shares with its worker both ask for, before
    # there is a service worker to answer; a server that knows its files answers the second time that nothing changed.
    assert {path for path in twice if not path.startswith("/app/parts/chunk-")} <= {"/index.html"}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (status(404), "error (404)"),
        (status(500), "error (500)"),
        (login_page, "arrived damaged"),
        (cut_off, "connection was lost"),
        (damaged, "arrived damaged"),
    ],
    ids=["404", "500", "a login page with status 200", "cut off", "one flipped bit"],
)
def test_a_bad_shard_is_never_used_and_a_retry_fetches_only_that_one(app, site, fault, words):
    head = content_of(site.folder)["weights/head.bin"]
    site.faults[head] = fault
    page = app.open()
    assert words in app.wait_for(page, "failed")
    kept = stored(page, site)
    assert len(kept) >= 2
    assert head not in kept
    site.faults.clear()
    site.requests.clear()
    page.get_by_role("button", name="Try again").click()
    app.wait_for(page, "ready")
    assert site.fetched(head) == 1
    assert not [path for path in kept if site.fetched(path)]


@pytest.mark.parametrize("fault", [status(404), status(503), cut_off, login_page])
def test_a_runtime_that_did_not_arrive_is_no_forbidden_webassembly_and_a_retry_gets_it(app, site, fault):
    site.faults[".wasm"] = fault
    page = app.open(accept=True)
    for _ in range(3):
        assert "connection was lost" in app.wait_for(page, "failed")
        asked = site.fetched(".wasm")
        page.get_by_role("button", name="Try again").click()
        # The state between two failures may be over before anybody looks; the request stays on record.
        for _ in range(200):
            if site.fetched(".wasm") > asked:
                break
            page.wait_for_timeout(50)
        assert site.fetched(".wasm") > asked
    app.wait_for(page, "failed")
    site.faults.clear()
    page.get_by_role("button", name="Try again").click()
    app.wait_for(page, "ready")
    assert "Boletus edulis" in app.identify(page, plain_photo(20, 30, 220))


@pytest.mark.parametrize(
    ("part", "fault"),
    [("strings/en.json", status(500)), ("catalogue.json", login_page), ("catalogue.json", status(404))],
)
def test_an_app_that_lacks_a_part_says_so_and_starts_after_a_reload(app, site, part, fault):
    site.faults[part] = fault
    page = app.open()
    failed = page.get_by_test_id("failed-start")
    assert "Check the connection" in failed.inner_text()
    site.faults.clear()
    failed.get_by_role("button", name="Reload").click()
    app.wait_for(page, "ready")
    assert failed.count() == page.locator("#starting").count() == 0


def test_a_script_that_did_not_arrive_leaves_words_on_the_page(app, site):
    site.faults["app/page/main.js"] = status(404)
    page = app.open()
    expect(page.get_by_text("check the connection and reload")).to_be_visible()


def test_missing_emergency_numbers_do_not_stop_the_app(app, site):
    site.faults["emergency.json"] = status(404)
    page = app.open("#emergency")
    page.get_by_text("Do not wait for symptoms.").wait_for()
    page.goto(site.url + "#")
    page.get_by_test_id("gate-accept").click()
    assert "Boletus edulis" in app.identify(page, plain_photo(20, 30, 220))


def test_a_tab_closed_during_the_download_resumes_file_by_file(app, site):
    ballast = content_of(site.folder)["weights/ballast.bin"]
    site.faults[ballast] = slow
    page = app.open()
    deadline = time.monotonic() + 10
    # Everything but the slow file.
    while len(stored(page, site)) < 6 and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    page.close()
    site.faults.clear()
    site.requests.clear()
    app.wait_for(app.open(), "ready")
    assert {path for path in site.requests if path.startswith("/content/")} == {f"/{ballast}"}


def test_a_file_that_rots_on_the_phone_is_fetched_again(app, site):
    page = app.open()
    app.wait_for(page, "ready")
    page.evaluate(
        "async part => { const cache = await caches.open('sporeprint-content/');"
        " const request = (await cache.keys()).find(r => r.url.includes(part));"
        " await cache.put(request, new Response(new Uint8Array(64))); }",
        content_of(site.folder)["weights/head.bin"],
    )
    site.requests.clear()
    page.reload()
    app.wait_for(page, "ready")
    assert site.fetched(content_of(site.folder)["weights/head.bin"]) == 1


def test_storage_that_was_cleared_is_filled_again(app, site):
    page = app.open()
    app.wait_for(page, "ready")
    page.evaluate("caches.delete('sporeprint-content/')")
    page.reload()
    app.wait_for(page, "ready")


def test_a_wrong_self_test_keeps_the_model_from_being_used(make_app, tmp_path, site):
    wrong = SelfTest(photo="self_test.png", scores=(0.0, 1.0, 0.0, 0.0), tolerance=0.01)
    build_site([write_colour_bundle(tmp_path / "bundle", self_test=wrong)], tmp_path / "public")
    site.folder = tmp_path / "public"
    app = make_app(site)
    page = app.open()
    assert "other answers than in testing" in app.wait_for(page, "failed")
    with pytest.raises(Exception, match="self_test"):
        page.evaluate("sporeprint.identify(new Blob([]))")


def test_the_app_works_under_a_sub_path(make_app, tmp_path, site):
    options = BuildOptions(base_url="/fungi/")
    build_site([write_colour_bundle(tmp_path / "bundle")], tmp_path / "public", options)
    site.folder, site.base_url = tmp_path / "public", "/fungi/"
    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    site.stop()
    page.reload()
    app.wait_for(page, "ready")
    assert "Amanita muscaria" in app.identify(page, plain_photo(220, 10, 10))


def test_two_sites_on_one_origin_leave_each_other_alone(make_app, tmp_path, site):
    bundles = tmp_path / "bundles"
    for name in ("a", "b"):
        bundle = write_colour_bundle(bundles / name, name=name, names={"authorship": name})
        build_site([bundle], tmp_path / "host" / name, BuildOptions(base_url=f"/{name}/"))
    site.folder = tmp_path / "host"
    app = make_app(site)
    first = app.open("a/index.html", accept=True)
    app.wait_for(first, "ready")
    second = app.open("b/index.html")
    # The other site's gate was not this one's.
    second.get_by_test_id("gate-accept").click()
    app.wait_for(second, "ready")
    site.stop()
    for page in (first, second):
        page.reload()
        app.wait_for(page, "ready")
        assert "Boletus edulis" in app.identify(page, plain_photo(20, 30, 220))


def test_an_app_at_the_root_leaves_other_pages_of_the_origin_to_the_server(app, site):
    site.extra["blog/post.html"] = b"<p>Another page"
    page = app.open()
    app.wait_for(page, "ready")
    page.goto(site.url + "blog/post.html?a=b")
    assert page.locator("body").inner_text() == "Another page"
    assert page.goto(site.url + "nothing/here").status == 404
    site.stop()
    for address in ("?from=home", "index.html?from=home"):
        page.goto(site.url + address)
        app.wait_for(page, "ready")
