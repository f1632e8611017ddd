"""How often each class is seen."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sporeprint_training.balance import appearances, downsampled, epoch_rows
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import BadInput
from sporeprint_training.run_config import load_run_config


@pytest.mark.parametrize(
    ("upsample", "shown"),
    [
        ("none", [100, 25, 0, 1]),
        (0.0, [100, 25, 0, 1]),
        ("sqrt", [100, 50, 0, 10]),
        (0.5, [100, 50, 0, 10]),
        (0.25, [100, 35, 0, 3]),
        ("max", [100, 100, 0, 100]),
    ],
)
def test_rare_classes_are_shown_more_often_and_frequent_ones_no_less(upsample, shown):
    assert appearances([100, 25, 0, 1], upsample).tolist() == shown
    assert appearances([], upsample).tolist() == []


def test_an_epoch_shows_each_photo_of_a_class_as_often_as_the_next_or_once_more():
    labels = np.array([0] * 5 + [1] * 2, np.int32)
    rows = epoch_rows(labels, np.array([5, 5]), np.random.default_rng(0))
    counts = np.bincount(rows, minlength=7)
    assert counts[:5].tolist() == [1] * 5
    assert sorted(counts[5:]) == [2, 3]


@pytest.mark.parametrize(("downsample", "most"), [("min", 6), (4, 4), (9, 9)])
def test_downsampling_takes_training_photos_and_leaves_the_measuring_ones(coloured, downsample, most):
    data = read_dataset(coloured)
    data = downsampled(data, 6, seed=5) if downsample == "min" else data
    fewer = downsampled(data, downsample, seed=1)
    assert fewer.photos.query("split == 'train'")["label"].value_counts().max() <= most
    assert fewer.species["n_train"].tolist() == [
        min(most, count) for count in data.photos.query("split == 'train'")["label"].value_counts().sort_index()
    ]
    for split in ("val", "test"):
        kept, whole = (found.photos.loc[found.photos["split"] == split, "photo_id"] for found in (fewer, data))
        assert kept.tolist() == whole.tolist()
    again = downsampled(data, downsample, seed=1)
    assert again.photos["photo_id"].tolist() == fewer.photos["photo_id"].tolist()
    assert fewer.species["n_photos"].sum() == len(fewer.photos)


def test_another_seed_takes_other_photos(coloured):
    data = read_dataset(coloured)
    one, other = (downsampled(data, 3, seed).photos["photo_id"].tolist() for seed in (1, 2))
    assert one != other


def test_the_configurations_keys_are_read_and_wrong_values_are_named(tmp_path):
    dataset = load_run_config(None, {"dataset.downsample": 45, "dataset.upsample": "sqrt"}).dataset
    assert (dataset.downsample, dataset.upsample) == (45, "sqrt")
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"dataset": {"source": "gbif", "upsample": "much", "downsample": 0}}))
    with pytest.raises(BadInput) as caught:
        load_run_config(path)
    message = str(caught.value)
    assert 'dataset.upsample = "much"' in message
    assert "dataset.downsample = 0" in message


def test_a_run_learns_from_fewer_photos_shown_more_often(coloured, quick, tmp_path, narrow_network):
    from sporeprint_training.train import train

    config = quick(max_epochs=1, dataset__downsample=2, dataset__upsample="max")
    run = train(coloured, tmp_path, config)
    assert run.record.dataset.splits.train == 8
    assert run.record.config.dataset.upsample == "max"
