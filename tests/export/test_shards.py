"""Shards: named by content, cut at the head, readable by any tensorflowjs client."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np
import pytest

from sporeprint_export import shards as shards_module
from sporeprint_export.canonical import head_weights
from sporeprint_export.replay import replay
from sporeprint_export.shards import read_graph, write_graph
from sporeprint_training.artefact import sha256_bytes


def write(graph, precision="float32"):
    return write_graph(graph, precision, size=32, classes=4)


def read(files):
    return read_graph(files.model_json, {**files.backbone, **files.head}.__getitem__)


@pytest.mark.parametrize(("precision", "limit"), [("float32", 1e-4), ("float16", 0.02), ("uint16", 0.02)])
def test_the_files_alone_give_the_keras_models_logits(network, graph, images, precision, limit):
    expected = network.predict_on_batch(images.astype(np.float32))
    assert np.ptp(expected, axis=0).max() > 0.1, "the network tells the pictures apart"
    np.testing.assert_allclose(replay(read(write(graph, precision)), images), expected, atol=limit)


def test_the_head_is_the_last_dense_layer(network, graph):
    kernel, bias = (np.asarray(weight) for weight in network.get_layer("head_logits").weights)
    values = list(head_weights(graph).values())
    assert sorted(value.shape for value in values) == sorted([kernel.shape, bias.shape])
    assert any(np.allclose(value, kernel) for value in values if value.shape == kernel.shape)


def test_a_retrained_head_leaves_the_backbones_shards_as_they_were(graph):
    changed = {name: value + 1 for name, value in head_weights(graph).items()}
    before, after = write(graph), write(replace(graph, weights={**graph.weights, **changed}))
    assert before.backbone == after.backbone
    assert before.head.keys().isdisjoint(after.head)


def test_shards_are_named_by_their_hash(graph):
    files = write(graph)
    for path, data in {**files.backbone, **files.head}.items():
        assert path == f"weights/{sha256_bytes(data)[:32]}.bin"


def test_a_large_group_is_cut_into_shards_of_the_largest_allowed_size(graph, images, monkeypatch):
    whole = b"".join(write(graph).backbone.values())
    monkeypatch.setattr(shards_module, "MAX_SHARD_BYTES", 1000)
    files = write(graph)
    sizes = [len(data) for data in files.backbone.values()]
    assert len(sizes) > 3
    assert set(sizes[:-1]) == {1000}
    assert b"".join(files.backbone.values()) == whole
    np.testing.assert_array_equal(replay(read(files), images), replay(graph, images))


def test_equal_shards_of_backbone_and_head_are_listed_once(graph):
    zeros = {name: np.zeros_like(value) for name, value in graph.weights.items() if value.dtype == np.float32}
    files = write(replace(graph, weights={**graph.weights, **zeros}))
    assert files.backbone.keys().isdisjoint(files.head)
    assert read(files).weights.keys() == graph.weights.keys()


def test_paths_are_relative_so_that_any_host_and_folder_will_do(graph):
    paths = [path for group in json.loads(write(graph).model_json)["weightsManifest"] for path in group["paths"]]
    assert all(not PurePosixPath(path).is_absolute() and ".." not in path for path in paths)


def test_the_signature_names_the_photo_and_the_logits(graph):
    signature = json.loads(write(graph).model_json)["signature"]
    assert signature["inputs"]["image"]["tensorShape"]["dim"] == [{"size": str(n)} for n in (1, 32, 32, 3)]
    assert signature["outputs"]["logits"]["tensorShape"]["dim"] == [{"size": "1"}, {"size": "4"}]


READER = """
import json, sys, numpy
from tensorflowjs import read_weights
manifest = json.load(open(sys.argv[1] + "/model.json"))["weightsManifest"]
groups = read_weights.read_weights(manifest, sys.argv[1])
numpy.savez(sys.argv[2], **{entry["name"]: entry["data"] for group in groups for entry in group})
"""


@pytest.mark.slow
def test_tensorflowjs_own_reader_finds_the_same_weights(graph, tmp_path):
    files = write(graph, "uint16")
    (tmp_path / "weights").mkdir()
    (tmp_path / "model.json").write_bytes(files.model_json)
    for path, data in {**files.backbone, **files.head}.items():
        (tmp_path / path).write_bytes(data)
    out = tmp_path / "weights.npz"
    subprocess.run([sys.executable, "-c", READER, tmp_path, out], check=True, capture_output=True, timeout=120)
    ours = read(files).weights
    with np.load(out) as theirs:
        assert set(theirs) == set(ours)
        for name, value in ours.items():
            np.testing.assert_allclose(theirs[name], value, rtol=1e-6, atol=1e-9)
