from __future__ import annotations

import csv
import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tables
from PIL import Image

from changed_dataset import changed_dataset
from sporeprint_training import compact
from sporeprint_training import train as train_module
from sporeprint_training.calibrate import softmax
from sporeprint_training.config_schema import DecisionConfig
from sporeprint_training.dataset.info import read_info
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import BadInput
from sporeprint_training.images import read_input
from sporeprint_training.metrics import top_k
from sporeprint_training.models import load_model
from sporeprint_training.run import read_run
from sporeprint_training.run_id import run_id
from sporeprint_training.run_photos import read_photos
from sporeprint_training.runs_index import add_to_index, read_index
from sporeprint_training.train import train
from sporeprint_training.weights import find_weights

pytestmark = pytest.mark.usefixtures("narrow_network")
TARGETS = DecisionConfig(target_precision=0.8, target_deadly_recall=0.95, target_unknown=0.1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def config(quick):
    settings = {"max_epochs": 25, "batch_size": 8, "model.learning_rate": 0.01, "dataset.data_augmentation": False}
    return quick(**settings, decision=TARGETS.model_dump())


@pytest.fixture(scope="module")
def run(coloured, runs, config, narrow_network):
    """The run that most tests look at."""
    return train(coloured, runs, config)


def stored_logits(run):
    """Logits of the test photos as training had them, `(photos, classes)`."""
    with tables.open_file(run.folder / "predictions.h5") as file:
        return file.root.logits.read()[file.root.photos.read()["split"] == b"test"]


def photos_tested(run):
    """Ids of the test photos, in the order of their logits."""
    with tables.open_file(run.folder / "predictions.h5") as file:
        rows = file.root.photos.read()
    return [name.decode() for name in rows["photo_id"][rows["split"] == b"test"]]


def planned(dataset, config):
    return run_id(config, read_info(dataset), find_weights(config.model))


def test_the_id_is_known_before_training(run, coloured, config):
    assert run.record.id == planned(coloured, config) == run.folder.name
    assert run.record.id.startswith("compact-")
    for other in ({"seed": 1}, {"decision": DecisionConfig()}):
        assert planned(coloured, config.model_copy(update=other)) != run.record.id


def test_the_thresholds_record_what_they_were_chosen_for(run):
    thresholds = run.record.thresholds
    assert thresholds.target_precision == TARGETS.target_precision
    assert thresholds.target_deadly_recall == TARGETS.target_deadly_recall
    assert thresholds.unknown.target == TARGETS.target_unknown


def test_the_record_says_what_the_photos_were_for_and_under_which_licence(run, coloured):
    photos, dataset = read_dataset(coloured).photos, run.record.dataset
    assert dataset.splits.model_dump() == {
        split: (photos["split"] == split).sum() for split in ("train", "val", "test")
    }
    assert dataset.splits.test == run.record.metrics.n > 0
    assert dataset.licences == {"CC0-1.0": len(photos)}


def test_a_wrong_amanita_is_still_the_right_genus(run):
    metrics = run.record.metrics
    assert metrics.top1 <= metrics.top1_genus <= 1


def test_it_learns_to_tell_colours_apart(run):
    assert run.record.metrics.top1 >= 0.7
    assert run.record.metrics.n == sum(item.n_test for item in run.record.classes)


def test_the_classes_are_the_data_sets_in_its_order_with_their_dangers(run, coloured):
    names = read_dataset(coloured).species["scientific_name"].tolist()
    assert [item.scientific_name for item in run.record.classes] == names
    phalloides = run.record.classes[names.index("Amanita phalloides")]
    assert phalloides.toxicity == "deadly"
    assert phalloides.toxicity_source
    assert phalloides.taxonomy.genus == "Amanita"
    assert phalloides.taxon().names["species"] == "Amanita phalloides"
    assert "Amanita phalloides" not in run.record.never_seen
    assert "Amanita virosa" in run.record.never_seen
    assert run.record.deadly_table.n_deadly == len(run.record.never_seen) + 1
    assert run.record.metrics.n_deadly == phalloides.n_test > 0


def test_the_saved_model_answers_as_measured(run, coloured):
    data, model, record = read_dataset(coloured), load_model(run), run.record
    photos = data.photos[data.photos["split"] == "test"]
    pixels = np.stack([read_input(coloured / path, record.input) for path in photos["path"]])
    logits = model.predict(pixels.astype(np.float32), verbose=0)
    assert top_k(logits, photos["label"].to_numpy(), 1) == record.metrics.top1
    with tables.open_file(run.folder / "predictions.h5") as file:
        rows, stored = file.root.photos.read(), file.root.logits.read()
    test = rows["split"] == b"test"
    assert [name.decode() for name in rows["photo_id"][test]] == photos["photo_id"].tolist()
    assert rows["label"][test].tolist() == photos["label"].tolist()
    np.testing.assert_allclose(stored[test], logits, atol=1e-3)


def test_the_run_keeps_photos_of_every_split(run):
    assert {photo.split for photo in read_photos(run).photos} == {"train", "val", "test"}


def test_the_history_has_one_row_per_epoch(run):
    with (run.folder / "history.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["stage"] for row in rows} == {"network"}
    assert [int(row["epoch"]) for row in rows] == list(range(len(rows)))
    assert float(rows[0]["loss"]) > float(rows[-1]["loss"])
    assert list((run.folder / "tensorboard" / "network").rglob("events.*"))


def test_thumbnails_are_square_credited_and_without_metadata(run):
    for label, item in enumerate(run.record.classes):
        assert [photo.path for photo in item.thumbnails] == [f"thumbnails/{label}-{number}.jpg" for number in range(3)]
        assert {(photo.author, photo.licence) for photo in item.thumbnails} == {("Painted by a test", "CC0-1.0")}
        with Image.open(run.folder / item.thumbnails[0].path) as picture:
            assert picture.size == (48, 48)
            assert not picture.getexif()
            assert "comment" not in picture.info


def test_a_class_says_what_it_was_mistaken_for_and_what_lies_outside_the_model(run):
    record = run.record
    for item in record.classes:
        wrong = sum(other.n for other in item.mistaken_for)
        # There are three other classes, and all three are named.
        assert wrong == round(item.n_test * (1 - item.recall))
        assert item.scientific_name not in {other.scientific_name for other in item.mistaken_for}
        assert item.months is None
    known = {item.scientific_name for item in record.classes}
    outside = {item.scientific_name: item for item in record.outside}
    assert not known & set(outside)
    assert set(record.never_seen) <= set(outside)
    assert outside["Amanita regalis"].toxicity == "poisonous"


def test_the_bands_and_the_temperature_belong_to_these_logits(run, coloured):
    data = read_dataset(coloured)
    labels = data.photos.loc[data.photos["split"] == "test", "label"].to_numpy()
    best = softmax(stored_logits(run), run.record.temperature).max(axis=1)
    bands = run.record.thresholds.bands
    assert sum(band.n for band in bands) == len(labels)
    assert bands[0].n == (best >= bands[0].from_score - 1e-6).sum()


def test_run_json_reads_back_and_the_index_has_its_row(run, runs):
    assert read_run(run.folder) == run
    index = read_index(runs).set_index("id")
    assert index.loc[run.record.id, "top1"] == run.record.metrics.top1
    assert json.loads(index.loc[run.record.id, "config"]) == run.record.config.model_dump(mode="json")


def test_the_same_seed_gives_the_same_model_and_another_seed_another(run, coloured, tmp_path, config):
    stray = tmp_path / run.record.id / "stray"
    stray.parent.mkdir()
    (stray.parent / "run.json").write_text("an earlier run of this id")
    stray.write_text("left behind")
    again = train(coloured, tmp_path, config)
    np.testing.assert_array_equal(stored_logits(again), stored_logits(run))
    assert not stray.exists()
    other = train(coloured, tmp_path, config.model_copy(update={"seed": 1}))
    assert not np.allclose(stored_logits(other), stored_logits(run))
    assert read_index(tmp_path)["id"].tolist() == sorted([run.record.id, other.record.id])


def test_a_frozen_backbone_without_test_photos_leaves_the_measures_open(coloured, tmp_path, quick):
    def change(photos, species):
        photos.loc[photos["split"] == "test", "split"] = "train"

    folder = changed_dataset(coloured, tmp_path, change, split_test=0.0)
    weights = tmp_path / "compact.weights.h5"
    compact.compact(keras.Input((32, 32, 3))).save_weights(weights)
    run = train(folder, tmp_path / "runs", quick(model__weights=str(weights), max_epochs=1))
    assert (run.record.metrics.top1, run.record.metrics.n) == (None, 0)
    assert [item.recall for item in run.record.classes] == [None] * 4
    assert len(read_photos(run).of("val")) == (read_dataset(folder).photos["split"] == "val").sum()
    assert list((tmp_path / "runs" / ".features").iterdir())


def test_a_run_divides_the_photos_as_its_configuration_says_and_writes_scores_when_asked(coloured, tmp_path, quick):
    whole = read_dataset(coloured).photos
    changes = {"dataset__split_test": 0.3, "dataset__split_val": 0.3, "model__classifier__output_normalize": True}
    run = train(coloured, tmp_path, quick(max_epochs=1, **changes))
    splits = run.record.dataset.splits
    assert splits.test == splits.val == round(0.3 * 14) * 4
    other = train(coloured, tmp_path, quick(max_epochs=1, dataset__split_seed=5, **changes))
    assert sorted(photos_tested(run)) != sorted(photos_tested(other))
    assert read_dataset(coloured).photos["split"].tolist() == whole["split"].tolist()
    scores = keras.saving.load_model(run.folder / "scores.keras", compile=False)
    logits = stored_logits(run)
    photos = [whole.set_index("photo_id").loc[name, "path"] for name in photos_tested(run)]
    pixels = np.stack([read_input(coloured / path, run.record.input) for path in photos]).astype(np.float32)
    np.testing.assert_allclose(
        scores.predict(pixels, verbose=0), softmax(logits, run.record.temperature), rtol=0, atol=1e-4
    )


def test_a_run_starts_from_what_another_one_learned(run, coloured, tmp_path, quick):
    warm = quick(model__warm_start=str(run.folder), max_epochs=1, model__learning_rate=1e-9)
    again = train(coloured, tmp_path, warm)
    np.testing.assert_allclose(stored_logits(again), stored_logits(run), atol=1e-2)
    assert again.record.metrics.top1 == run.record.metrics.top1
    with pytest.raises(BadInput, match="same backbone"):
        train(coloured, tmp_path, quick(model__base="mobilenet_v2", model__warm_start=str(run.folder)))


def test_an_index_row_is_replaced_not_repeated(run, tmp_path):
    add_to_index(tmp_path, run.record)
    add_to_index(tmp_path, run.record.model_copy(update={"n_parameters": 7}))
    assert read_index(tmp_path)["n_parameters"].tolist() == [7]


def test_a_from_scratch_network_learns_with_augmentation_and_is_saved_without(coloured, tmp_path, quick):
    run = train(coloured, tmp_path, quick(fine_tune__epochs=1, max_epochs=2))
    with (run.folder / "history.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["stage"] for row in rows] == ["network", "network", "fine_tune"]
    assert float(rows[-1]["learning_rate"]) == pytest.approx(1e-5)
    names = [type(layer).__name__ for layer in load_model(run).layers]
    assert not [name for name in names if name.startswith("Random") or name == "Functional"]


def test_a_failed_run_leaves_the_earlier_one_of_its_id(run, runs, coloured, config, monkeypatch):
    def full(task):
        raise OSError("disk full")

    monkeypatch.setattr(train_module, "learn", full)
    with pytest.raises(OSError, match="disk full"):
        train(coloured, runs, config)
    assert read_run(run.folder) == run
    assert sorted(path.name for path in runs.iterdir()) == [".runs.h5.lock", run.record.id, "runs.h5"]


def test_reading_a_run_and_planning_one_does_not_load_tensorflow():
    code = (
        "import sys, sporeprint_training.run_id, sporeprint_training.run, sporeprint_training.run_config; "
        "print([name for name in ('tensorflow', 'keras', 'pandas') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
