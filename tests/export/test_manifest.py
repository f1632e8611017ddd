"""The model definition: what does not fit together is refused."""

import json

import pytest
from pydantic import ValidationError

from sporeprint_export.bundle import read_bundle
from sporeprint_export.manifest import MAX_SHARD_BYTES, BundleFile, Manifest, ModelClass, content_id, make_manifest
from sporeprint_training.artefact import canonical_json
from sporeprint_training.decision import UnknownRule
from sporeprint_training.errors import BadInput

FAMILIARITY = BundleFile(path="familiarity.bin", bytes=1, sha256="0" * 64, role="familiarity")


@pytest.fixture
def content(make_bundle):
    manifest = read_bundle(make_bundle()).manifest
    return {name: getattr(manifest, name) for name in Manifest.model_fields if name not in ("format", "id")}


def test_the_id_is_the_hash_of_the_content(content):
    same, other = make_manifest(**content), make_manifest(**{**content, "temperature": 2.0})
    assert make_manifest(**content).id == same.id != other.id


def test_a_manifest_reads_back_as_it_was_written(content):
    manifest = make_manifest(**content)
    assert Manifest.model_validate_json(manifest.to_json()) == manifest


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"classes": lambda v: (v[0], v[0])}, "share a scientific name"),
        ({"classes": lambda v: v[:1]}, "another number of scores"),
        ({"files": lambda v: (*v, v[0])}, "share a path"),
        ({"files": lambda v: v[1:]}, "role graph"),
        ({"files": lambda v: tuple(f for f in v if f.role != "self_test")}, "not listed in files: self_test.jpg"),
        (
            {"files": lambda v: tuple(f.model_copy(update={"bytes": MAX_SHARD_BYTES + 1}) for f in v)},
            "larger than 4 MiB",
        ),
        ({"temperature": lambda _: 0.0}, "greater than 0"),
        (
            {"thresholds": lambda v: v.model_copy(update={"unknown": UnknownRule(below=0, target=0.05)})},
            "come together",
        ),
        ({"outputs": lambda v: v.model_copy(update={"features": "mean"})}, "come together"),
        ({"files": lambda v: (*v, FAMILIARITY)}, "come together"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(content, change, said):
    changed = {key: do(content[key]) for key, do in change.items()}
    with pytest.raises(ValidationError, match=said):
        make_manifest(**{**content, **changed})


def test_a_danger_level_needs_its_source():
    with pytest.raises(ValidationError, match="needs its source"):
        ModelClass(scientific_name="Amanita virosa", toxicity="deadly", n_photos=1)


def test_there_is_no_level_that_says_harmless():
    with pytest.raises(ValidationError):
        ModelClass(scientific_name="Boletus edulis", toxicity="edible", toxicity_source="x", n_photos=1)


def test_a_bundle_of_another_format_is_refused(make_bundle):
    bundle = make_bundle()
    text = (bundle / "manifest.json").read_text().replace('"format": 4', '"format": 1')
    (bundle / "manifest.json").write_text(text)
    with pytest.raises(BadInput, match="Export the run again"):
        read_bundle(bundle)


def test_a_list_of_deadly_species_that_lost_some_is_refused(content):
    origin = content["provenance"]
    with pytest.raises(ValidationError, match="of 2 deadly species in the table built-in, 0 are listed"):
        make_manifest(**{**content, "provenance": origin.model_copy(update={"never_seen": ()})})
    with pytest.raises(ValidationError, match="listed as never seen"):
        make_manifest(**{**content, "provenance": origin.model_copy(update={"never_seen": ("Amanita virosa",)})})


def test_fungi_are_not_declared_to_be_something_else(content):
    origin = content["provenance"].model_copy(update={"not_fungi": True})
    with pytest.raises(ValidationError, match="declared not to be of fungi"):
        make_manifest(**{**content, "provenance": origin})


def test_a_bundle_from_before_a_key_was_added_keeps_its_id_and_its_bytes(content):
    earlier = json.loads(make_manifest(**content).to_json())
    for part, key in (("metrics", "n_deadly"), ("provenance", "deadly_table"), ("provenance", "not_fungi")):
        del earlier[part][key]
    earlier["id"] = content_id(earlier)
    data = canonical_json(earlier)
    read = Manifest.model_validate_json(data)
    assert (read.metrics.n_deadly, read.provenance.deadly_table) == (0, None)
    assert read.to_json() == data
