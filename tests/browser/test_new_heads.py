"""A new head on the same backbone: phones fetch the head, and two models of a site share what is equal."""

import json
import struct

import pytest

from colour_bundle import COLOURS, colour_scores, plain_photo, write_colour_bundle
from faulty_site import status
from site_content import content_of, stored
from sporeprint_export.manifest import SelfTest
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions
from sporeprint_training.artefact import sha256_bytes

pytestmark = pytest.mark.browser
RED, BLUE = (200, 30, 20), (20, 30, 220)


def retrained(folder, **changes):
    """The colour model whose head calls red what it called blue, and the reverse."""
    order = [COLOURS[index] for index in (2, 1, 0, 3)]
    values = [item.weights[channel] for channel in range(3) for item in order] + [item.bias for item in order]
    entries = [
        {"name": name, "shape": shape, "dtype": "float32"}
        for name, shape in (("head_kernel", [3, len(COLOURS)]), ("head_bias", [len(COLOURS)]))
    ]
    red = colour_scores(*RED)
    answer = SelfTest(photo="self_test.png", scores=(red[2], red[1], red[0], red[3]), tolerance=1e-3)
    head = (entries, struct.pack(f"<{len(values)}f", *values))
    return write_colour_bundle(folder, head=head, self_test=answer, **changes)


def files_of(folder):
    """Path in the site to content."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_update_with_another_head_fetches_the_manifest_the_head_and_what_small_files_changed(app, site, tmp_path):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    assert "Boletus edulis" in app.identify(page, plain_photo(*BLUE))
    before = stored(page, site)
    build_site([retrained(tmp_path / "bundle", name="Retrained")], tmp_path / "public")
    after = content_of(tmp_path / "public")
    old, new = files_of(site.folder), files_of(tmp_path / "public")
    site.folder = tmp_path / "public"
    site.requests.clear()
    page.reload()
    page.get_by_test_id("update").click()
    page.get_by_test_id("update").wait_for(state="detached")
    # It is small, and so comes unasked.
    app.wait_for(page, "ready", model="Retrained")
    assert "Amanita muscaria" in app.identify(page, plain_photo(*BLUE))
    assert page.get_by_test_id("result").first.get_attribute("data-taxon") == "Amanita muscaria"

    fetched = [path.removeprefix("/") for path in site.requests]
    assert sorted(path for path in fetched if path.startswith("content/")) == sorted(
        [after["manifest.json"], after["weights/head.bin"]]
    )
    changed = {path for path in new if old.get(path) != new[path]}
    # Whatever changed, browsers read the scripts of a new service worker anew.
    assert set(fetched) - {"app/sw/shell.js", "app/sw/share_target.js", "vendor/workbox.js"} <= changed

    site.stop()
    page.reload()
    app.wait_for(page, "ready")
    assert "Amanita muscaria" in app.identify(page, plain_photo(*BLUE))
    # The earlier one's files stay, to go back to.
    assert stored(page, site) == before | set(after.values())


def test_a_failed_update_goes_on_with_the_head_alone(app, site, tmp_path):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    build_site([retrained(tmp_path / "bundle", name="Retrained")], tmp_path / "public")
    site.folder = tmp_path / "public"
    head = content_of(site.folder)["weights/head.bin"]
    site.faults[head] = status(404)
    page.reload()
    page.get_by_test_id("update").click()
    page.get_by_text("with the earlier model").wait_for()
    assert "Boletus edulis" in app.identify(page, plain_photo(*BLUE))
    site.faults.clear()
    site.requests.clear()
    page.get_by_role("button", name="Try again").click()
    app.wait_for(page, "ready", model="Retrained")
    assert "Amanita muscaria" in app.identify(page, plain_photo(*BLUE))
    assert [path for path in site.requests if path.startswith("/content/")] == [f"/{head}"]


SECOND = """async ([size, colour]) => {
  const { ModelClient } = await import(new URL("app/page/model/model_client.js", document.baseURI).href);
  const catalogue = await (await fetch("catalogue.json")).json();
  const spawn = () => new Worker(new URL("app/worker/main.js", document.baseURI), { type: "module" });
  const client = new ModelClient(catalogue, catalogue.models[1], document.baseURI, spawn);
  const { manifest, downloaded } = await client.prepare();
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext("2d");
  context.fillStyle = `rgb(${colour})`;
  context.fillRect(0, 0, size, size);
  const { modelId, decision } = await client.identify(await canvas.convertToBlob());
  return { name: manifest.name, modelId, taxon: decision.taxon, downloaded };
}"""


def test_two_models_of_a_site_share_the_backbone_and_stand_alone(make_app, site, tmp_path):
    bundles = [write_colour_bundle(tmp_path / "one"), retrained(tmp_path / "two", name="Swapped colours")]
    build_site(bundles, tmp_path / "public", BuildOptions(readable=True))
    site.folder = tmp_path / "public"
    first, second = content_of(site.folder, 0), content_of(site.folder, 1)
    own = {name for name in first if first[name] != second[name]}
    assert own == {"manifest.json", "weights/head.bin"}
    stored_once = [path for path in files_of(site.folder) if path.endswith(".bin")]
    # Two shards of the backbone, a head each, one pack of the species' photos.
    assert len(stored_once) == len({sha256_bytes((site.folder / path).read_bytes()) for path in stored_once}) == 5

    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    assert "Boletus edulis" in app.identify(page, plain_photo(*BLUE))
    assert stored(page, site) == set(first.values())
    site.requests.clear()
    found = page.evaluate(SECOND, [64, list(BLUE)])
    assert (found["name"], found["taxon"]) == ("Swapped colours", "Amanita muscaria")
    models = json.loads((site.folder / "catalogue.json").read_bytes())["models"]
    assert [(model["name"], model["default"]) for model in models] == [("Colours", True), ("Swapped colours", False)]
    assert found["modelId"] == models[1]["id"]
    fetched = {path.removeprefix("/") for path in site.requests if path.startswith("/content/")}
    assert fetched == {second[name] for name in own}
    assert found["downloaded"] == sum((site.folder / path).stat().st_size for path in fetched)

    # Neither throws the other's files away.
    assert stored(page, site) == {*first.values(), *second.values()}
    site.stop()
    page.reload()
    app.wait_for(page, "ready")
    assert "Boletus edulis" in app.identify(page, plain_photo(*BLUE))
    assert page.evaluate(SECOND, [64, list(BLUE)])["downloaded"] == 0
