from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sporeprint_training import batches
from sporeprint_training.batches import PhotoReader
from sporeprint_training.errors import BadInput
from sporeprint_training.images import read_input
from sporeprint_training.input_spec import InputSpec

SPEC = InputSpec(size=32)


@pytest.fixture
def paths(tmp_path):
    draw = np.random.default_rng(0)
    files = [tmp_path / f"{index}.png" for index in range(5)]
    for path in files:
        Image.fromarray(draw.integers(0, 256, (40, 50, 3), np.uint8)).save(path)
    return files


@pytest.mark.parametrize("keep", [True, False])
def test_pixels_are_those_that_the_browser_sees_in_any_order(paths, keep):
    reader = PhotoReader(paths, SPEC, keep=keep)
    pixels = reader.read(np.array([3, 0, 3]))
    for row, image in zip([3, 0, 3], pixels, strict=True):
        np.testing.assert_array_equal(image, read_input(paths[row], SPEC))


def test_kept_pixels_need_no_second_decoding_and_too_many_are_not_kept(paths, monkeypatch):
    kept = PhotoReader(paths, SPEC)
    kept.read(np.arange(5))
    monkeypatch.setattr(batches, "KEPT_BYTES", 100)
    too_many = PhotoReader(paths, SPEC)
    too_many.read(np.arange(5))
    paths[0].unlink()
    assert kept.read(np.array([0])).shape == (1, 32, 32, 3)
    with pytest.raises(BadInput, match=r"0\.png"):
        too_many.read(np.array([0]))


def test_in_order_gives_every_photo_once(paths):
    parts = list(PhotoReader(paths, SPEC, keep=False).in_order(2))
    assert [len(part) for part in parts] == [2, 2, 1]
    np.testing.assert_array_equal(np.concatenate(parts)[4], read_input(paths[4], SPEC))
    assert list(PhotoReader([], SPEC).in_order(2)) == []


def test_a_broken_photo_is_named(paths):
    paths[1].write_bytes(paths[1].read_bytes()[:200])
    with pytest.raises(BadInput, match=r"1\.png: truncated"):
        list(PhotoReader(paths, SPEC).in_order(2))
