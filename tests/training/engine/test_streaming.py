"""Photos that are read anew in every epoch."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from sporeprint_training.batches import PhotoReader
from sporeprint_training.engine.pipeline import batches
from sporeprint_training.engine.streaming import StreamedPhotos, decoding_ratios, plain_jpegs
from sporeprint_training.errors import BadInput
from sporeprint_training.images import read_input
from sporeprint_training.input_spec import InputSpec

SPEC = InputSpec(size=48)


def smooth(width, height, seed):
    draw = np.random.default_rng(seed)
    coarse = Image.fromarray(draw.integers(0, 256, (4, 5, 3), np.uint8))
    return coarse.resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture
def paths(tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6
    smooth(60, 80, 0).save(tmp_path / "small.jpg", quality=95)
    smooth(400, 250, 1).save(tmp_path / "large.jpg", quality=95, progressive=True)
    smooth(200, 120, 2).save(tmp_path / "turned.jpg", exif=turned)
    smooth(90, 90, 3).convert("L").save(tmp_path / "grey.jpg", quality=95)
    smooth(90, 70, 4).convert("CMYK").save(tmp_path / "print.jpg")
    smooth(90, 70, 5).save(tmp_path / "picture.png")
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff")
    names = ("small.jpg", "large.jpg", "turned.jpg", "grey.jpg", "print.jpg", "picture.png", "cut.jpg")
    return [tmp_path / name for name in names]


def test_only_jpegs_that_tensorflow_shows_as_they_are_meant_count_as_plain(paths):
    # The second is five times as large as the input.
    sides = plain_jpegs(paths)
    assert sides[1].tolist() == [250, 400]
    assert decoding_ratios(sides, SPEC).tolist() == [1, 4, 0, 1, 0, 0, 0]
    assert decoding_ratios(sides, InputSpec(size=48, crop_fraction=0.7)).tolist() == [1, 2, 0, 1, 0, 0, 0]


def test_streamed_pixels_are_close_to_what_a_phone_computes_and_exact_where_they_have_to_be(paths):
    source = StreamedPhotos(PhotoReader(paths[:6], SPEC, keep=False))
    made = batches(source, np.zeros(6, np.int32), 2, 6)
    pixels = next(iter(made))[0]["input"].numpy()
    assert pixels.dtype == np.uint8
    for row, path in enumerate(paths[:6]):
        difference = np.abs(pixels[row].astype(int) - read_input(path, SPEC))
        assert difference.max() == 0 if not plain_jpegs([path]).any() else difference.mean() < 4, path.name


@pytest.mark.parametrize("sides", [(131, 97), (99, 97), (201, 195), (251, 401), (403, 399), (777, 385)])
def test_of_odd_sides_in_any_scale_it_is_the_same_square(tmp_path, sides):
    photo = tmp_path / "odd.jpg"
    smooth(*sides, 6).save(photo, quality=95)
    source = StreamedPhotos(PhotoReader([photo], SPEC, keep=False))
    pixels = next(iter(batches(source, np.zeros(1, np.int32), 2, 1)))[0]["input"].numpy()
    assert decoding_ratios(plain_jpegs([photo]), SPEC).tolist() == [min(8, 1 << (min(sides) // 48).bit_length() - 1)]
    assert np.abs(pixels[0].astype(int) - read_input(photo, SPEC)).mean() < 4


@pytest.mark.parametrize("spec", [InputSpec(size=48, crop_fraction=0.7), InputSpec(size=48, fit="stretch")])
def test_the_box_is_the_specs(paths, spec):
    source = StreamedPhotos(PhotoReader(paths[:2], spec, keep=False))
    pixels = next(iter(batches(source, np.zeros(2, np.int32), 2, 2)))[0]["input"].numpy()
    for row, path in enumerate(paths[:2]):
        assert np.abs(pixels[row].astype(int) - read_input(path, spec)).mean() < 4


def test_a_photo_that_is_gone_is_named(paths):
    source = StreamedPhotos(PhotoReader(paths[4:6], SPEC, keep=False))
    paths[5].unlink()
    with pytest.raises(tf.errors.OpError):
        list(batches(source, np.zeros(2, np.int32), 2, 2))
    assert isinstance(source.failed, BadInput)
    assert "picture.png" in str(source.failed)
