"""What the operations of RandAugment do to pixels."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageEnhance, ImageOps

from sporeprint_training.augmentation.colour import recolour, unchanged
from sporeprint_training.augmentation.draws import WIDTH, Draws
from sporeprint_training.augmentation.geometry import resample
from sporeprint_training.augmentation.rand_augment import OPERATIONS, Operations
from sporeprint_training.config_photos import RandAugmentConfig


def operation(name, direction=1.0, magnitude=0.5, count=12):
    return Operations(tf.fill((count, 1), OPERATIONS.index(name)), tf.fill((count, 1), direction), magnitude)


def apply(operations, images):
    images = resample(tf.constant(images), operations.geometry())
    return operations.tones(recolour(images, operations.colours(unchanged(images)))).numpy()


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    ("name", "direction", "reference"),
    [
        ("identity", 1.0, lambda image: image),
        ("brightness", 1.0, lambda image: ImageEnhance.Brightness(image).enhance(1.45)),
        ("brightness", -1.0, lambda image: ImageEnhance.Brightness(image).enhance(0.55)),
        ("saturation", 1.0, lambda image: ImageEnhance.Color(image).enhance(1.45)),
        ("sharpness", 1.0, lambda image: ImageEnhance.Sharpness(image).enhance(1.45)),
        ("posterise", 1.0, lambda image: ImageOps.posterize(image, 6)),
        ("solarise", 1.0, lambda image: ImageOps.solarize(image, 128)),
        ("auto_contrast", 1.0, ImageOps.autocontrast),
        ("equalise", 1.0, ImageOps.equalize),
    ],
)
def test_operations_of_rand_augment_do_what_their_pillow_namesakes_do(photos, name, direction, reference):
    # Pillow equalises few pixels coarsely; of many, not all are looked at here.
    whole = np.tile(np.rint(photos[:3]), (1, 2, 2, 1))
    result = apply(operation(name, direction, count=3), whole)
    for photo, changed in zip(whole, result, strict=True):
        expected = np.asarray(reference(Image.fromarray(photo.astype(np.uint8))), np.float32)
        # Pillow leaves the outermost pixels unsharpened and rounds in between.
        assert np.abs(expected - changed)[1:-1, 1:-1].max() < 2.5


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "identity"])
def test_each_operation_of_rand_augment_has_an_effect_and_stays_in_range(photos, name):
    result = apply(operation(name), photos)
    assert np.abs(result - photos).max() > 2
    assert result.min() >= 0
    assert result.max() <= 255
    if name in ("rotate", "shear_x", "shear_y", "shift_x", "shift_y", "contrast"):
        assert not np.allclose(result, apply(operation(name, -1.0), photos), atol=2)


@pytest.mark.usefixtures("eager")
def test_a_large_photo_is_equalised_nearly_as_from_all_of_its_pixels():
    across = np.linspace(0, 1, 224) ** 2 * 120 + 30
    photo = (
        (across[None, :, None] + np.random.default_rng(0).normal(0, 15, (224, 224, 3))).clip(0, 255).astype(np.uint8)
    )
    result = apply(operation("equalise", count=1), photo[None].astype(np.float32))[0]
    expected = np.asarray(ImageOps.equalize(Image.fromarray(photo)), np.float32)
    assert np.abs(result - expected).mean() < 3
    assert np.abs(result - expected).max() < 12


@pytest.mark.usefixtures("eager")
def test_rand_augment_draws_for_each_photo_and_all_operations_come_up():
    uniform = tf.random.stateless_uniform((400, WIDTH), (1, 2))
    operations = Operations.drawn(RandAugmentConfig(operations=3), Draws(uniform))
    assert operations.which.shape == (400, 3)
    counts = np.bincount(operations.which.numpy().ravel(), minlength=14)
    assert counts.min() > 50
    assert counts.max() < 130
