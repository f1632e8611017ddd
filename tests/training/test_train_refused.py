"""Trainings that cannot succeed end in one line, and leave nothing behind."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from changed_dataset import changed_dataset
from sporeprint_training import train as train_module
from sporeprint_training.engine import learn
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.run import read_run
from sporeprint_training.train import train

pytestmark = pytest.mark.usefixtures("narrow_network")


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_model(coloured, tmp_path, monkeypatch, quick):
    monkeypatch.setattr(learn, "class_weights", lambda *_: np.array([1, np.inf, 1, 1], np.float32))
    with pytest.raises(StepFailed, match=r"Lower model\.learning_rate") as caught:
        train(coloured, tmp_path, quick())
    assert caught.value.exit_code == 1
    (kept,) = tmp_path.rglob("last_good.keras")
    assert str(kept) in str(caught.value)
    model = keras.saving.load_model(kept, compile=False)
    assert all(np.isfinite(weight.numpy()).all() for weight in model.weights)
    assert [path.name for path in tmp_path.iterdir()] == [".unfinished"]


def test_out_of_memory_advises_a_smaller_batch(coloured, tmp_path, monkeypatch, quick):
    def exhausted(task):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(train_module, "learn", exhausted)
    with pytest.raises(StepFailed, match="Set batch_size to 8"):
        train(coloured, tmp_path, quick())
    assert list(tmp_path.iterdir()) == []


def test_classes_that_a_split_lacks_are_all_listed(coloured, tmp_path, quick):
    def change(photos, species):
        photos.loc[(photos["label"] == 1) & (photos["split"] == "val"), "split"] = "train"
        photos.loc[(photos["label"] == 2) & (photos["split"] == "train"), "split"] = "test"

    with pytest.raises(BadInput) as caught:
        train(changed_dataset(coloured, tmp_path, change), tmp_path / "runs", quick())
    assert "Amanita phalloides has 0 in val" in str(caught.value)
    assert "Boletus edulis has 0 in train" in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_labels_that_are_not_the_rows_of_the_species_table_are_refused(coloured, tmp_path, quick):
    def change(photos, species):
        species["label"] = species["label"].to_numpy()[::-1]

    with pytest.raises(BadInput, match="labels of a data set"):
        train(changed_dataset(coloured, tmp_path, change), tmp_path / "runs", quick())


def test_fine_tuning_more_layers_than_there_are_is_refused_before_training(coloured, tmp_path, quick):
    with pytest.raises(BadInput, match=r"fine_tune\.layers = 999"):
        train(coloured, tmp_path, quick(fine_tune__epochs=1, fine_tune__layers=999))


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"run\.json"):
        read_run(tmp_path)
    (tmp_path / "run.json").write_text('{"id": "x"}')
    with pytest.raises(BadInput, match="Train again"):
        read_run(tmp_path)
