from __future__ import annotations

import keras
import numpy as np
import pytest

from sporeprint_training.backbones import build_backbone
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.errors import BadInput
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


def test_resnet50_subtracts_the_mean_from_bgr_exactly_as_its_weights_expect(pixels):
    backbone = build("resnet50", "none", 64)
    scaled = backbone.model.get_layer("to_caffe_bgr")(pixels)
    np.testing.assert_array_equal(scaled.numpy(), keras.applications.resnet50.preprocess_input(pixels.copy()))
    assert "to_caffe_bgr" not in [layer.name for layer in backbone.layers]


def test_resnet50_weights_from_a_file_give_the_plain_networks_features(pixels, tmp_path):
    plain = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(64, 64, 3), pooling="avg")
    plain.save_weights(tmp_path / "resnet50.weights.h5")
    backbone = build("resnet50", str(tmp_path / "resnet50.weights.h5"), 64)
    expected = plain(keras.applications.resnet50.preprocess_input(pixels.copy()), training=False)
    np.testing.assert_allclose(backbone.model(pixels, training=False).numpy(), expected.numpy(), rtol=1e-4, atol=1e-4)


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
