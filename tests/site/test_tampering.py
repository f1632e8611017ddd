"""A bundle that somebody changed is refused by the build, also when its manifest was made to agree with it again."""

import json
import shutil

import pytest

from sporeprint_export.bundle import read_bundle
from sporeprint_export.manifest import Outputs, SelfTest, content_id, make_manifest
from sporeprint_site.build import build_site
from sporeprint_training.artefact import canonical_json, sha256_bytes
from sporeprint_training.errors import BadInput

SHARD = "weights/backbone.bin"


def restated(bundle, **changes):
    """The same bundle under a manifest with other content and the id that belongs to it."""
    content = json.loads((bundle / "manifest.json").read_bytes()) | changes
    (bundle / "manifest.json").write_bytes(canonical_json(content | {"id": content_id(content)}))


def listed(bundle, name, **changes):
    """The manifest's files, one of them changed."""
    files = json.loads((bundle / "manifest.json").read_bytes())["files"]
    return [file | changes if file["path"] == name else file for file in files]


def refuses(bundle, tmp_path, words):
    with pytest.raises(BadInput, match=words):
        build_site([bundle], tmp_path / "public")
    assert not (tmp_path / "public").exists()


@pytest.mark.parametrize("change", [{"bytes": 2047}, {"bytes": 2049}, {"sha256": "0" * 64}])
def test_a_shard_listed_with_other_bytes_than_it_has_is_refused(make_bundle, tmp_path, change):
    bundle = make_bundle()
    restated(bundle, files=listed(bundle, SHARD, **change))
    refuses(bundle, tmp_path, r"weights/backbone\.bin with 2048 bytes")


@pytest.mark.parametrize(
    "path",
    [
        "../outside.bin",
        "weights/../../outside.bin",
        "weights/..",
        "/etc/passwd",
        "c:/outside.bin",
        "..\\outside.bin",
        "weights\\backbone.bin",
        "%2e%2e/outside.bin",
        "weights/%2e%2e/%2e%2e/outside.bin",
        "./weights/backbone.bin",
        "weights//backbone.bin",
        "weights/backbone.bin\0.bin",
        "weights/backbone.bin\n",
        "",
    ],
)
def test_a_path_that_could_leave_the_folder_is_refused_before_anything_is_read(make_bundle, tmp_path, path):
    bundle = make_bundle()
    restated(bundle, files=listed(bundle, SHARD, path=path))
    shutil.copy(bundle / SHARD, tmp_path / "outside.bin")
    refuses(bundle, tmp_path, "stays inside the bundle")


def test_a_folder_of_a_bundle_that_is_a_link_is_refused(make_bundle, tmp_path):
    bundle = make_bundle()
    shutil.move(bundle / "weights", tmp_path / "elsewhere")
    (bundle / "weights").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    refuses(bundle, tmp_path, r"ordinary file in the bundle.*weights/backbone\.bin")


def test_a_bundle_may_itself_be_reached_through_a_link(make_bundle, tmp_path):
    (tmp_path / "latest").symlink_to(make_bundle(), target_is_directory=True)
    build_site([tmp_path / "latest"], tmp_path / "public")


def with_graph(bundle, graph):
    """The bundle with another model.json, listed as it is."""
    data = graph if isinstance(graph, bytes) else json.dumps(graph).encode()
    (bundle / "model.json").write_bytes(data)
    restated(bundle, files=listed(bundle, "model.json", bytes=len(data), sha256=sha256_bytes(data)))
    return bundle


def signature(*sizes, name="Identity:0"):
    shape = {"dim": [{"size": str(size)} for size in sizes]}
    return {"format": "graph-model", "signature": {"outputs": {"logits": {"name": name, "tensorShape": shape}}}}


def test_a_class_taken_out_of_the_manifest_is_missed(make_bundle, tmp_path):
    bundle = with_graph(make_bundle(outputs=Outputs(logits="Identity")), signature(1, 2))
    build_site([bundle], tmp_path / "whole")
    manifest = read_bundle(bundle).manifest
    content = {name: getattr(manifest, name) for name in type(manifest).model_fields if name not in ("format", "id")}
    one = SelfTest(photo="self_test.jpg", scores=(1.0,), tolerance=0.01)
    fewer = make_manifest(**{**content, "classes": manifest.classes[:1], "self_test": one})
    (bundle / "manifest.json").write_bytes(fewer.to_json())
    refuses(bundle, tmp_path, "2 logits and 1 classes")


@pytest.mark.parametrize("graph", [b"\xff\xfe", b"[]", b'{"signature": 3}', signature(), signature("many")])
def test_a_graph_that_is_no_graph_is_refused(make_bundle, tmp_path, graph):
    bundle = with_graph(make_bundle(outputs=Outputs(logits="Identity")), graph)
    refuses(bundle, tmp_path, r"tensorflowjs' model\.json")
