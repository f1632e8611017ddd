"""Flips, turns, zooms, shifts and crops, put together into one resampling of each photo.

Keras has a layer for each of them. One after the other they are three to eight times slower and blur the photo each
time, `RandomFlip("horizontal_and_vertical")` throws one coin for both axes, `RandomCrop` cuts a whole batch alike,
and `ImageProjectiveTransformV3` below them cannot be compiled with the rest of a step by XLA.
"""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from sporeprint_training.augmentation.draws import Draws
from sporeprint_training.config_photos import AugmentationConfig

CROP_RATIO = 4 / 3
"""Of the longer to the shorter side of a random crop, at most (Szegedy et al. 2015)."""


def affine(xx: Any, xy: Any, yx: Any, yy: Any, dx: Any, dy: Any) -> Any:
    """Matrices `(photos, 3, 3)` that take a place in the result to the place in the photo that it shows.

    Places are measured from the photo's centre, to the right and down, as shares of its side. Each argument has the
    shape `(photos,)`.
    """
    zero, one = tf.zeros_like(xx), tf.ones_like(xx)
    rows = [tf.stack(row, axis=-1) for row in ([xx, xy, dx], [yx, yy, dy], [zero, zero, one])]
    return tf.stack(rows, axis=1)


def turn(angle: Any) -> Any:
    """Matrices that turn by angles `(photos,)`, radians."""
    nothing, cos, sin = tf.zeros_like(angle), tf.cos(angle), tf.sin(angle)
    return affine(cos, -sin, sin, cos, nothing, nothing)


def scale(x: Any, y: Any) -> Any:
    """Matrices that show `x` times the photo's width and `y` times its height."""
    nothing = tf.zeros_like(x)
    return affine(x, nothing, nothing, y, nothing, nothing)


def move(x: Any, y: Any) -> Any:
    """Matrices that shift by shares of the side."""
    one, nothing = tf.ones_like(x), tf.zeros_like(x)
    return affine(one, nothing, nothing, one, x, y)


def drawn_geometry(config: AugmentationConfig, draws: Draws) -> list[Any]:
    """Matrices of everything that the configuration turns on, to be multiplied from left to right."""
    found = []
    if config.crop < 1:
        found.append(_crop(config.crop, draws))
    if config.flip != "none":
        across = draws.coin("flip_x")
        down = draws.coin("flip_y") if config.flip == "both" else tf.ones_like(across)
        found.append(scale(across, down))
    if config.rotate:
        found.append(turn(draws.around("rotate", 0, math.radians(config.rotate))))
    if config.zoom:
        zoom = draws.around("zoom", 1, config.zoom)
        found.append(scale(zoom, zoom))
    if config.shift:
        found.append(move(draws.around("shift_x", 0, config.shift), draws.around("shift_y", 0, config.shift)))
    return found


def _crop(least: float, draws: Draws) -> Any:
    area = draws.between("crop_area", least, 1)
    # Of a square, a large share cannot be long and narrow.
    longest = tf.minimum(math.log(CROP_RATIO), -tf.math.log(area))
    ratio = tf.exp(longest * draws.around("crop_ratio", 0, 1))
    width, height = tf.sqrt(area * ratio), tf.sqrt(area / ratio)
    right, down = (1 - width) * draws.around("crop_x", 0, 0.5), (1 - height) * draws.around("crop_y", 0, 0.5)
    return tf.matmul(move(right, down), scale(width, height))


def resample(images: Any, matrices: list[Any]) -> Any:
    """Show the photos through the product of some matrices, bilinearly; beyond its edges a photo is mirrored.

    Args:
        images: float32 of shape `(photos, size, size, 3)`.
        matrices: each of shape `(photos, 3, 3)`, see `affine`; none leaves the photos as they are.
    """
    if not matrices:
        return images
    whole = matrices[0]
    for matrix in matrices[1:]:
        whole = tf.matmul(whole, matrix)
    size, photos = images.shape[1], tf.shape(images)[0]
    centre = (size - 1) / 2
    place = tf.range(size, dtype=tf.float32) - centre
    entry = whole[:, :2, :, None, None]
    at = entry[:, :, 0] * place + entry[:, :, 1] * place[:, None] + entry[:, :, 2] * size + centre
    at = _mirrored(at, size)
    before = tf.floor(at)
    part = (at - before)[..., None]
    low = tf.cast(before, tf.int32)
    high = tf.minimum(low + 1, size - 1)
    pixels = tf.reshape(images, (-1, images.shape[-1]))
    first = (tf.range(photos) * size * size)[:, None, None]

    def line(row: Any) -> Any:
        start = first + row * size
        left, right = tf.gather(pixels, start + low[:, 0]), tf.gather(pixels, start + high[:, 0])
        return left * (1 - part[:, 0]) + right * part[:, 0]

    return line(low[:, 1]) * (1 - part[:, 1]) + line(high[:, 1]) * part[:, 1]


def _mirrored(at: Any, size: int) -> Any:
    # d c b a | a b c d | d c b a: the edge's pixel is seen twice.
    turned = tf.math.floormod(at + 0.5, 2.0 * size)
    return tf.clip_by_value(tf.minimum(turned, 2.0 * size - turned) - 0.5, 0.0, size - 1.0)
