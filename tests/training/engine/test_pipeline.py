"""Batches in an order that can be found again."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sporeprint_training.batches import PhotoReader
from sporeprint_training.engine.pipeline import Cursor, Features, KeptPhotos, batches
from sporeprint_training.errors import BadInput
from sporeprint_training.images import read_input
from sporeprint_training.input_spec import InputSpec

LABELS = np.array([0, 1, 2, 0, 1, 2, 0], np.int32)
VIEWS = [np.arange(7, dtype=np.float32)[:, None] + 10 * view for view in range(3)]


def shuffled(epoch):
    return np.random.default_rng([5, epoch]).permutation(7)


def read(dataset):
    parts = list(dataset.as_numpy_iterator())
    inputs = np.concatenate([inputs["input"] for inputs, _ in parts])
    return inputs, np.concatenate([labels for _, labels in parts]), [len(labels) for _, labels in parts]


def test_each_epoch_has_its_own_order_and_labels_stay_with_their_rows():
    cursor = Cursor()
    made = batches(Features(VIEWS[:1]), LABELS, 3, 3, order=shuffled, cursor=cursor)
    for epoch in (0, 1):
        cursor.epoch = epoch
        inputs, labels, sizes = read(made)
        assert inputs[:, 0].astype(int).tolist() == shuffled(epoch).tolist()
        assert labels.argmax(axis=1).tolist() == LABELS[shuffled(epoch)].tolist()
        assert sizes == [3, 3, 1]


@pytest.mark.parametrize("views", [1, 3])
def test_an_epoch_that_is_resumed_goes_on_as_it_began(views):
    def from_batch(batch):
        source = Features(VIEWS[:views])
        cursor = Cursor(epoch=4, batch=batch)
        return read(batches(source, LABELS, 3, 2, order=shuffled, cursor=cursor, seed=(1, 0)))

    whole, rest = from_batch(0), from_batch(2)
    np.testing.assert_array_equal(whole[0][4:], rest[0])
    np.testing.assert_array_equal(whole[1][4:], rest[1])


def test_every_showing_draws_one_view_of_its_photo():
    cursor, seen = Cursor(), set()
    made = batches(Features(VIEWS), LABELS, 3, 7, cursor=cursor, seed=(1, 0))
    for epoch in range(20):
        cursor.epoch = epoch
        values = read(made)[0][:, 0].astype(int)
        assert (values % 10).tolist() == list(range(7))
        seen |= set(values.tolist())
    assert seen == {row + 10 * view for row in range(7) for view in range(3)}


def test_photos_come_as_the_browser_will_see_them_and_a_broken_one_is_named(tmp_path):
    draw = np.random.default_rng(0)
    paths = [tmp_path / f"{index}.png" for index in range(7)]
    for path in paths:
        Image.fromarray(draw.integers(0, 256, (40, 50, 3), np.uint8)).save(path)
    spec = InputSpec(size=32)
    inputs, _, _ = read(batches(KeptPhotos(PhotoReader(paths, spec)), LABELS, 3, 4))
    np.testing.assert_array_equal(inputs[5], read_input(paths[5], spec))
    paths[2].unlink()
    source = KeptPhotos(PhotoReader(paths, spec))
    with pytest.raises(Exception, match="BadInput"):
        read(batches(source, LABELS, 3, 4))
    assert isinstance(source.failed, BadInput)
    assert "2.png" in str(source.failed)
