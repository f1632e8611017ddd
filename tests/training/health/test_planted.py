"""Trainings with something wrong on purpose raise that rule and no other; sound ones raise none.

Real photos and weights, through the engine as `train` runs it.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import replace

import numpy as np
import pytest

from sporeprint_training import compact
from sporeprint_training.batches import PhotoReader
from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.engine.learn import Training
from sporeprint_training.engine.prepare import begin, prepare
from sporeprint_training.health.rules import judge
from sporeprint_training.run_config import load_run_config

pytestmark = pytest.mark.real_data
SPECIES = (
    "Amanita muscaria",
    "Amanita phalloides",
    "Coprinus comatus",
    "Hericium erinaceus",
    "Morchella esculenta",
    "Trametes versicolor",
)


@pytest.fixture(scope="module")
def photos(real_data, tmp_path_factory):
    """A data set of 24 real photos of each of six species."""
    folder = tmp_path_factory.mktemp("photos")
    for name in SPECIES:
        (folder / "source" / name).mkdir(parents=True)
        for path in sorted((real_data / "fungi20" / name).iterdir())[:24]:
            shutil.copy(path, folder / "source" / name)
    ingest([folder / "source"], folder / "dataset", IngestOptions(name="six", split_val=0.2, split_test=0.1))
    return folder / "dataset"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def trained(photos, runs, real_data, monkeypatch):
    """Trains a head on real features, or a small network from scratch, and says which rules are broken."""

    def train(base="mobilenet_v2", *, change=lambda prepared: prepared, spoil=lambda task: None, **changes):
        values = {"model.base": base, "dataset.data_augmentation": False, "batch_size": 16}
        if base == "mobilenet_v2":
            weights = real_data / "weights" / "mobilenet_v2_1.0_224_imagenet_notop.weights.h5"
            values |= {"model.weights": str(weights), "input.size": 96, "max_epochs": 20}
        else:
            monkeypatch.setattr(compact, "BLOCKS", ((16, 2, False),))
            values |= {"input.size": 32, "max_epochs": 6}
        config = load_run_config(None, values | {key.replace("__", "."): value for key, value in changes.items()})
        task = begin(change(prepare(photos, config)), runs)
        spoil(task)
        training = Training(task)
        training.run()
        return [finding.rule for finding in judge(training.ledger.history, training.ledger.signals, config)]

    return train


def with_photos(prepared, photos):
    return replace(prepared, data=replace(prepared.data, photos=photos))


def test_a_sound_head_raises_nothing(trained):
    assert trained() == []


def test_a_hundredfold_learning_rate_is_a_loss_that_does_not_decrease(trained):
    assert trained(model__learning_rate=0.1) == ["loss_not_decreasing"]


def test_shuffled_labels_are_learnt_by_heart(trained):
    def shuffled(prepared):
        labels = prepared.data.photos["label"].to_numpy()
        return with_photos(prepared, prepared.data.photos.assign(label=np.random.default_rng(0).permutation(labels)))

    assert trained(change=shuffled) == ["overfitting"]


def test_a_class_of_two_photos_is_imbalance(trained):
    def thinned(prepared):
        rows = prepared.data.photos
        own = rows.index[(rows["label"] == 3) & (rows["split"] == "train")]
        return with_photos(prepared, rows.drop(index=own[2:]).reset_index(drop=True))

    assert trained(change=thinned) == ["class_imbalance"]


def test_a_sound_network_from_scratch_raises_nothing(trained):
    assert trained("compact") == []


def test_a_network_of_zeros_is_poorly_initialised(trained):
    def zeroed(task):
        for layer in task.backbone.layers:
            for weight in layer.trainable_weights:
                if len(weight.shape) > 1:
                    weight.assign(np.zeros(weight.shape))

    assert trained("compact", spoil=zeroed) == ["poor_initialisation"]


def test_photos_that_come_slowly_leave_the_network_waiting(trained, monkeypatch):
    read = PhotoReader.read

    def throttled(reader, rows):
        time.sleep(0.25)
        return read(reader, rows)

    monkeypatch.setattr(PhotoReader, "read", throttled)
    assert trained("compact", max_epochs=2) == ["input_bound"]
