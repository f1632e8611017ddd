"""What the registry says of backbones: names in many spellings, and figures that Keras confirms."""

import inspect
import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from sporeprint_training.backbone_registry import REGISTRY, canonical_name, lookup
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.errors import BadInput
from sporeprint_training.keras_factories import FACTORIES
from sporeprint_training.pixel_scaling import scaling_of
from sporeprint_training.run_config import load_run_config

PIXELS = np.random.default_rng(0).integers(0, 256, (2, 5, 5, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("MobileNet_v2", "mobilenet_v2"),
        ("Inception_v3", "inception_v3"),
        ("Inception_v3_iNaturalist", "inception_v3_inaturalist"),
        ("Xception", "xception"),
        ("ResNet50", "resnet50"),
        ("ResNet101", "resnet101"),
        ("Inception_ResNet_v2", "inception_resnet_v2"),
        ("EfficientNet_v2", "efficientnet_v2_b0"),
        ("EfficientNetV2-S", "efficientnet_v2_s"),
        ("ResNet18", "resnet18"),
        ("Compact", "compact"),
        ("keras.applications.densenet121", "keras.applications.DenseNet121"),
        ("keras.applications.ResNet50", "resnet50"),
    ],
)
def test_a_backbone_may_be_spelt_as_people_spell_it(written, kept):
    assert ModelConfig(base=written).base == kept
    # A run's own record is read back through the same type.
    assert ModelConfig(base=kept).base == kept
    assert lookup(kept).name == kept


@pytest.mark.parametrize(
    ("written", "nearest"),
    [("resnet51", "resnet50"), ("eficientnet_v2_b3", "efficientnet_v2_b3"), ("keras.applications.VGG18", "VGG1")],
)
def test_an_unknown_backbone_is_refused_with_the_nearest_one(written, nearest):
    with pytest.raises(
        BadInput, match=rf"model\.base = .*{written}.*the nearest is \S*{nearest}.*sporeprint backbones"
    ):
        load_run_config(None, {"model.base": written})


@pytest.mark.parametrize("written", ["os.system", "keras.layers.Dense", "keras.applications.vgg16.VGG16", "../x"])
def test_nothing_but_the_factories_of_keras_applications_can_be_named(written):
    with pytest.raises(ValueError, match="no such backbone"):
        canonical_name(written)


@pytest.mark.parametrize("name", ["MobileNetV3Small", "MobileNetV3Large"])
def test_mobilenet_v3_is_refused_and_the_reason_is_told(name):
    with pytest.raises(BadInput, match=r"keras\.applications.*answers wrongly in the browser \(fused hard-swish\)"):
        load_run_config(None, {"model.base": f"keras.applications.{name}"})


def test_every_factory_of_keras_is_known_or_refused():
    offered = {name for name, value in vars(keras.applications).items() if inspect.isfunction(value)}
    assert offered - set(FACTORIES) == {"MobileNetV3Small", "MobileNetV3Large"}
    assert set(FACTORIES) <= offered


def module_of(factory):
    return sys.modules[getattr(keras.applications, factory).__module__]


@pytest.mark.parametrize("factory", FACTORIES)
def test_the_scaling_of_each_network_is_its_own_preprocess_input(factory):
    preprocess = module_of(factory).preprocess_input
    scaling = scaling_of(preprocess)
    image = keras.Input((5, 5, 3))
    found = keras.Model(image, scaling(image)).predict_on_batch(PIXELS) if not scaling.nothing else PIXELS
    np.testing.assert_allclose(found, preprocess(PIXELS.copy()), atol=2e-5)


def test_a_scaling_that_is_not_one_per_pixel_is_not_taken_for_one():
    with pytest.raises(ValueError, match="more to pixels"):
        scaling_of(lambda pixels: np.sqrt(pixels))


@pytest.mark.parametrize("entry", [entry for entry in REGISTRY.values() if entry.factory], ids=lambda entry: entry.name)
def test_the_registry_states_the_range_that_the_network_expects(entry):
    found = scaling_of(module_of(entry.factory).preprocess_input)
    black, white = found.offset, found.matrix.sum(axis=1) * 255 + found.offset
    stated = {
        "minus_one_to_one": ((-1, -1, -1), (1, 1, 1)),
        "caffe_bgr": ((-103.939, -116.779, -123.68), (151.061, 138.221, 131.32)),
        "inside": ((0, 0, 0), (255, 255, 255)),
    }[entry.values]
    np.testing.assert_allclose((black, white), stated, atol=1e-6)


def test_reading_the_registry_loads_neither_keras_nor_tensorflow():
    code = (
        "import sys, sporeprint_training.backbone_registry as r; r.canonical_name('resnet50');"
        "print([name for name in ('tensorflow', 'keras', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_backbones_are_listed_with_the_local_copies_of_their_weights(tmp_path):
    copy = tmp_path / "resnet50.weights.h5"
    copy.write_bytes(b"weights")
    start = "import os; os.environ |= {'SPOREPRINT_WEIGHTS': " + repr(str(tmp_path)) + ", 'KERAS_HOME': '/nowhere'}; "
    code = start + "import sys; sys.argv[1:] = ['backbones', '--json']; from sporeprint.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout.splitlines()[-1])["backbones"]}
    assert set(rows) == set(REGISTRY)
    assert (rows["resnet50"]["local"], rows["xception"]["local"]) == (str(copy), None)
    assert [rows[name]["without"] for name in ("xception", "resnet18", "keras")] == [
        "download", "from scratch", "--weights",
    ]  # fmt: skip
