"""The finished bundle in a browser: what its answers have to be for the bundle to be kept."""

import json

import numpy as np
import pytest

from sporeprint_export.bundle import read_bundle
from sporeprint_export.export import ExportOptions, export_run
from sporeprint_export.runtime import Unmeasured
from sporeprint_training.decision import calibrated_scores
from sporeprint_training.errors import StepFailed
from sporeprint_training.images import read_input

pytestmark = pytest.mark.usefixtures("converted_before")
OPTIONS = ExportOptions("float16")


@pytest.fixture
def browser(network):
    """A runtime that answers as the network does, on the photo files; `change` alters one backend's scores."""

    def make(**changes):
        def run(folder, photos):
            manifest = read_bundle(folder).manifest
            pixels = np.stack([read_input(photo, manifest.input) for photo in photos]).astype(np.float32)
            logits = network.predict_on_batch(pixels).astype(float).tolist()
            scores = [calibrated_scores(row, manifest.temperature) for row in logits]
            limits = {"wasm": len(scores), "webgl": 3}
            return {name: changes.get(name, lambda rows: rows)(scores[:limit]) for name, limit in limits.items()}

        return run

    return make


def test_every_backends_figures_are_kept_beside_tensorflows(exported, browser, tmp_path):
    report = export_run(exported[0], tmp_path / "out", OPTIONS, runtime=browser())
    kept = json.loads((tmp_path / "out" / "parity.json").read_bytes())
    assert kept == report.parity
    assert [kept[name]["float16"]["n"] for name in ("tensorflow", "wasm", "webgl")] == [6, 6, 3]
    assert kept["wasm"]["float16"]["agreement"] == 1.0
    assert 0 < kept["wasm"]["float16"]["max_abs_dp_tensorflow"] < 5e-3
    assert report.unmeasured == {}


def test_the_browsers_figures_do_not_reach_the_bundles_identity(exported, browser, tmp_path):
    report = export_run(exported[0], tmp_path / "out", OPTIONS, runtime=browser())
    assert report.manifest == exported[2].manifest


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda rows: [*rows[:-1], None], "1 photos not identified, such as .*test-"),
        (lambda rows: [rows[0][::-1], *rows[1:]], r"differ from TensorFlow's by 0\.\d+, limit 0\.005"),
        (lambda rows: Unmeasured("the worker died", at_fault=True), "the worker died"),
    ],
)
def test_a_bundle_that_fails_where_the_app_runs_is_not_kept(exported, browser, tmp_path, answer, said):
    with pytest.raises(StepFailed, match=rf"on wasm: .*{said}"):
        export_run(exported[0], tmp_path / "out", OPTIONS, runtime=browser(wasm=answer))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda rows: Unmeasured("no context", at_fault=True), "no context"),
        (lambda rows: [None] * len(rows), "no photo was identified"),
    ],
)
def test_a_backend_that_the_app_does_not_ship_may_fail_and_it_is_said(exported, browser, tmp_path, answer, said):
    report = export_run(exported[0], tmp_path / "out", OPTIONS, runtime=browser(webgl=answer))
    assert report.unmeasured == {"webgl": said}
    assert "webgl" not in report.parity
    assert (tmp_path / "out" / "manifest.json").is_file()


def test_without_a_browser_the_bundle_is_kept_and_it_is_said(exported, tmp_path):
    def none(folder, photos):
        return {"wasm": Unmeasured("no Chromium", at_fault=False)}

    report = export_run(exported[0], tmp_path / "out", OPTIONS, runtime=none)
    assert report.unmeasured == {"wasm": "no Chromium"}
    assert list(report.parity) == ["tensorflow"]
