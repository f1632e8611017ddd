"""A site whose model's description lies, with every hash made to agree: the app says so and names nothing."""

import json

import pytest
from playwright.sync_api import Error as PlaywrightError

from sporeprint_training.artefact import sha256_bytes

pytestmark = pytest.mark.browser


def catalogue_of(site):
    return json.loads((site.folder / "catalogue.json").read_bytes())


def manifest_of(site):
    return json.loads((site.folder / catalogue_of(site)["models"][0]["manifest"]).read_bytes())


def serve(site, manifest: bytes):
    """Let the site offer this manifest, under its true hash and length."""
    catalogue, digest = catalogue_of(site), sha256_bytes(manifest)
    stated = {"manifest": f"content/{digest}.json", "manifest_sha256": digest, "manifest_bytes": len(manifest)}
    catalogue["models"][0] |= stated
    site.extra[stated["manifest"]] = manifest
    site.extra["catalogue.json"] = json.dumps(catalogue).encode()


def lie(site, change):
    manifest = manifest_of(site)
    change(manifest)
    serve(site, json.dumps(manifest).encode())


def file_of(manifest, part):
    return next(file for file in manifest["files"] if part in file["path"])


def refused(app):
    """The words of the refusal, once it is certain that no photo gets an answer."""
    page = app.open()
    words = app.wait_for(page, "failed")
    with pytest.raises(PlaywrightError):
        page.evaluate("sporeprint.identify(new Blob(['x']))")
    return words


def fewer_classes(manifest):
    manifest["classes"].pop()
    manifest["self_test"]["scores"].pop()


def other_shard(manifest):
    head, ballast = file_of(manifest, "head"), file_of(manifest, "ballast")
    head.update(sha256=ballast["sha256"], bytes=ballast["bytes"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (fewer_classes, "could not identify"),
        (lambda manifest: manifest["classes"].pop(), "4 scores for 3 classes"),
        (lambda manifest: manifest["self_test"]["scores"].reverse(), "other answers than in testing"),
        (lambda manifest: manifest.update(temperature=9.0), "other answers than in testing"),
        (lambda manifest: manifest["outputs"].update(logits="nothing"), "the graph has no nothing"),
        (lambda manifest: manifest["outputs"].update(class_activation="nothing"), "the graph has no nothing"),
        (lambda manifest: manifest["outputs"].update(logits="shares"), "could not identify"),
        (lambda manifest: manifest["files"].remove(file_of(manifest, "head")), "weights/head.bin is not listed"),
        (lambda manifest: file_of(manifest, "model.json").update(role="card"), "no graph"),
        (lambda manifest: manifest["self_test"].update(photo="none.png"), "none.png is not listed"),
        (other_shard, "bytes of weights instead of"),
        (lambda manifest: file_of(manifest, "head").update(bytes=63), "arrived damaged"),
        (lambda manifest: file_of(manifest, "head").update(bytes=65), "connection was lost"),
        (lambda manifest: file_of(manifest, "head").update(bytes=2**40), "does not fit this version"),
        (lambda manifest: file_of(manifest, "head").update(bytes=-1), "does not fit this version"),
        (lambda manifest: manifest.update(format=1), "format 1"),
        (lambda manifest: manifest.pop("self_test"), "does not fit this version"),
    ],
)
def test_a_manifest_that_lies_is_refused_in_words(app, site, change, words):
    lie(site, change)
    assert words in refused(app)


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b"\xff\xfe"])
def test_a_manifest_that_is_none_is_refused_in_words(app, site, data):
    serve(site, data)
    assert "does not fit this version" in refused(app)


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "../secret"},
        {"sha256": "%2e%2e/secret"},
        {"sha256": "A" * 64},
        {"path": "../secret.bin"},
        {"path": "weights/../../secret.bin"},
        {"path": "/secret.bin"},
        {"path": "weights\\..\\secret.bin"},
        {"path": "weights/%2e%2e/secret.bin"},
        {"path": "https://example.org/secret.bin"},
    ],
)
def test_a_file_outside_the_models_folder_is_never_asked_for(app, site, change):
    lie(site, lambda manifest: file_of(manifest, "head").update(change))
    assert "does not fit this version" in refused(app)
    assert site.fetched("secret") == 0


def test_a_manifest_with_one_flipped_bit_is_not_even_read(app, site):
    entry = catalogue_of(site)["models"][0]
    data = (site.folder / entry["manifest"]).read_bytes()
    site.extra[entry["manifest"]] = data.replace(b'"temperature": 1.0', b'"temperature": 3.0')
    assert site.extra[entry["manifest"]] != data
    assert "arrived damaged" in refused(app)
    assert site.fetched("/content/") == 1
