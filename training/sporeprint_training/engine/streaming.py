"""Training photos that do not fit into memory, decoded anew in every epoch as fast as TensorFlow can.

A phone sees photos through `images.read_input`. Here JPEGs are decoded with libjpeg's fast transform, in a half, a
quarter or an eighth of their size where that still is as large as the input, and resized without a low-pass filter.
Photos that are judged are never read this way.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_training.batches import THREADS, PhotoReader, Rows
from sporeprint_training.errors import SporeprintError

_RATIOS = (8, 4, 2)
"""Scales that libjpeg decodes at, by what it leaves out of its transform."""
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive; ITU-T T.81, table B.1."""
_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1


class StreamedPhotos:
    """Pixels of photos that are read again in every epoch.

    Args:
        reader: of the photos; those that are no plain JPEGs are decoded by it.
    """

    is_made = True

    def __init__(self, reader: PhotoReader) -> None:
        self._reader = reader
        self.failed: SporeprintError | None = None
        """Why the last photo could not be read; TensorFlow raises an error of its own instead."""
        self._plain = plain_jpegs(reader.paths)

    def draw(self, rows: Rows, seed: Sequence[int]) -> Rows:
        """The rows themselves."""
        return rows

    def load(self, positions: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
        """Batches of uint8 `(batch, size, size, 3)`."""
        paths, plain = tf.constant([str(path) for path in self._reader.paths]), tf.constant(self._plain)
        spec = self._reader.spec

        def decode(row: Any) -> Any:
            pixels = tf.cond(
                tf.gather(plain, row),
                lambda: decode_fast(tf.gather(paths, row), spec.size, spec.fit == "crop", spec.crop_fraction),
                lambda: tf.numpy_function(self._read, [row], tf.uint8),
            )
            return tf.ensure_shape(pixels, (spec.size, spec.size, 3)), row

        made = positions.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return made.batch(batch_size)

    def _read(self, row: np.int64) -> NDArray[np.uint8]:
        try:
            return np.asarray(self._reader.read(np.array([row]))[0])
        except SporeprintError as error:
            self.failed = error
            raise


def decode_fast(path: Any, size: int, crop: bool, crop_fraction: float) -> Any:
    """Decode a plain JPEG inside a tf.data pipeline: uint8 `(size, size, 3)`.

    Args:
        path: of the file, a text tensor.
        size: side of the result, pixels.
        crop: cut the centred square; otherwise the whole photo is squeezed.
        crop_fraction: side of that square as a share of the shorter side.
    """
    data = tf.io.read_file(path)
    sides = tf.image.extract_jpeg_shape(data)[:2]
    shorter = tf.cast(tf.reduce_min(sides), tf.float32) * (crop_fraction if crop else 1.0)
    spare = tf.cast(shorter, tf.int32) // size

    def scaled(ratio: int) -> Any:
        return lambda: tf.io.decode_jpeg(data, channels=3, ratio=ratio, dct_method="INTEGER_FAST")

    pixels = tf.case([(spare >= ratio, scaled(ratio)) for ratio in _RATIOS], default=scaled(1))
    if crop:
        found = tf.shape(pixels)
        side = tf.cast(tf.cast(tf.minimum(found[0], found[1]), tf.float32) * crop_fraction, tf.int32)
        top, left = (found[0] - side) // 2, (found[1] - side) // 2
        pixels = pixels[top : top + side, left : left + side]
    return tf.cast(tf.round(tf.image.resize(pixels, (size, size))), tf.uint8)


def plain_jpegs(paths: Sequence[Path]) -> NDArray[np.bool_]:
    """Which files TensorFlow decodes as a phone does: JPEGs in colour or grey without an EXIF block, shape `(files,)`.

    TensorFlow ignores the orientation that an EXIF block may state.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        return np.fromiter(pool.map(_is_plain, paths), bool, count=len(paths))


def _is_plain(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return _walk(stream)
    except (OSError, struct.error):
        return False


def _walk(stream: BinaryIO) -> bool:
    # Segments before the picture: a marker, a length that counts itself, and content.
    if stream.read(2) != b"\xff\xd8":
        return False
    colours = 0
    while True:
        lead, marker, length = struct.unpack(">BBH", stream.read(4))
        if lead != 0xFF or marker in (_APP1, _END):
            return False
        if marker == _SCAN:
            return colours in (1, 3)
        content = stream.read(6) if marker in _FRAMES else b""
        if content:
            colours = content[5]
        stream.seek(length - 2 - len(content), 1)
