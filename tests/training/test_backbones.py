from __future__ import annotations

import functools
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from sporeprint_training.backbone_registry import REGISTRY
from sporeprint_training.backbones import build_backbone
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.errors import BadInput
from sporeprint_training.images import read_input
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.models import assemble, build_head
from sporeprint_training.weights import find_weights

MOBILENET = "weights/mobilenet_v2_1.0_224_imagenet_notop.weights.h5"
HUB_MODULE = "weights/hub_inat_insect_mobilenet_v2"


def build(base: str, weights: str | None, size: int | None = None):
    model = ModelConfig(base=base, weights=weights)
    return build_backbone(model, find_weights(model), size)


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)


@functools.cache
def untrained(base: str):
    """A backbone at 96 pixels with random weights; shared, since building takes seconds."""
    return build(base, "none", 96)


CHEAP = ("mobilenet_v2", "inception_v3", "xception", "resnet50", "efficientnet_v2_b0", "resnet18", "compact")
COSTLY = ("resnet101", "inception_resnet_v2", "efficientnet_v2_b3", "efficientnet_v2_s")
"""The others of the registry are the same code with other numbers; `benchmarks/backbones` builds them all."""


@pytest.mark.parametrize("base", [*CHEAP, *(pytest.param(base, marks=pytest.mark.slow) for base in COSTLY)])
def test_a_backbone_turns_a_small_photo_into_finite_features_with_the_stated_parameters(base):
    backbone = build(base, "none", 96) if base in COSTLY else untrained(base)
    photo = np.random.default_rng(0).uniform(0, 255, (1, 96, 96, 3)).astype(np.float32)
    features = backbone.model(photo, training=False).numpy()
    assert features.shape == (1, backbone.model.output_shape[1])
    assert np.isfinite(features).all()
    scaling = sum(layer.count_params() for layer in backbone.model.layers if layer.name == "scaled_pixels")
    assert backbone.model.count_params() - scaling == REGISTRY[base].parameters
    assert all(layer.trainable_weights for layer in backbone.layers)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("resnet50", keras.applications.resnet50.preprocess_input),
        ("inception_v3", lambda pixels: pixels / 127.5 - 1),
        ("xception", lambda pixels: pixels / 127.5 - 1),
        ("resnet18", lambda pixels: (pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]),
    ],
)
def test_a_networks_scaling_is_its_first_layer_and_never_learns(pixels, base, expected):
    backbone = untrained(base)
    layer = backbone.model.layers[1]
    np.testing.assert_allclose(layer(pixels).numpy(), expected(pixels.copy()), atol=2e-6)
    assert layer not in backbone.layers
    assert layer.trainable_weights == []


@pytest.mark.parametrize("base", ["resnet50", "inception_v3"])
def test_weights_from_a_file_give_the_plain_networks_features(base, tmp_path):
    # Inception's layers are numbered by how many the process has made, so that names of two networks differ.
    module = {"resnet50": keras.applications.resnet50, "inception_v3": keras.applications.inception_v3}[base]
    factory = {"resnet50": keras.applications.ResNet50, "inception_v3": keras.applications.InceptionV3}[base]
    plain = factory(include_top=False, weights=None, input_shape=(96, 96, 3), pooling="avg")
    plain.save_weights(tmp_path / "plain.weights.h5")
    backbone = build(base, str(tmp_path / "plain.weights.h5"), 96)
    photo = np.random.default_rng(0).uniform(0, 255, (1, 96, 96, 3)).astype(np.float32)
    expected = plain(module.preprocess_input(photo.copy()), training=False)
    np.testing.assert_allclose(backbone.model(photo, training=False).numpy(), expected.numpy(), rtol=1e-4, atol=1e-4)


def test_the_first_efficientnets_are_scaled_as_with_keras_own_imagenet_weights(pixels, tmp_path, monkeypatch):
    module = sys.modules[keras.applications.EfficientNetB0.__module__]
    arguments = {"include_top": False, "input_shape": (64, 64, 3), "pooling": "avg"}
    plain = keras.applications.EfficientNetB0(weights=None, **arguments)
    layer = next(layer for layer in plain.layers if isinstance(layer, keras.layers.Normalization))
    layer.set_weights([np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225]), np.array(0)])
    path = tmp_path / "efficientnetb0.weights.h5"
    plain.save_weights(path)
    monkeypatch.setattr(module.file_utils, "get_file", lambda *args, **options: str(path))
    expected = keras.applications.EfficientNetB0(weights="imagenet", **arguments)
    backbone = build("keras.applications.EfficientNetB0", str(path), 64)
    found = backbone.model(pixels, training=False).numpy()
    np.testing.assert_allclose(found, expected(pixels, training=False).numpy(), rtol=1e-3, atol=1e-7)
    assert not np.allclose(found, plain(pixels, training=False).numpy(), rtol=1e-3, atol=1e-7)


@pytest.mark.real_data
@pytest.mark.parametrize("base", ["efficientnet_v2_b0", "resnet18", "inception_v3"])
def test_a_step_on_real_photos_moves_the_network_from_its_first_layer_to_its_last(base, real_data):
    paths = [sorted((real_data / "fungi20" / name).iterdir())[0] for name in ("Coprinus comatus", "Amanita muscaria")]
    photos = np.stack([read_input(path, InputSpec(size=96)) for path in paths]).astype(np.float32)
    keras.utils.set_random_seed(0)
    backbone = untrained(base)
    model = assemble(backbone, build_head(backbone.model.output_shape[1], 2, 0.0))
    before = [[weight.numpy() for weight in layer.trainable_weights] for layer in backbone.layers]
    with tf.GradientTape() as tape:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(np.arange(2), model(photos, training=True))
    weights = model.trainable_weights
    keras.optimizers.Adam(1e-3).apply(tape.gradient(loss, [weight.value for weight in weights]), weights)
    assert np.isfinite(float(loss))
    moved = [
        any(not np.array_equal(a, b.numpy()) for a, b in zip(old, layer.trainable_weights, strict=True))
        for layer, old in zip(backbone.layers, before, strict=True)
    ]
    # EfficientNet leaves out whole blocks at random, for both photos by chance.
    assert moved[0]
    assert moved[-1]
    assert np.mean(moved) > 0.8


def test_an_input_that_a_network_cannot_shrink_further_is_refused():
    with pytest.raises(BadInput, match=r"inception_v3 .*input\.size = 64.*Its own size is 299"):
        build("inception_v3", "none", 64)


@pytest.fixture(scope="module")
def own_model(tmp_path_factory):
    """A classifier of somebody's own, with its scaling inside, and its file."""
    image = keras.Input((48, 48, 3), name="photo")
    x = keras.layers.Conv2D(8, 3, strides=2)(keras.layers.Rescaling(1 / 255)(image))
    features = keras.layers.GlobalAveragePooling2D(name="pooled")(x)
    x = keras.layers.Dense(3)(keras.layers.Dropout(0.5)(features))
    path = tmp_path_factory.mktemp("own") / "own.keras"
    model = keras.Model(image, keras.layers.Softmax()(x))
    model.save(path)
    return model, path


def test_a_keras_file_of_ones_own_is_used_up_to_what_enters_its_last_dense_layer(own_model):
    model, path = own_model
    backbone = build("keras", str(path))
    assert (backbone.size, backbone.pretrained, len(backbone.layers)) == (48, True, 1)
    photo = np.random.default_rng(0).uniform(0, 255, (1, 48, 48, 3)).astype(np.float32)
    expected = keras.Model(model.input, model.get_layer("pooled").output)(photo)
    np.testing.assert_allclose(backbone.model(photo).numpy(), expected.numpy(), rtol=1e-5)


def test_a_keras_file_without_a_dense_layer_gives_its_pooled_output_at_any_size_it_takes(tmp_path):
    image = keras.Input((None, None, 3))
    keras.Model(image, keras.layers.Conv2D(4, 3)(image)).save(tmp_path / "map.keras")
    backbone = build("keras", str(tmp_path / "map.keras"), 64)
    assert (backbone.size, backbone.model.output_shape, len(backbone.layers)) == (64, (None, 4), 1)


def test_a_keras_file_that_is_no_backbone_is_refused(own_model, tmp_path):
    with pytest.raises(BadInput, match=r"48 x 48 pixels and input\.size is 64"):
        build("keras", str(own_model[1]), 64)
    keras.Sequential([keras.Input((5,)), keras.layers.Dense(2)]).save(tmp_path / "table.keras")
    with pytest.raises(BadInput, match=r"it takes \(None, 5\)"):
        build("keras", str(tmp_path / "table.keras"))
    (tmp_path / "text.keras").write_text("no model")
    with pytest.raises(BadInput, match=r"text\.keras"):
        build("keras", str(tmp_path / "text.keras"))


def test_a_keras_file_that_brings_code_is_not_run(tmp_path):
    image = keras.Input((32, 32, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Lambda(lambda x: x / 255)(image))
    keras.Model(image, pooled).save(tmp_path / "code.keras")
    with pytest.raises(BadInput, match=r"(?i)lambda.*unsafe|unsafe.*lambda|safe_mode"):
        build("keras", str(tmp_path / "code.keras"))


def test_mobilenet_v2_with_the_imagenet_weights_gives_the_reference_features(real_data, pixels):
    backbone = build("mobilenet_v2", str(real_data / MOBILENET), 64)
    plain = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(64, 64, 3), pooling="avg")
    plain.load_weights(real_data / MOBILENET)
    expected = plain(pixels / 127.5 - 1, training=False)
    np.testing.assert_allclose(backbone.model(pixels, training=False).numpy(), expected.numpy(), atol=1e-4)
    assert backbone.pretrained


def test_a_real_hub_module_brings_its_own_input_size_and_range(real_data):
    backbone = build("inception_v3_inaturalist", str(real_data / HUB_MODULE))
    assert backbone.size == 224
    assert backbone.model.output_shape == (None, 1280)
    assert backbone.model.get_layer("to_zero_to_one").scale == pytest.approx(1 / 255)


def test_a_hub_module_of_another_size_is_refused(real_data):
    with pytest.raises(BadInput, match=r"224 pixels and input\.size is 160"):
        build("hub", str(real_data / HUB_MODULE), 160)


def test_a_weights_file_of_another_network_is_refused(real_data, tmp_path):
    with pytest.raises(BadInput, match="fits resnet50"):
        build("resnet50", str(real_data / MOBILENET), 64)
    (tmp_path / "text.h5").write_text("no weights")
    with pytest.raises(BadInput, match="fits mobilenet_v2"):
        build("mobilenet_v2", str(tmp_path / "text.h5"), 64)


def test_compact_is_small_and_fully_convolutional():
    backbone = build("compact", None)
    assert backbone.size == 128
    assert 80_000 <= backbone.model.count_params() <= 300_000
    assert not backbone.pretrained


def test_the_model_takes_0_to_255_and_gives_logits_with_dropout_before_the_last_layer(pixels):
    backbone = build("compact", None, 64)
    model = assemble(backbone, build_head(backbone.model.output_shape[1], 5, 0.3))
    assert [layer.name for layer in model.layers[-2:]] == ["head_dropout", "head_logits"]
    assert model.get_layer("head_logits").activation is keras.activations.linear
    assert model.get_layer("head_dropout").rate == 0.3
    assert model.input.name == "image"
    assert model.output_shape == (None, 5)
    assert not np.allclose(model(pixels).numpy().sum(axis=1), 1)


def test_downloaded_weights_are_found_again_without_a_network(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    name = find_weights(ModelConfig(base="mobilenet_v2", weights="imagenet")).location.rpartition("/")[2]
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / name).write_text("not weights, but read as such")
    with pytest.raises(BadInput, match=rf"fits mobilenet_v2.*{tmp_path / 'models' / name}"):
        build("mobilenet_v2", "imagenet", 64)
