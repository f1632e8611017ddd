"""The whole way: photos → data set → run → bundle → site → Chromium, offline. On drawings, real photos and weights."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from measure_apart import measure
from sporeprint.recipe import work_folder
from sporeprint.verify import choose_photos
from sporeprint_export.precision import PRECISIONS
from sporeprint_training.drawn import DRAWN_SPECIES, draw_photo
from sporeprint_training.images import read_input
from sporeprint_training.input_spec import InputSpec

pytestmark = [pytest.mark.browser, pytest.mark.slow]


Command = Callable[..., dict[str, Any]]
MAIN = "from sporeprint.cli import main; main()"


def started_from_nothing(*arguments: str | Path) -> dict[str, Any]:
    """Run a command as a user does; its result is the last line of standard output."""
    command = [sys.executable, "-c", MAIN, *map(str, arguments), "--json"]
    return result(subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False))


@pytest.fixture(scope="module")
def sporeprint(warm_command_line) -> Command:
    """The same without waiting for TensorFlow to be imported."""
    return lambda *arguments: result(warm_command_line.run(MAIN, *arguments, "--json"))


def result(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_demo_names_drawings_it_never_saw_with_the_server_stopped(tmp_path):
    made = started_from_nothing("demo", "--no-serve", "--out", tmp_path / "public")
    assert made["test"]["top1"] >= 0.85
    for species in DRAWN_SPECIES:
        (tmp_path / "unseen" / species).mkdir(parents=True)
        for number in range(2):
            draw_photo(species, seed=10**9 + number).save(tmp_path / "unseen" / species / f"{number}.jpg", quality=90)
    # Visits the site, waits until it is ready, stops the server, reloads, and only then identifies.
    found = started_from_nothing("verify", tmp_path / "public", "--photos", tmp_path / "unseen")
    assert (found["failed"], found["off_origin_requests"], found["csp_violations"]) == (0, 0, 0)
    assert found["agreement"] == 1.0
    assert found["top1"] >= 0.8


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fungi20")


@pytest.fixture(scope="module")
def mobilenet(folder, real_data) -> list[str | Path]:
    weights = real_data / "weights" / "mobilenet_v2_1.0_224_imagenet_notop.weights.h5"
    return [
        "make", real_data / "fungi20", "--backbone", "mobilenet_v2", "--weights", weights, "--out", folder / "public",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def made(sporeprint, mobilenet) -> dict[str, Any]:
    return sporeprint(*mobilenet)


def test_a_frozen_backbone_and_a_new_head_name_nine_in_ten_unseen_photos(made):
    assert made["recomputed"] == ["ingest", "train", "export", "build"]
    assert made["test"]["n"] >= 150
    assert made["test"]["top1"] >= 0.88


def test_made_again_without_changes_nothing_is_recomputed(sporeprint, made, mobilenet):
    again = sporeprint(*mobilenet)
    assert again["recomputed"] == []
    assert (again["run"], again["test"]) == (made["run"], made["test"])


def test_the_browser_agrees_with_keras_with_the_network_cut(sporeprint, made, folder, real_data):
    found = sporeprint("verify", folder / "public", "--photos", real_data / "fungi20", "--limit", "100")
    assert found["n"] == 100
    assert found["failed"] == 0
    assert found["agreement"] >= 0.99
    assert found["mean_abs_dp"] <= 0.01
    assert found["off_origin_requests"] == 0
    assert found["csp_violations"] == 0
    # Model, runtime, and everything else that is to work without a signal: guide, journal, three languages.
    assert found["bytes_until_ready"] <= 3_750_000
    assert found["bytes_until_ready_brotli"] <= 2_650_000


def test_the_smallest_precision_within_the_budget_ships_and_was_measured_where_it_runs(made, folder):
    parity = json.loads((work_folder(folder / "public") / "bundle" / "parity.json").read_bytes())
    measured, wasm = parity["tensorflow"], parity["wasm"]
    (chosen,) = wasm
    assert set(measured) == set(PRECISIONS)
    assert (
        "uint8" != chosen == min((p for p in measured if not measured[p]["faults"]), key=lambda p: measured[p]["bytes"])
    )
    assert measured[chosen]["bytes"] <= 2_500_000
    assert measured["uint8"]["faults"], "one step for a whole tensor ruins this network"
    assert wasm[chosen]["n"] >= 300
    assert wasm[chosen]["agreement"] >= 0.99
    assert wasm[chosen]["accuracy_drop"] <= 0.005
    for backend in ("wasm", "webgl", "cpu"):
        assert parity[backend][chosen]["max_abs_dp_tensorflow"] <= 1e-3


def test_a_retrained_head_costs_phones_a_twentieth_of_the_bytes(sporeprint, made, mobilenet, folder, tmp_path):
    work = work_folder(folder / "public")
    (tmp_path / "run.json").write_text('{"seed": 1}')
    options = mobilenet[2 : mobilenet.index("--out")]
    given = [work / "dataset", "--runs", work / "runs", "--config", tmp_path / "run.json", *options]
    again = sporeprint("train", *given)
    assert again["run"] != made["run"]
    parity = json.loads((work / "bundle" / "parity.json").read_bytes())
    (chosen,) = parity["wasm"]
    found = sporeprint(
        "export", work / "runs" / again["run"], "--out", tmp_path / "bundle",
        "--precision", chosen, "--against", work / "bundle", "--no-browser",
    )  # fmt: skip
    assert 0 < found["changed_bytes"] <= 0.05 * found["bytes"]


def largest_difference(found, reference):
    """Largest |Δp| over the photos that both were asked; at least one."""
    pairs = list(zip(found, reference, strict=False))
    assert pairs
    return max(abs(p - q) for pair in pairs for p, q in zip(*pair, strict=True))


@pytest.fixture(scope="module")
def few_photos(real_data, tmp_path_factory) -> Path:
    """Three species with twelve photos each: enough for every split, small enough for heavy networks."""
    folder = tmp_path_factory.mktemp("few") / "photos"
    for species in ("Amanita muscaria", "Coprinus comatus", "Morchella esculenta"):
        (folder / species).mkdir(parents=True)
        for photo in sorted((real_data / "fungi20" / species).iterdir())[:12]:
            shutil.copy(photo, folder / species / photo.name)
    return folder


@pytest.fixture(scope="module")
def hub_tuned(real_data) -> list[str | Path]:
    module = real_data / "weights" / "hub_inat_insect_mobilenet_v2"
    return ["--backbone", "inception_v3_inaturalist", "--weights", module, "--fine-tune", "1"]


@pytest.fixture(scope="module")
def resnet50(few_photos, tmp_path_factory) -> list[str | Path]:
    """ResNet50 with drawn weights, and batch norms as training leaves them: no two channels alike."""
    network = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(96, 96, 3))
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    random = np.random.default_rng(0)
    for layer in norms:
        layer.momentum = 0.0
        layer.gamma.assign(random.uniform(0.5, 1.5, layer.gamma.shape))
        layer.beta.assign(random.normal(0, 0.2, layer.beta.shape))
    photos = [read_input(photo, InputSpec(size=96)) for photo in choose_photos(few_photos, 6)]
    network(keras.applications.resnet50.preprocess_input(np.stack(photos).astype(np.float32)), training=True)
    weights = tmp_path_factory.mktemp("resnet50") / "resnet50.weights.h5"
    network.save_weights(weights)
    return ["--backbone", "resnet50", "--weights", weights]


@pytest.mark.parametrize("name", ["hub_tuned", "resnet50"])
def test_hub_modules_and_resnet50_run_in_the_browser_as_in_keras(sporeprint, name, few_photos, tmp_path, request):
    config = tmp_path / "run.json"
    # A smaller picture spares a minute; every layer is there all the same.
    picture = {"size": 96} if name == "resnet50" else {}
    config.write_text(json.dumps({"max_epochs": 1, "batch_size": 12, "input": picture}))
    options = ["--config", config, "--precision", "float32", "--no-browser"]
    public = tmp_path / "public"
    sporeprint("make", few_photos, *request.getfixturevalue(name), *options, "--out", public)
    found = sporeprint("verify", public, "--photos", few_photos, "--limit", "6")
    assert found["failed"] == 0
    # The rest is what two JPEG decoders may differ by; the graphs' own parity is tested with equal pixels.
    assert found["max_abs_dp"] <= 1e-3
    photo = choose_photos(few_photos, 1)
    everywhere = measure(work_folder(public) / "bundle", photo, {"wasm": 1, "webgl": 1, "cpu": 1})
    for backend in ("webgl", "cpu"):
        assert largest_difference(everywhere[backend], everywhere["wasm"]) <= 1e-4
