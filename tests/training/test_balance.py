"""How often each class is seen."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sporeprint_training.balance import appearances, balanced_rows, downsampled, epoch_order, epoch_rows
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


SIZES = (50, 7, 0, 3, 20)


@pytest.fixture
def uneven():
    return np.random.default_rng(1).permutation(np.repeat(np.arange(5, dtype=np.int32), SIZES))


def test_a_balanced_epoch_is_as_long_as_any_and_shows_each_class_equally_often(uneven):
    epochs = [balanced_rows(uneven, 3, 0, epoch) for epoch in range(8)]
    counts = np.stack([np.bincount(uneven[rows], minlength=5) for rows in epochs])
    assert {len(rows) for rows in epochs} == {sum(SIZES)} == {80}
    assert (counts[:, [0, 1, 3, 4]] == 20).all()
    assert (counts[:, 2] == 0).all()


def test_where_classes_do_not_divide_an_epoch_they_take_the_odd_photo_in_turn():
    labels = np.array([0] * 5 + [1] * 3 + [2] * 3, np.int32)
    counts = np.stack([np.bincount(labels[balanced_rows(labels, 3, 0, epoch)], minlength=3) for epoch in range(3)])
    assert (counts.sum(axis=1) == 11).all()
    assert counts.min() == 3
    assert counts.max() == 4
    assert counts.sum(axis=0).tolist() == [11, 11, 11]


def test_photos_of_frequent_classes_take_turns_over_the_epochs(uneven):
    shown = np.concatenate([balanced_rows(uneven, 3, 0, epoch) for epoch in range(5)])
    of_largest = shown[uneven[shown] == 0]
    assert len(of_largest) == 100
    for turn in (of_largest[:50], of_largest[50:]):
        assert len(set(turn.tolist())) == 50
    assert of_largest[:50].tolist() != of_largest[50:].tolist()
    counts = np.bincount(shown, minlength=80)
    for label in (1, 3, 4):
        own = counts[uneven == label]
        assert own.max() - own.min() <= 1


@pytest.mark.parametrize("options", [{}, {"shown": np.array([50, 30, 0, 20, 50])}, {"balanced": True}])
def test_an_epochs_order_follows_from_seed_stage_and_epoch_alone(uneven, options):
    def order(*when):
        return epoch_order(uneven, *when, **options).tolist()

    assert order(3, 1, 2) == order(3, 1, 2)
    others = [order(4, 1, 2), order(3, 0, 2), order(3, 1, 0), order(2**32 - 1, 1, 2)]
    assert len({tuple(rows) for rows in [order(3, 1, 2), *others]}) == 5
    assert order(3, 1, 2) != sorted(order(3, 1, 2))


def test_an_ordinary_epoch_shows_every_photo_once_and_an_upsampled_one_as_often_as_asked(uneven):
    assert sorted(epoch_order(uneven, 0, 0, 0)) == list(range(80))
    shown = np.array([50, 30, 0, 20, 50])
    rows = epoch_order(uneven, 0, 0, 0, shown=shown)
    assert np.bincount(uneven[rows], minlength=5).tolist() == shown.tolist()
    assert epoch_order(uneven[:0], 0, 0, 0, balanced=True).tolist() == []


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
