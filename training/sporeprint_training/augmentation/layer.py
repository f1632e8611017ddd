"""The layer that changes the photos of each training batch, and the copies of them that a frozen backbone sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_training.augmentation.blur import blurred
from sporeprint_training.augmentation.colour import WHITE, drawn_colours, recolour, unchanged
from sporeprint_training.augmentation.draws import ALGORITHM, WIDTH, Draws, batch_draws, photo_draws, photo_noise
from sporeprint_training.augmentation.geometry import drawn_geometry, resample
from sporeprint_training.augmentation.mixing import Mixer
from sporeprint_training.augmentation.rand_augment import Operations
from sporeprint_training.config_photos import AugmentationConfig

_DRAWS, _NOISE, _COIN = range(3)
_SEEDS, _STREAMS, _STAGES = 2**32, 4, 2**10
"""How many of each there may be: together they are one whole number."""


class Augmenter(keras.layers.Layer):  # type: ignore[misc]
    """Random changes of photos and, where they are mixed, of their labels.

    All that is drawn follows from the seed and from `counter`, the number of batches so far and the layer's only
    variable: with it restored, the same photos are changed the same way. For several devices make it in the strategy's
    scope; each then draws for itself.

    Args:
        config: which changes, and how strong.
        size: side of the photos, pixels.
        seed: of the run, 0 to 2**32 - 1.
        stage: number of the training stage, 0 to 1023: each draws for itself.

    Input shape:
        Photos RGB 0 to 255 `(photos, size, size, 3)`, float32 or uint8, and labels `(photos, classes)`, one-hot
        float32. The number of photos may change from batch to batch; for each new one XLA compiles for a second.

    Output shape:
        The same two, float32. Labels are blended as the pixels are.

    Example:
        >>> augmenter = Augmenter(AugmentationConfig(mixup=0.2), 224, seed=0)
        >>> images, labels = augmenter(images, labels)
    """

    def __init__(self, config: AugmentationConfig, size: int, seed: int, stage: int = 0) -> None:
        # Whatever the model computes in, photos are changed in float32.
        super().__init__(name="augmenter", dtype="float32", autocast=False)
        self.config, self.size, self.seed, self.stage = config, size, seed, stage
        self.counter = self.add_weight(
            name="counter",
            shape=(),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )
        self._mixer = Mixer(config, size)
        shapes = [(None, size, size, 3), (None, WIDTH)]
        # XLA makes one loop of what would be dozens of passes over memory: on a CPU too, where it is slow elsewhere.
        self._change = tf.function(
            self._changed, input_signature=[tf.TensorSpec(shape, tf.float32) for shape in shapes], jit_compile=True
        )

    def call(self, images: Any, labels: Any) -> tuple[Any, Any]:
        """Change the next batch of training."""
        batch = self.counter.value + tf.constant(0, tf.int64)
        self.counter.assign_add(1)
        images = tf.cast(images, tf.float32)
        uniform = batch_draws(tf.shape(images)[0], self._seed(_DRAWS, batch))
        changed = self._change(images, uniform)
        draws = Draws(uniform)
        noise = None
        if self.config.noise:
            noise = tf.random.stateless_normal(tf.shape(images), self._seed(_NOISE, batch), alg=ALGORITHM)
        coin = tf.random.stateless_uniform((), self._seed(_COIN, batch), alg=ALGORITHM)
        return self._mixer(self._finished(changed, draws, noise), labels, draws, coin)

    def view(self, images: NDArray[Any], photo_sha256: Sequence[str], number: int) -> NDArray[np.float32]:
        """Photos as one of the views that a frozen backbone sees: never mixed, and the same in every batch.

        Args:
            images: pixels 0 to 255, shape `(photos, size, size, 3)`.
            photo_sha256: of each photo's bytes; with the seed and `number` it fixes what is drawn for the photo.
            number: of the view, from 0 on.

        Returns:
            Pixels 0 to 255, shape `(photos, size, size, 3)`.
        """
        uniform = np.stack([photo_draws(self.seed, number, sha) for sha in photo_sha256])
        noise = None
        if self.config.noise:
            noise = np.stack([photo_noise(self.seed, number, sha, self.size) for sha in photo_sha256])
        changed = self._change(images.astype(np.float32), uniform)
        found: NDArray[np.float32] = self._finished(changed, Draws(tf.constant(uniform)), noise).numpy()
        return found

    def pixel_config(self) -> dict[str, Any]:
        """The part of the configuration on which the pixels of a view depend."""
        return self.config.model_dump(exclude={"mixup", "cutmix", "views"})

    def _changed(self, images: Any, uniform: Any) -> Any:
        draws, some = Draws(uniform), self.config.rand_augment
        operations = Operations.drawn(some, draws) if some else None
        matrices = drawn_geometry(self.config, draws) + (operations.geometry() if operations else [])
        images = resample(images, matrices)
        start = unchanged(images)
        change = drawn_colours(self.config, draws, start)
        change = operations.colours(change) if operations else change
        images = images if change is start else recolour(images, change)
        return operations.tones(images) if operations else images

    def _finished(self, images: Any, draws: Draws, noise: Any) -> Any:
        if self.config.blur:
            images = blurred(images, draws.between("blur", 0, self.config.blur))
        if noise is not None:
            images = tf.clip_by_value(images + noise * (self.config.noise * WHITE), 0.0, WHITE)
        return images

    def _seed(self, stream: int, batch: Any) -> Any:
        # Each replica has photos of its own, and draws for them what no other does.
        context = tf.distribute.get_replica_context()
        replica = tf.cast(context.replica_id_in_sync_group if context else 0, tf.int64)
        return tf.stack([((replica * _STAGES + self.stage) * _STREAMS + stream) * _SEEDS + self.seed, batch])
