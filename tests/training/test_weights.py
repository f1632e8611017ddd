from __future__ import annotations

import time

import pytest

from sporeprint_training import weights
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.weights import find_weights, require_reachable


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    monkeypatch.setenv(weights.MIRROR, str(tmp_path))
    return tmp_path


def test_the_mirror_is_looked_in_before_the_network(mirror):
    (mirror / "mobilenet_v2.weights.h5").write_bytes(b"weights")
    (mirror / "inception_v3_inaturalist").mkdir()
    (mirror / "inception_v3_inaturalist" / "saved_model.pb").write_bytes(b"graph")
    assert find_weights(ModelConfig(base="mobilenet_v2")).kind == "file"
    assert find_weights(ModelConfig()).kind == "saved_model"


def test_each_network_of_keras_finds_its_own_files_in_the_mirror(mirror):
    (mirror / "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5").write_bytes(b"as published")
    (mirror / "efficientnet_v2_b0.weights.h5").write_bytes(b"as saved")
    (mirror / "DenseNet121.h5").write_bytes(b"of no registry")
    for base, name in (
        ("Inception_v3", "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"),
        ("EfficientNet_v2", "efficientnet_v2_b0.weights.h5"),
        ("keras.applications.DenseNet121", "DenseNet121.h5"),
    ):
        source = find_weights(ModelConfig(base=base))
        assert (source.kind, source.location) == ("file", str(mirror / name))
    assert find_weights(ModelConfig(base="Xception")).kind == "download"


def test_resnet18_learns_from_scratch_unless_the_mirror_has_a_copy(mirror):
    assert find_weights(ModelConfig(base="resnet18")).kind == "none"
    (mirror / "resnet18.weights.h5").write_bytes(b"weights")
    assert find_weights(ModelConfig(base="resnet18")).kind == "file"
    assert find_weights(ModelConfig(base="resnet18", weights="none")).kind == "none"


def test_without_a_copy_the_published_place_is_named(monkeypatch):
    monkeypatch.delenv(weights.MIRROR, raising=False)
    assert find_weights(ModelConfig(base="resnet50", weights="imagenet")).kind == "download"
    source = find_weights(ModelConfig())
    assert (source.kind, source.location) == (
        "hub",
        "https://tfhub.dev/google/inaturalist/inception_v3/feature_vector/5",
    )


def test_compact_learns_from_scratch_and_any_keras_backbone_can():
    assert find_weights(ModelConfig(base="compact")).kind == "none"
    assert find_weights(ModelConfig(base="resnet50", weights="none")).kind == "none"


def test_equal_content_has_an_equal_hash_wherever_it_lies(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").write_bytes(b"graph")
    one, two = (find_weights(ModelConfig(base="hub", weights=str(tmp_path / name))) for name in ("one", "two"))
    assert one.sha256 == two.sha256
    (tmp_path / "two" / "variables").write_bytes(b"more")
    assert find_weights(ModelConfig(base="hub", weights=str(tmp_path / "two"))).sha256 != one.sha256


@pytest.mark.parametrize(
    "model",
    [
        ModelConfig(base="mobilenet_v2", weights="absent.weights.h5"),
        ModelConfig(base="compact", weights="imagenet"),
        ModelConfig(base="resnet18", weights="imagenet"),
        ModelConfig(base="keras"),
        ModelConfig(base="keras", weights="absent.keras"),
        ModelConfig(base="hub"),
        ModelConfig(base="inception_v3_inaturalist", weights="none"),
    ],
)
def test_weights_that_a_backbone_cannot_take_are_refused(model):
    with pytest.raises(BadInput, match=model.base):
        find_weights(model)


def test_an_unreachable_hub_fails_at_once_and_names_the_ways_around():
    source = weights.WeightsSource("hub", "https://hub.invalid/module/5", "")
    started = time.monotonic()
    with pytest.raises(StepFailed) as caught:
        require_reachable(source, "inception_v3_inaturalist")
    assert time.monotonic() - started < 2 * weights.TIMEOUT_SECONDS
    assert "--weights" in str(caught.value)
    assert "--backbone" in str(caught.value)
    assert weights.MIRROR in str(caught.value)
