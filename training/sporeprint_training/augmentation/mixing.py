"""Blending each photo and its label with the next one of the batch, as a whole or in a rectangle.

Keras' `CutMix` gives labels the area of a rectangle between pixels while the pixels are whole, draws its parameter at
random below the one given, and takes none above 1; hence both are done here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_training.augmentation.draws import Draws
from sporeprint_training.config_photos import AugmentationConfig

QUANTILES = 4096


def beta_quantiles(alpha: float) -> NDArray[np.float32]:
    """Values of Beta(alpha, alpha) that divide it into equal parts, their middles: one of them is a draw of it.

    Drawn so, a number costs one look-up and XLA can compile it, which it cannot the rejection sampling of TensorFlow.
    """
    wanted = tf.constant((np.arange(QUANTILES) + 0.5) / QUANTILES)
    shape = tf.fill((QUANTILES,), tf.constant(alpha, tf.float64))
    low, high = tf.zeros_like(wanted), tf.ones_like(wanted)
    for _ in range(40):
        middle = (low + high) / 2
        below = tf.math.betainc(shape, shape, middle) < wanted
        low, high = tf.where(below, middle, low), tf.where(below, high, middle)
    found: NDArray[np.float32] = ((low + high) / 2).numpy().astype(np.float32)
    return found


class Mixer:
    """MixUp (Zhang et al. 2018) and CutMix (Yun et al. 2019); with both on, each batch draws one.

    The partner of a photo is the next one of its batch, the order of which is random already.
    """

    def __init__(self, config: AugmentationConfig, size: int) -> None:
        self._mixup = beta_quantiles(config.mixup) if config.mixup else None
        self._cutmix = beta_quantiles(config.cutmix) if config.cutmix else None
        self._size = size

    def __call__(self, images: Any, labels: Any, draws: Draws, coin: Any) -> tuple[Any, Any]:
        """Mix a batch.

        Args:
            images: shape `(photos, size, size, 3)`.
            labels: shape `(photos, classes)`.
            draws: of the photos.
            coin: of the batch, a number in [0, 1): below a half is MixUp, where both are on.
        """
        own = self._own_share(draws, coin)
        if own is None:
            return images, labels
        share = tf.reduce_mean(own, axis=(1, 2))
        return _blend(images, own), _blend(labels, share)

    def _own_share(self, draws: Draws, coin: Any) -> Any:
        # Of each pixel, what stays of its own photo: (photos, rows, columns, 1), rows and columns 1 for MixUp alone.
        blended = None if self._mixup is None else _drawn(self._mixup, draws)[:, None, None, None]
        if self._cutmix is None:
            return blended
        cut = self._rectangle(_drawn(self._cutmix, draws), draws)
        return cut if blended is None else tf.where(coin < 0.5, blended, cut)

    def _rectangle(self, own: Any, draws: Draws) -> Any:
        # A rectangle of the photo's shape around a place drawn anywhere, cut off at the edges.
        inside = [self._inside(draws.between(name, 0, 1), own) for name in ("mix_y", "mix_x")]
        other = inside[0][:, :, None] & inside[1][:, None, :]
        return 1 - tf.cast(other, tf.float32)[..., None]

    def _inside(self, centre: Any, own: Any) -> Any:
        half = tf.sqrt(1 - own) / 2
        middles = (tf.range(self._size, dtype=tf.float32) + 0.5) / self._size
        return tf.abs(middles - centre[:, None]) < half[:, None]


def _drawn(quantiles: NDArray[np.float32], draws: Draws) -> Any:
    return tf.gather(tf.constant(quantiles), tf.cast(draws.between("mix", 0, QUANTILES), tf.int32))


def _blend(values: Any, own: Any) -> Any:
    return own * values + (1 - own) * tf.roll(values, -1, axis=0)
