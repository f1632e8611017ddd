"""A bundle whose priors were changed is refused by the build, also when its manifest agrees with them again."""

import json
from array import array

import pytest

from colour_bundle import write_colour_bundle
from colour_priors import colour_priors
from sporeprint_export.manifest import content_id
from sporeprint_site.build import build_site
from sporeprint_training.artefact import canonical_json, sha256_bytes
from sporeprint_training.errors import BadInput
from sporeprint_training.priors.file import Priors, encode_priors


@pytest.fixture
def bundle(tmp_path):
    """The colour model with priors."""
    record, _, data = colour_priors()
    return write_colour_bundle(tmp_path / "bundle", priors=(record, data))


def restate(bundle, change=lambda content: None):
    """Change the manifest, and let it agree with the files and itself."""
    content = json.loads((bundle / "manifest.json").read_bytes())
    change(content)
    for file in content["files"]:
        data = (bundle / file["path"]).read_bytes()
        file |= {"bytes": len(data), "sha256": sha256_bytes(data)}
    (bundle / "manifest.json").write_bytes(canonical_json(content | {"id": content_id(content)}))


def refuses(bundle, tmp_path, words):
    with pytest.raises(BadInput, match=words):
        build_site([bundle], tmp_path / "public")
    assert not (tmp_path / "public").exists()


def test_the_site_offers_the_priors_under_their_hash(bundle, tmp_path):
    build_site([bundle], tmp_path / "public")
    data = (bundle / "priors.bin").read_bytes()
    assert (tmp_path / "public" / f"content/{sha256_bytes(data)}.bin").read_bytes() == data
    catalogue = json.loads((tmp_path / "public" / "catalogue.json").read_bytes())
    without = write_colour_bundle(tmp_path / "without")
    build_site([without], tmp_path / "plain")
    plain = json.loads((tmp_path / "plain" / "catalogue.json").read_bytes())
    assert catalogue["models"][0]["bytes"] > plain["models"][0]["bytes"] + len(data)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: b"", "too short"),
        (lambda data: data[:-1], "too short"),
        (lambda data: data + b"\0", "1 bytes too many"),
        (lambda data: encode_priors(Priors(3, array("b", [0] * 36), None)), "3 classes instead of 4"),
        (lambda data: encode_priors(Priors(4, array("b", [0] * 48), None)), "other parts"),
    ],
)
def test_other_priors_are_refused(bundle, tmp_path, change, words):
    (bundle / "priors.bin").write_bytes(change((bundle / "priors.bin").read_bytes()))
    refuses(bundle, tmp_path, r"priors\.bin with .* bytes")
    restate(bundle)
    refuses(bundle, tmp_path, words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content.update(priors=None), "role priors"),
        (lambda content: content["priors"].update(path=None), "if and only if"),
        (lambda content: content["priors"].update(path="other.bin"), "priors.path"),
        (lambda content: content["priors"]["season"].update(strength=1.6), "strength"),
        (lambda content: content["priors"]["place"].update(degrees=10.0), "2 cells of 5° instead of 2 of 10°"),
        (lambda content: next(f for f in content["files"] if f["role"] == "priors").update(role="card"), "role priors"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(bundle, tmp_path, change, words):
    restate(bundle, change)
    refuses(bundle, tmp_path, words)
