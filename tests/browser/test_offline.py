"""First visit, no signal, bad networks: the app says "ready" only when it is, and loses nothing."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from colour_bundle import plain_photo, write_colour_bundle
from sporeprint_export.bundle import read_bundle
from sporeprint_export.manifest import SelfTest
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions

pytestmark = pytest.mark.browser


def damaged(answer):
    return replace(answer, body=answer.body[:-1] + bytes([answer.body[-1] ^ 1]))


def cut_off(answer):
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def login_page(answer):
    return replace(answer, headers={"Content-Type": "text/html"}, body=b"<html>Please log in</html>")


def status(code):
    return lambda answer: replace(answer, status=code, body=b"no")


def slow(answer):
    return replace(answer, pause=0.5)


def shard(site, role_part):
    """Address of the file whose bundle path holds `role_part`, from the built site's own manifest."""
    catalogue = json.loads((site.folder / "catalogue.json").read_bytes())
    manifest = json.loads((site.folder / catalogue["models"][0]["manifest"]).read_bytes())
    file = next(file for file in manifest["files"] if role_part in file["path"])
    return f"content/{file['sha256']}"


def stored_content(page):
    """Addresses of the model files on the phone."""
    return page.evaluate("caches.open('sporeprint-content/').then(c => c.keys()).then(all => all.map(r => r.url))")


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
    head = shard(site, "head")
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
    # The page is "/" first and "index.html" in the shell; the rest comes once, from the page or the service worker.
    assert twice <= {"/index.html"}


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
    head = shard(site, "head")
    site.faults[head] = fault
    page = app.open()
    assert words in app.wait_for(page, "failed")
    stored = stored_content(page)
    assert len(stored) >= 2
    assert not any(head in url for url in stored)
    site.faults.clear()
    site.requests.clear()
    page.get_by_role("button", name="Try again").click()
    app.wait_for(page, "ready")
    assert site.fetched(head) == 1
    assert not [url for url in stored if site.fetched(url.removeprefix(site.url))]


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
    site.faults["vendor/idb.js"] = status(404)
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
    ballast = shard(site, "ballast")
    site.faults[ballast] = slow
    page = app.open()
    deadline = time.monotonic() + 10
    # Everything but the slow file.
    while len(stored_content(page)) < 6 and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    page.close()
    site.faults.clear()
    site.requests.clear()
    app.wait_for(app.open(), "ready")
    assert {path.split(".")[0] for path in site.requests if path.startswith("/content/")} == {f"/{ballast}"}


def test_a_file_that_rots_on_the_phone_is_fetched_again(app, site):
    page = app.open()
    app.wait_for(page, "ready")
    page.evaluate(
        "async part => { const cache = await caches.open('sporeprint-content/');"
        " const request = (await cache.keys()).find(r => r.url.includes(part));"
        " await cache.put(request, new Response(new Uint8Array(64))); }",
        shard(site, "head"),
    )
    site.requests.clear()
    page.reload()
    app.wait_for(page, "ready")
    assert site.fetched(shard(site, "head")) == 1


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


def test_an_update_is_offered_and_taken_by_every_tab_at_once(make_app, tmp_path, site):
    app = make_app(site)
    first, second = app.open(), app.open()
    app.wait_for(first, "ready")
    app.wait_for(second, "ready")
    build_site([write_colour_bundle(tmp_path / "bundle")], tmp_path / "public", BuildOptions(title="Second edition"))
    site.folder = Path(tmp_path / "public")
    first.reload()
    first.get_by_test_id("update").wait_for()
    assert first.title() == second.title() == "Sporeprint"
    first.get_by_test_id("update").click()
    first.wait_for_function("document.title === 'Second edition'")
    second.wait_for_function("document.title === 'Second edition'")


def test_an_update_is_taken_by_a_tab_that_is_not_ready_yet(make_app, tmp_path, site):
    app = make_app(site)
    first = app.open()
    app.wait_for(first, "ready")
    second = app.context.new_page()
    second.add_init_script("window.Worker = class extends EventTarget { postMessage() {} terminate() {} }")
    second.goto(site.url)
    second.get_by_test_id("gate-accept").wait_for()
    build_site([write_colour_bundle(tmp_path / "bundle")], tmp_path / "public", BuildOptions(title="Second edition"))
    site.folder = Path(tmp_path / "public")
    first.reload()
    first.get_by_test_id("update").click()
    expect(second).to_have_title("Second edition", timeout=10_000)


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
    manifest = shard_of_catalogue(site)
    site.faults[manifest] = status(500)
    page.reload()
    page.get_by_test_id("update").click()
    page.get_by_text("with the earlier model").wait_for()
    assert "Boletus edulis" in app.identify(page, plain_photo(20, 30, 220))
    old = stored_content(page)
    site.faults.clear()
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("with the earlier model").wait_for(state="detached")
    app.wait_for(page, "ready")
    new = stored_content(page)
    assert any(manifest in url for url in new)
    # The weights are the same files; only the old manifest went.
    assert len(set(old) - set(new)) == 1
    assert len(new) == len(old)


def test_the_banner_tells_of_the_model_that_answers(make_app, tmp_path, site):
    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    usual = read_bundle(write_colour_bundle(tmp_path / "usual")).manifest
    real = usual.provenance.model_copy(update={"drawn": False})
    build_site([write_colour_bundle(tmp_path / "bundle", provenance=real)], tmp_path / "public")
    site.folder = tmp_path / "public"
    site.faults[shard_of_catalogue(site)] = status(500)
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
    renamed = write_colour_bundle(tmp_path / "bundle", names={"authorship": "Someone else"})
    build_site([renamed], tmp_path / "public")
    site.folder = tmp_path / "public"
    site.faults[shard_of_catalogue(site)] = status(500)
    page.reload()
    page.get_by_test_id("update").click()
    page.get_by_text("with the earlier model").wait_for()
    app.identify(page, plain_photo(20, 30, 220))
    site.faults.clear()
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("with the earlier model").wait_for(state="detached")
    app.wait_for(page, "ready")
    page.goto(site.url + "#emergency")
    page.go_back()
    assert "Someone else" not in page.get_by_test_id("result").first.inner_text()
    app.identify(page, plain_photo(20, 30, 220))
    assert "Someone else" in page.get_by_test_id("result").first.inner_text()


def shard_of_catalogue(site):
    """Address of the default model's manifest."""
    catalogue = json.loads((site.folder / "catalogue.json").read_bytes())
    return catalogue["models"][0]["manifest"]


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
