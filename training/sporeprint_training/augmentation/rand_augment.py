"""RandAugment (Cubuk et al. 2020): some operations for each photo, drawn from fourteen, all of one strength.

Keras' `RandAugment` draws the same operations for all photos of a batch, computes every one of them for each, fills
the corners with black and posterises less the greater its `factor` is. Here the turns, shears and shifts join the
photo's one resampling, and those of the colours its one linear change, whatever their number; what is not linear comes
after them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from sporeprint_training.augmentation.colour import WHITE, Linear
from sporeprint_training.augmentation.draws import Draws
from sporeprint_training.augmentation.geometry import affine, move, turn
from sporeprint_training.config_photos import RandAugmentConfig

OPERATIONS = (
    *("identity", "rotate", "shear_x", "shear_y", "shift_x", "shift_y"),
    *("brightness", "saturation", "contrast", "sharpness", "posterise", "solarise", "auto_contrast", "equalise"),
)
MOST_TURN = math.radians(30)
MOST_SHEAR = 0.3
MOST_SHIFT = 0.45
"""Share of the side."""
MOST_FACTOR = 0.9
"""Of brightness, saturation, contrast and sharpness: they become 0.1 to 1.9 times what they were at magnitude 1."""
MOST_BITS = 4
"""Taken from the 8 of each colour. All five as in the authors' own code."""
LEVELS = 256
SAMPLED_SIDE = 64
"""Rows and columns, at least, whose pixels make up the histogram of an equalisation, where a photo has as many."""


@dataclass(frozen=True)
class Operations:
    """What a batch of photos undergoes."""

    which: Any
    """Indices in `OPERATIONS`, shape `(photos, operations)`."""
    direction: Any
    """-1.0 or 1.0, likewise."""
    magnitude: float

    @classmethod
    def drawn(cls, config: RandAugmentConfig, draws: Draws) -> Operations:
        """Operations as configured."""
        which, direction = draws.operations(config.operations, len(OPERATIONS))
        return cls(which, direction, config.magnitude)

    def geometry(self) -> list[Any]:
        """Matrices of the turns, shears and shifts; see `geometry.resample`."""
        angle = self._sum("rotate", MOST_TURN)
        one, nothing = tf.ones_like(angle), tf.zeros_like(angle)
        across, down = self._sum("shear_x", MOST_SHEAR), self._sum("shear_y", MOST_SHEAR)
        shears = [
            affine(one, across, nothing, one, nothing, nothing),
            affine(one, nothing, down, one, nothing, nothing),
        ]
        return [turn(angle), *shears, move(self._sum("shift_x", MOST_SHIFT), self._sum("shift_y", MOST_SHIFT))]

    def colours(self, change: Linear) -> Linear:
        """Brightness, saturation and contrast after another change of colours."""
        change = change.scaled(self._factor("brightness")).saturated(self._factor("saturation"))
        return change.contrasted(self._factor("contrast"))

    def tones(self, images: Any) -> Any:
        """Everything that is not linear, for photos `(photos, size, size, 3)`, 0 to 255."""
        images = _sharpened(images, self._factor("sharpness")[:, None, None, None])
        changes = {
            "auto_contrast": _auto_contrasted,
            "equalise": _equalised,
            "solarise": self._solarised,
            "posterise": self._posterised,
        }
        for name, change in changes.items():
            images = tf.where(self._any(name), change(images), images)
        return tf.clip_by_value(images, 0.0, WHITE)

    def _is(self, name: str) -> Any:
        return self.which == OPERATIONS.index(name)

    def _sum(self, name: str, most: float) -> Any:
        # An operation drawn twice is done twice.
        return tf.reduce_sum(tf.where(self._is(name), self.direction * self.magnitude * most, 0.0), axis=1)

    def _factor(self, name: str) -> Any:
        factor = 1 + self.direction * self.magnitude * MOST_FACTOR
        return tf.reduce_prod(tf.where(self._is(name), factor, 1.0), axis=1)

    def _any(self, name: str) -> Any:
        return tf.reduce_any(self._is(name), axis=1)[:, None, None, None]

    def _solarised(self, images: Any) -> Any:
        return tf.where(images < LEVELS * (1 - self.magnitude), images, WHITE - images)

    def _posterised(self, images: Any) -> Any:
        step = 2.0 ** round(MOST_BITS * self.magnitude)
        return tf.floor(images / step) * step


def _sharpened(images: Any, factor: Any) -> Any:
    # Away from, or towards, the mean of the nine pixels around, the middle one counting five times.
    wide = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
    rows = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    smooth = (rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:] + 4 * images) / 13
    # In this form a factor of 1 leaves whole numbers whole.
    return tf.clip_by_value(images + (factor - 1) * (images - smooth), 0.0, WHITE)


def _auto_contrasted(images: Any) -> Any:
    low, high = (reduce(images, axis=(1, 2), keepdims=True) for reduce in (tf.reduce_min, tf.reduce_max))
    return tf.where(high > low, (images - low) * (WHITE / tf.maximum(high - low, 1e-3)), images)


def _equalised(images: Any) -> Any:
    # Each colour of each photo has a histogram of its own, and takes the share of pixels that are darker.
    shape = tf.shape(images)
    histograms = shape[0] * 3
    own = tf.reshape(tf.range(histograms), (shape[0], 1, 1, 3)) * LEVELS
    level = tf.cast(tf.round(images), tf.int32) + own
    # Counting is the slow part of all of this, and some thousand pixels say as much as all of them.
    step = max(1, images.shape[1] // SAMPLED_SIDE)
    sample = tf.reshape(level[:, ::step, ::step], (-1,))
    counts = tf.math.unsorted_segment_sum(tf.ones_like(sample), sample, histograms * LEVELS)
    darker = tf.cast(tf.cumsum(tf.reshape(counts, (-1, LEVELS)), axis=1, exclusive=True), tf.float32)
    brightest = tf.reduce_max(tf.where(tf.reshape(counts, (-1, LEVELS)) > 0, darker, 0.0), axis=1, keepdims=True)
    table = darker * (WHITE / tf.maximum(brightest, 1.0))
    # A colour of one level only stays as it is.
    table = tf.where(brightest > 0, table, tf.range(LEVELS, dtype=tf.float32))
    return tf.gather(tf.reshape(table, (-1,)), level)
