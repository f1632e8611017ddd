"""Mixtures of photos, and that all draws follow from seed and counter."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import augmented
from augmented import DRAWING, EVERYTHING, OFF, SIZE, augmenter, change, digest, one_hot, three_batches
from sporeprint_training.augmentation import Augmenter, mosaic
from sporeprint_training.augmentation.mixing import beta_quantiles
from sporeprint_training.config_photos import AugmentationConfig


@pytest.mark.usefixtures("eager")
def test_mixup_blends_pixels_and_labels_alike(photos):
    images, labels = augmenter(mixup=1.0)(photos, one_hot(12))
    labels = labels.numpy()
    np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(images, np.tensordot(labels, photos, axes=1), atol=0.01)
    assert ((labels > 0.05).sum(axis=1) == 2).sum() > 6


@pytest.mark.usefixtures("eager")
def test_cutmix_puts_a_rectangle_of_another_photo_in_and_labels_have_its_area(photos):
    images, labels = augmenter(cutmix=1.0)(photos, one_hot(12))
    cut = 0
    for index, (image, label) in enumerate(zip(images.numpy(), labels.numpy(), strict=True)):
        own, other = (image == photos[index]).all(axis=-1), (image == photos[(index + 1) % 12]).all(axis=-1)
        assert (own ^ other).all()
        np.testing.assert_allclose(label[[index, (index + 1) % 12]], [own.mean(), other.mean()], atol=1e-6)
        rows, columns = other.any(axis=1), other.any(axis=0)
        assert other.sum() == rows.sum() * columns.sum()
        cut += 0.05 < other.mean() < 0.95
    assert cut > 4


@pytest.mark.usefixtures("eager")
def test_with_both_mixtures_on_each_batch_draws_one(photos):
    layer = augmenter(mixup=2.0, cutmix=2.0)
    pure = [(layer(photos, one_hot(12))[0].numpy() == photos).mean() for _ in range(12)]
    assert 3 <= sum(share > 0.2 for share in pure) <= 9
    assert sum(share < 0.1 for share in pure) == 12 - sum(share > 0.2 for share in pure)


@pytest.mark.parametrize("alpha", [0.05, 0.2, 1.0, 10.0])
def test_the_shares_of_mixtures_follow_the_beta_distribution(alpha):
    found = beta_quantiles(alpha)
    drawn = np.sort(np.random.default_rng(0).beta(alpha, alpha, 200_000))
    assert found.mean() == pytest.approx(0.5, abs=1e-3)
    assert found.std() == pytest.approx(drawn.std(), abs=0.003)
    assert np.quantile(found, 0.3) == pytest.approx(np.quantile(drawn, 0.3), abs=0.01)


@pytest.mark.usefixtures("eager")
def test_what_a_key_draws_does_not_depend_on_other_keys(photos):
    flipped, brighter = change(photos, flip="both"), change(photos, brightness=0.1) - photos
    together = change(photos, flip="both", brightness=0.1)
    np.testing.assert_allclose(together, flipped + brighter.mean(axis=(1, 2), keepdims=True), atol=1e-3)
    noise = change(photos, noise=0.05) - photos
    np.testing.assert_allclose(change(photos, flip="both", noise=0.05), flipped + noise, atol=1e-3)


def assert_same(one, other):
    for (image, label), (image2, label2) in zip(one, other, strict=True):
        np.testing.assert_array_equal(image, image2)
        np.testing.assert_array_equal(label, label2)


PROCESS = """
import sys, numpy as np, tensorflow as tf
tf.config.experimental.enable_op_determinism()
sys.path.insert(0, sys.argv[1])
from augmented import DRAWING, augmenter, digest, one_hot, three_batches
print(digest(three_batches(augmenter(7, **DRAWING), np.load(sys.argv[2]), one_hot(12))))
"""


def test_a_seed_fixes_every_batch_and_the_saved_state_continues_it_also_in_another_process(photos, tmp_path):
    layer = augmenter(7, **DRAWING)
    first = three_batches(layer, photos, one_hot(12))
    assert not np.allclose(first[0][0], first[1][0])
    saved = [variable.numpy() for variable in layer.variables]
    assert saved == [3]
    after = three_batches(layer, photos, one_hot(12))
    assert not np.allclose(first[0][0], after[0][0])
    for variable, value in zip(layer.variables, saved, strict=True):
        variable.assign(value)
    assert_same(after, three_batches(layer, photos, one_hot(12)))
    np.save(tmp_path / "photos.npy", photos)
    command = [sys.executable, "-c", PROCESS, augmented.__file__.rpartition("/")[0], str(tmp_path / "photos.npy")]
    other = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert other.stdout.split()[-1] == digest(first)


def test_a_compiled_step_does_with_every_key_on_what_single_operations_do(photos):
    images, labels = photos[:4], one_hot(4)
    compiled = augmenter(**EVERYTHING)
    results = tf.function(lambda x, y: compiled(x, y))(images, labels)
    tf.config.run_functions_eagerly(True)
    try:
        expected = augmenter(**EVERYTHING)(images, labels)
    finally:
        tf.config.run_functions_eagerly(False)
    # Where an operation has a threshold, rounding may carry single pixels over it.
    assert np.isclose(results[0], expected[0], atol=0.1).mean() > 0.98
    np.testing.assert_allclose(results[1], expected[1], atol=1e-6)


@pytest.mark.usefixtures("eager")
def test_another_seed_draws_otherwise_and_so_does_another_stage(photos):
    config = AugmentationConfig(**OFF | {"flip": "both", "shift": 0.2, "noise": 0.1})
    layers = [Augmenter(config, SIZE, seed, stage) for seed, stage in ((0, 0), (1, 0), (2**32 - 1, 0), (0, 1))]
    results = [layer(photos, one_hot(12))[0].numpy() for layer in layers]
    for one, other in itertools.combinations(results, 2):
        assert np.abs(one - other).mean() > 5


@pytest.mark.usefixtures("eager")
def test_a_batch_of_one_and_a_half_precision_model_are_no_exception(photos):
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        images, labels = augmenter(**EVERYTHING)(photos[:1], one_hot(1))
    finally:
        keras.mixed_precision.set_dtype_policy(before)
    assert images.shape == (1, SIZE, SIZE, 3)
    assert images.dtype == tf.float32
    np.testing.assert_allclose(labels, one_hot(1), atol=1e-6)


@pytest.mark.usefixtures("eager")
def test_a_view_follows_from_seed_number_and_photo_whatever_else_is_in_the_batch(photos):
    layer = augmenter(**EVERYTHING)
    names = [f"{index:064x}" for index in range(12)]
    whole = layer.view(photos, names, 3)
    np.testing.assert_allclose(layer.view(photos[4:6], names[4:6], 3), whole[4:6], atol=1e-3)
    assert layer.counter.numpy() == 0
    for other in (layer.view(photos, names, 2), augmenter(2, **EVERYTHING).view(photos, names, 3)):
        assert (np.abs(other - whole).mean(axis=(1, 2, 3)) > 2).all()
    unmixed = augmenter(**EVERYTHING | {"mixup": 0, "cutmix": 0}).view(photos, names, 3)
    np.testing.assert_array_equal(unmixed, whole)
    mirrored = augmenter(flip="horizontal").view(photos, names, 0)
    assert all(
        any(np.array_equal(photo[:, ::step], changed) for step in (1, -1))
        for photo, changed in zip(photos, mirrored, strict=True)
    )


@pytest.mark.usefixtures("eager")
def test_the_mosaic_shows_each_photo_and_what_the_runs_seed_makes_of_it(photos):
    images = np.kron(photos[:6], np.ones((1, 4, 4, 1))).astype(np.uint8)
    keys = {"flip": "both", "brightness": 0.2}
    data = mosaic(images, AugmentationConfig(**OFF | keys), seed=5)
    assert len(data) <= 60_000
    with Image.open(io.BytesIO(data)) as opened:
        sheet = np.asarray(opened.convert("RGB"), np.float32)
    assert sheet.shape == (5 * 114 - 2, 6 * 114 - 2, 3)
    layer = augmenter(5, size=SIZE * 4, **keys)
    rows = [images, *(layer(images.astype(np.float32), one_hot(6))[0].numpy() for _ in range(4))]
    for down, row in enumerate(rows):
        for across, expected in enumerate(row):
            tile = sheet[down * 114 : down * 114 + 112, across * 114 : across * 114 + 112]
            small = Image.fromarray(expected.astype(np.uint8)).resize((112, 112))
            assert np.corrcoef(tile.ravel(), np.asarray(small).ravel())[0, 1] > 0.9
            assert tile.mean() == pytest.approx(expected.mean(), abs=4)
