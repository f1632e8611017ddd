"""Run folder in, bundle out: complete and checked, or not there at all."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sporeprint_export import candidates as candidates_module
from sporeprint_export import export as export_module
from sporeprint_export.bundle import read_bundle
from sporeprint_export.export import ExportOptions, export_run
from sporeprint_training.backbones import build_backbone
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.decision import calibrated_scores
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.images import read_input
from sporeprint_training.models import assemble, build_head
from sporeprint_training.run import SplitSizes
from sporeprint_training.weights import find_weights


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_bundle_is_what_its_manifest_says_and_nothing_else(exported):
    _, bundle, report = exported
    manifest = read_bundle(bundle).manifest
    assert manifest == report.manifest
    assert set(files(bundle)) == {"manifest.json", "parity.json", *(file.path for file in manifest.files)}
    fetched = sum(len(data) for path, data in files(bundle).items() if path not in ("parity.json", "card.md"))
    assert report.bytes == fetched > report.bytes_brotli


def test_the_manifest_describes_the_run(exported):
    run, bundle, report = exported
    manifest = report.manifest
    first, last = manifest.classes[0], manifest.classes[-1]
    assert (first.scientific_name, first.toxicity, first.taxonomy.family) == ("Amanita virosa", "deadly", "Amanitaceae")
    pack = (bundle / "thumbnails" / "0.bin").read_bytes()
    pictures = [pack[photo.offset : photo.offset + photo.length] for photo in first.thumbnails]
    assert pictures == [(run / "thumbnails" / f"0-{number}.jpg").read_bytes() for number in range(2)]
    assert ({photo.author for photo in first.thumbnails}, last.thumbnails) == ({"drawn"}, ())
    assert (manifest.name, manifest.input.size, manifest.temperature) == ("wood *walk*", 32, 1.5)
    assert (manifest.metrics.top1, manifest.metrics.top1_genus, manifest.metrics.top1_order) == (0.9, 0.925, None)
    assert manifest.provenance.licences == {"CC-BY-4.0": 200, "": 80}
    assert manifest.provenance.splits == SplitSizes(train=200, val=40, test=40)
    assert manifest.provenance.precision == "float16"
    assert manifest.provenance.never_seen == ("Galerina marginata",)
    assert {file.role for file in manifest.files} == {
        "graph", "backbone", "head", "thumbnail", "self_test", "card",
    }  # fmt: skip


def test_the_self_test_holds_the_keras_models_scores(exported, network):
    _, bundle, report = exported
    test = report.manifest.self_test
    pixels = read_input(bundle / test.photo, report.manifest.input)[np.newaxis].astype(np.float32)
    logits = network.predict_on_batch(pixels)[0].astype(float).tolist()
    np.testing.assert_allclose(test.scores, calibrated_scores(logits, 1.5), atol=1e-4)
    assert 0.01 <= test.tolerance <= 0.02


def test_the_report_and_parity_json_hold_the_same_figures(exported):
    _, bundle, report = exported
    assert json.loads((bundle / "parity.json").read_bytes()) == report.parity
    figures = report.parity["tensorflow"]["float16"]
    assert (figures["n"], figures["agreement"]) == (6, 1.0)
    assert 0 < figures["max_abs_dp"] < 0.02


@pytest.mark.slow
def test_the_same_weights_give_the_same_bundle_whatever_the_layers_are_called(exported, make_network, make_run):
    model = make_network()
    assert {layer.name for layer in model.layers} != {layer.name for layer in make_network().layers}
    run = make_run(model)
    out = run.parent / "bundle"
    export_run(run, out, ExportOptions(precision="float16"))
    assert files(out) == files(exported[1])


@pytest.mark.usefixtures("converted_before")
def test_the_name_and_the_precision_are_the_users(exported, tmp_path):
    report = export_run(exported[0], tmp_path / "out", ExportOptions("float32", name="Autumn"))
    assert (report.manifest.name, report.manifest.provenance.precision) == ("Autumn", "float32")
    assert report.parity["tensorflow"]["float32"]["max_abs_dp"] < 1e-4
    assert report.bytes > exported[2].bytes


@pytest.fixture
def old_bundle(exported, tmp_path):
    """An earlier bundle, with a note that only it has."""
    out = tmp_path / "bundle"
    out.mkdir()
    for name in ("manifest.json", "note.txt"):
        (out / name).write_text("old")
    return out


def assert_untouched(out):
    assert files(out) == {"manifest.json": b"old", "note.txt": b"old"}
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []


@pytest.fixture
def other_answers(raw_graph, monkeypatch):
    """The conversion gives a graph whose classes have changed places."""
    kernel = next(name for name, value in raw_graph.weights.items() if value.shape == (24, 4))
    swapped = {**raw_graph.weights, kernel: raw_graph.weights[kernel][:, ::-1].copy()}
    monkeypatch.setattr(export_module, "convert", lambda graph: replace(raw_graph, weights=swapped))


@pytest.mark.usefixtures("other_answers")
@pytest.mark.parametrize("precision", ["auto", "float32", "int8"])
def test_answers_that_differ_from_keras_stop_the_export(exported, old_bundle, precision):
    with pytest.raises(StepFailed, match=r"agreement [\d.]+%, limit 99.0%|largest .Δp. [\d.]+, limit 0.001"):
        export_run(exported[0], old_bundle, ExportOptions(precision))
    assert_untouched(old_bundle)
    with pytest.raises(StepFailed):
        export_run(exported[0], old_bundle.parent / "new", ExportOptions(precision))
    assert not (old_bundle.parent / "new").exists()


@pytest.mark.usefixtures("converted_before")
def test_a_model_that_answers_no_numbers_is_refused(make_network, make_run):
    network = make_network()
    run = make_run(network)
    kernel, bias = network.get_layer("head_logits").get_weights()
    network.get_layer("head_logits").set_weights([kernel * np.nan, bias])
    network.save(run / "model.keras")
    with pytest.raises(BadInput, match="NaN or infinite"):
        export_run(run, run.parent / "bundle")


def test_a_bundle_that_answers_no_numbers_is_refused(exported, old_bundle, raw_graph, monkeypatch):
    broken = {name: value * np.float32(1e30) if value.ndim == 4 else value for name, value in raw_graph.weights.items()}
    monkeypatch.setattr(export_module, "convert", lambda graph: replace(raw_graph, weights=broken))
    with pytest.raises(StepFailed, match="NaN or infinite scores"):
        export_run(exported[0], old_bundle, ExportOptions("float32"))
    assert_untouched(old_bundle)


def test_a_self_test_that_would_allow_too_much_stops_the_export(exported, old_bundle, raw_graph, monkeypatch):
    monkeypatch.setattr(export_module, "convert", lambda graph: raw_graph)
    monkeypatch.setattr(candidates_module, "SELF_TEST_TOLERANCE", 0.1)
    with pytest.raises(StepFailed, match="self-test picture off by"):
        export_run(exported[0], old_bundle)
    assert_untouched(old_bundle)


def test_a_failing_conversion_leaves_the_old_bundle(exported, old_bundle, monkeypatch):
    def fail(graph):
        raise BadInput("Every operation of the model has a kernel", received="Erf at odd")

    monkeypatch.setattr(export_module, "convert", fail)
    with pytest.raises(BadInput, match="Erf at odd"):
        export_run(exported[0], old_bundle)
    assert_untouched(old_bundle)


KILLED = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from sporeprint_export import export

def hang(files, *rest):
    Path(sys.argv[3]).write_bytes(b"")
    time.sleep(600)

export.convert = lambda graph: graph
export.absorb_padding = lambda graph: graph
export.canonical = lambda graph: graph
export.make_candidates = lambda *rest: ([], {})
graph = SimpleNamespace(model_json=b"{}", backbone={}, head={})
export.choose = lambda *rest: SimpleNamespace(files=graph)
export._add_self_test = hang
export.export_run(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_a_killed_export_leaves_the_old_bundle_and_no_new_manifest(exported, old_bundle, tmp_path):
    started = tmp_path / "started"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", KILLED, exported[0], old_bundle, started]
    child = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not started.exists():
        assert child.poll() is None, "the export ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.1)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert files(old_bundle) == {"manifest.json": b"old", "note.txt": b"old"}
    left = [path for path in tmp_path.rglob("*") if path.name == "model.json"]
    assert left, "it was killed in the middle"
    assert not any((path.parent / "manifest.json").exists() for path in left)


def test_a_record_with_another_number_of_classes_is_refused_with_both_numbers(network, make_run):
    run = make_run(network, names=("Amanita virosa", "Boletus edulis", "Russula emetica"))
    with pytest.raises(BadInput, match=r"\(None, 4\), stated .*\(None, 3\)"):
        export_run(run, run.parent / "bundle")
    assert not (run.parent / "bundle").exists()


def test_a_folder_of_somebodys_own_is_not_replaced(exported, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BadInput, match="output folder"):
        export_run(exported[0], tmp_path)
    assert files(tmp_path) == {"thesis.txt": b"years of work"}


@pytest.mark.usefixtures("converted_before")
@pytest.mark.parametrize(
    "missing", ["photos.json", "photos/train-0.png", "self_test.jpg", "thumbnails/0-1.jpg", "model.keras"]
)
def test_an_incomplete_run_is_named(network, make_run, missing):
    run = make_run(network)
    (run / missing).unlink()
    with pytest.raises(BadInput, match=missing):
        export_run(run, run.parent / "bundle")
    assert not (run.parent / "bundle").exists()


@pytest.mark.usefixtures("converted_before")
def test_a_picture_outside_the_run_is_not_taken(network, make_run):
    run = make_run(network)
    (run.parent / "secret.jpg").write_bytes(b"private")
    record = json.loads((run / "run.json").read_bytes())
    record["classes"][0]["thumbnails"][0]["path"] = "../secret.jpg"
    (run / "run.json").write_text(json.dumps(record))
    with pytest.raises(BadInput, match=r"\.\./secret\.jpg"):
        export_run(run, run.parent / "bundle")


@pytest.mark.slow
@pytest.mark.usefixtures("convert_at_once")
def test_a_hub_module_is_exported_with_fused_convolutions(real_data, make_run):
    weights = real_data / "weights" / "hub_inat_insect_mobilenet_v2"
    config = ModelConfig(base="inception_v3_inaturalist", weights=str(weights))
    backbone = build_backbone(config, find_weights(config), None)
    model = assemble(backbone, build_head(1280, 4, 0.2))
    run = make_run(model, base="inception_v3_inaturalist")
    report = export_run(run, run.parent / "bundle", ExportOptions("float32"))
    assert report.parity["tensorflow"]["float32"]["max_abs_dp"] <= 1e-3
    nodes = json.loads((run.parent / "bundle" / "model.json").read_bytes())["modelTopology"]["node"]
    ops = [node["op"] for node in nodes]
    assert ops.count("FusedDepthwiseConv2dNative") == 17
    assert "Conv2D" not in ops
    assert "DepthwiseConv2dNative" not in ops


def test_the_light_modules_do_not_load_tensorflow():
    modules = ", ".join(f"sporeprint_export.{name}" for name in ("bundle", "browser_ops", "precision"))
    code = f"import sys, {modules}; print('tensorflow' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert Path(export_module.__file__).with_name("browser_ops.json").is_file()
