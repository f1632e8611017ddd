"""Brightness, contrast, saturation and hue, put together into one linear change of each photo's colours.

Keras' `RandomSaturation` clips to the wrong range where white is 255, and its `RandomHue` keeps the largest of the
three colours instead of the brightness that an eye sees; each converts all pixels to another colour space and back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from sporeprint_training.augmentation.draws import Draws
from sporeprint_training.config_photos import AugmentationConfig

WHITE = 255.0
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Share of red, green and blue in what an eye sees as brightness. Source: ITU-R BT.601."""
_GREY = np.repeat(LUMA[:, None], 3, axis=1)
_YIQ = np.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]]).T
"""Turns a row RGB into luma and two colour axes, in whose plane hue is the angle. Source: FCC NTSC, 1953."""


@dataclass(frozen=True)
class Linear:
    """A change of colours: each row RGB times `matrix`, plus `offset`."""

    matrix: Any
    """Shape `(photos, 3, 3)`."""
    offset: Any
    """Shape `(photos, 1, 3)`, pixels 0 to 255."""
    mean: Any
    """Mean colour of the photos before the change, shape `(photos, 1, 3)`."""

    def then(self, matrix: Any) -> Linear:
        """The same, and then each row times another matrix."""
        return Linear(tf.matmul(self.matrix, matrix), tf.matmul(self.offset, matrix), self.mean)

    def brighter(self, amount: Any) -> Linear:
        """The same, and then a share of white more, for each photo."""
        return Linear(self.matrix, self.offset + (amount * WHITE)[:, None, None], self.mean)

    def scaled(self, factor: Any) -> Linear:
        """The same, and then all light times a factor."""
        return Linear(self.matrix * factor[:, None, None], self.offset * factor[:, None, None], self.mean)

    def contrasted(self, factor: Any) -> Linear:
        """The same, and then the distance to the photo's mean colour times a factor."""
        mean = tf.matmul(self.mean, self.matrix) + self.offset
        wider = self.scaled(factor)
        return Linear(wider.matrix, wider.offset + mean * (1 - factor[:, None, None]), self.mean)

    def saturated(self, factor: Any) -> Linear:
        """The same, and then the distance of each pixel to its grey times a factor."""
        share = factor[:, None, None]
        return self.then(share * tf.eye(3) + (1 - share) * _GREY)

    def turned(self, angle: Any) -> Linear:
        """The same, and then the colour circle turned by an angle, radians, at the same brightness."""
        nothing, cos, sin = tf.zeros_like(angle), tf.cos(angle), tf.sin(angle)
        rows = [[nothing + 1, nothing, nothing], [nothing, cos, sin], [nothing, -sin, cos]]
        circle = tf.stack([tf.stack(row, axis=-1) for row in rows], axis=1)
        to, back = tf.constant(_YIQ, tf.float32), tf.constant(np.linalg.inv(_YIQ), tf.float32)
        return self.then(to @ circle @ back)


def unchanged(images: Any) -> Linear:
    """The start of a change of these photos' colours."""
    photos = tf.shape(images)[0]
    mean = tf.reduce_mean(images, axis=(1, 2))[:, None]
    return Linear(tf.eye(3, batch_shape=[photos]), tf.zeros((photos, 1, 3)), mean)


def drawn_colours(config: AugmentationConfig, draws: Draws, change: Linear) -> Linear:
    """Everything that the configuration turns on, after `change`."""
    if config.brightness:
        change = change.brighter(draws.around("brightness", 0, config.brightness))
    if config.contrast:
        change = change.contrasted(draws.around("contrast", 1, config.contrast))
    if config.saturation:
        change = change.saturated(draws.around("saturation", 1, config.saturation))
    if config.hue:
        change = change.turned(draws.around("hue", 0, config.hue * 2 * math.pi))
    return change


def recolour(images: Any, change: Linear) -> Any:
    """The photos with their colours changed, within 0 to 255, shape `(photos, size, size, 3)`."""
    pixels = tf.reshape(images, (tf.shape(images)[0], -1, 3))
    changed = tf.matmul(pixels, change.matrix) + change.offset
    return tf.clip_by_value(tf.reshape(changed, tf.shape(images)), 0.0, WHITE)
