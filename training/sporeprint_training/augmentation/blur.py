"""Gaussian blur, of another strength for each photo."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

LEAST = 0.1
"""Standard deviation, pixels, below which a Gaussian reaches no neighbour."""


def blurred(images: Any, deviation: Any) -> Any:
    """The photos under a Gaussian; beyond its edges a photo is mirrored.

    Each axis is one product of matrices, which costs the same for any strength. Keras' `RandomGaussianBlur` draws one
    strength for a whole batch, at most 1, and photos to be spared; TensorFlow has no convolution with a kernel for
    each photo.

    Args:
        images: shape `(photos, size, size, 3)`.
        deviation: standard deviation for each photo, pixels, shape `(photos,)`.
    """
    size, shape = images.shape[1], tf.shape(images)
    weights = _weights(deviation, size)
    for _ in range(2):
        lines = tf.matmul(weights, tf.reshape(images, (shape[0], size, -1)))
        images = tf.transpose(tf.reshape(lines, shape), (0, 2, 1, 3))
    return images


def _weights(deviation: Any, size: int) -> Any:
    # Row i: the share of each pixel j in pixel i, those of its mirror images beyond both edges with it.
    i = tf.range(size, dtype=tf.float32)[:, None]
    j = tf.range(size, dtype=tf.float32)[None]
    wide = tf.maximum(deviation, LEAST)[:, None, None]
    total = sum(tf.exp(-0.5 * tf.square((i - place) / wide)) for place in (j, -1 - j, 2 * size - 1 - j))
    return total / tf.reduce_sum(total, axis=-1, keepdims=True)
