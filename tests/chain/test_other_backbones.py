"""The whole way with a hub module that is fine-tuned, and with ResNet50."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from measure_apart import measure
from sporeprint.recipe import work_folder
from sporeprint.verify import choose_photos
from sporeprint_training.images import read_input
from sporeprint_training.input_spec import InputSpec

pytestmark = [pytest.mark.browser, pytest.mark.slow]


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
