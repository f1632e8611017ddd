"""Transfer learning from real weights on real photos."""

from __future__ import annotations

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tables

from sporeprint_training import features
from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.errors import BadInput
from sporeprint_training.images import read_input
from sporeprint_training.models import load_model
from sporeprint_training.run_config import load_run_config
from sporeprint_training.run_photos import read_photos
from sporeprint_training.train import train

pytestmark = pytest.mark.real_data
SPECIES = ("Amanita muscaria", "Amanita phalloides", "Coprinus comatus", "Trametes versicolor")


@pytest.fixture(scope="module")
def photos(real_data, tmp_path_factory):
    """A data set of 20 real photos of each of four species."""
    folder = tmp_path_factory.mktemp("photos")
    for name in SPECIES:
        (folder / "source" / name).mkdir(parents=True)
        for path in sorted((real_data / "fungi20" / name).iterdir())[:20]:
            shutil.copy(path, folder / "source" / name)
    ingest([folder / "source"], folder / "dataset", IngestOptions(name="four", split_val=0.2, split_test=0.2))
    return folder / "dataset"


def configured(real_data, **changes):
    values = {"model.base": "mobilenet_v2", "max_epochs": 30, "input.size": 96}
    values["model.weights"] = str(real_data / "weights" / "mobilenet_v2_1.0_224_imagenet_notop.weights.h5")
    return load_run_config(None, values | {key.replace("__", "."): value for key, value in changes.items()})


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def frozen(photos, runs, real_data):
    return train(photos, runs, configured(real_data))


def backbone_weights(run, name="Conv_1"):
    return load_model(run).get_layer(name).get_weights()


def test_a_head_on_the_imagenet_backbone_tells_real_species_apart(frozen):
    assert frozen.record.metrics.top1 >= 0.7
    assert frozen.record.seconds.features > 0
    assert frozen.record.classes[0].thumbnails == ()


def test_the_frozen_backbone_keeps_the_weights_it_came_with(frozen, real_data):
    plain = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(96, 96, 3), pooling="avg")
    plain.load_weights(real_data / "weights" / "mobilenet_v2_1.0_224_imagenet_notop.weights.h5")
    model = load_model(frozen)
    for layer in (item for item in plain.layers if item.weights):
        for ours, theirs in zip(model.get_layer(layer.name).get_weights(), layer.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_another_head_needs_no_second_look_at_the_photos(frozen, photos, runs, real_data, monkeypatch):
    def looked(*_, **__):
        raise AssertionError("a photo was run through the backbone again")

    monkeypatch.setattr(features, "forward", looked)
    other = train(photos, runs, configured(real_data, seed=1, model__classifier__dropout=0.1))
    assert other.record.id != frozen.record.id


def test_only_the_last_layers_learn_when_asked_and_batch_norm_keeps_its_statistics(frozen, photos, runs, real_data):
    tuned = train(
        photos,
        runs,
        configured(real_data, max_epochs=2, fine_tune__epochs=1, fine_tune__layers=4, fine_tune__learning_rate=1e-3),
    )
    assert not np.array_equal(backbone_weights(tuned)[0], backbone_weights(frozen)[0])
    for name in ("Conv1", "Conv_1_bn", "block_16_project_BN", "block_15_expand"):
        for ours, theirs in zip(backbone_weights(tuned, name), backbone_weights(frozen, name), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_hub_module_trains_frozen_and_fine_tuned_and_loads_without_its_folder(photos, runs, real_data, tmp_path):
    module = shutil.copytree(real_data / "weights" / "hub_inat_insect_mobilenet_v2", tmp_path / "module")
    options = {
        "model__base": "inception_v3_inaturalist",
        "model__weights": str(module),
        "input__size": None,
        "dataset__data_augmentation": False,
    }
    frozen = train(photos, runs, configured(real_data, **options))
    tuned = train(photos, runs, configured(real_data, max_epochs=1, fine_tune__epochs=1, **options))
    shutil.rmtree(module)
    assert frozen.record.input.size == 224
    assert frozen.record.metrics.top1 >= 0.6
    kept = read_photos(tuned).of("val", "test")[:8]
    pixels = np.stack([read_input(tuned.folder / photo.path, tuned.record.input) for photo in kept])
    again = load_model(tuned).predict(pixels.astype(np.float32), verbose=0)
    with tables.open_file(tuned.folder / "predictions.h5") as file:
        rows = file.root.photos.read()["photo_id"].tolist()
        expected = file.root.logits.read()[[rows.index(Path(photo.path).stem.encode()) for photo in kept]]
    np.testing.assert_allclose(again, expected, atol=1e-3)
    moved = [
        not np.array_equal(ours, theirs)
        for ours, theirs in zip(
            backbone_weights(tuned, "hub_module"), backbone_weights(frozen, "hub_module"), strict=True
        )
    ]
    assert np.mean(moved) > 0.9


def test_part_of_a_hub_module_cannot_be_fine_tuned(photos, runs, real_data):
    module = str(real_data / "weights" / "hub_inat_insect_mobilenet_v2")
    config = configured(
        real_data, model__base="hub", model__weights=module, input__size=None, fine_tune__epochs=1, fine_tune__layers=1
    )
    with pytest.raises(BadInput, match="as a whole"):
        train(photos, runs, config)
