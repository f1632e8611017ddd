"""Augmenters of small photos."""

from __future__ import annotations

import hashlib

import numpy as np
import tensorflow as tf

from sporeprint_training.augmentation import Augmenter
from sporeprint_training.config_photos import AugmentationConfig, RandAugmentConfig

SIZE = 32
OFF = {"flip": "none", "rotate": 0, "zoom": 0, "shift": 0, "brightness": 0}
EVERYTHING = {
    **{"flip": "both", "crop": 0.5, "contrast": 0.3, "saturation": 0.3, "hue": 0.1, "blur": 1, "noise": 0.1},
    **{"rand_augment": RandAugmentConfig(operations=2), "mixup": 0.4, "cutmix": 1},
}
DRAWING = {"flip": "both", "noise": 0.1, "mixup": 0.4, "cutmix": 1}
"""Enough to draw from everything that there is to draw from; compiling the rest takes long."""


def one_hot(count, classes=12):
    return np.eye(classes, dtype=np.float32)[np.arange(count) % classes]


def augmenter(seed=1, size=SIZE, **keys):
    return Augmenter(AugmentationConfig(**OFF | keys), size, seed)


def change(images, seed=1, **keys):
    return augmenter(seed, **keys)(images, one_hot(len(images)))[0].numpy()


def shown(changed):
    """Places in the photo, pixels, that the four corners and the middle column of a changed `places` show."""
    return (changed[..., :2] - 64) / 4


def three_batches(layer, images, labels):
    step = tf.function(lambda x, y: layer(x, y), reduce_retracing=True)
    sizes = (12, 12, 5)
    return [tuple(part.numpy() for part in step(images[:size], labels[:size])) for size in sizes]


def digest(batches):
    return hashlib.sha256(b"".join(part.tobytes() for batch in batches for part in batch)).hexdigest()
