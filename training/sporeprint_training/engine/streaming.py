"""Training photos that do not fit into memory, decoded anew in every epoch as fast as TensorFlow can.

A phone sees photos through `images.read_input`. Here JPEGs are decoded with libjpeg's fast transform, in a half, a
quarter or an eighth of their size where that still is as large as the input, and resized without a low-pass filter.
Photos that are judged are never read this way.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_training.batches import THREADS, PhotoReader, Rows
from sporeprint_training.errors import SporeprintError
from sporeprint_training.images import is_upright
from sporeprint_training.input_spec import InputSpec

_RATIOS = (8, 4, 2)
"""Scales that libjpeg decodes at, by what it leaves out of its transform."""
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive; ITU-T T.81, table B.1."""
_SCAN, _END = 0xDA, 0xD9


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
        self._sides = plain_jpegs(reader.paths)
        self._ratios = decoding_ratios(self._sides, reader.spec)

    def draw(self, rows: Rows, seed: Sequence[int]) -> Rows:
        """The rows themselves."""
        return rows

    def load(self, positions: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
        """Batches of uint8 `(batch, size, size, 3)`."""
        paths, ratios = tf.constant([str(path) for path in self._reader.paths]), tf.constant(self._ratios)
        spec = self._reader.spec
        # A branch for each way that occurs, and none where there is one way: asking takes longer than a small photo.
        ways = {int(ratio): self._way(int(ratio), paths) for ratio in np.unique(self._ratios)}

        def decode(row: Any) -> Any:
            if len(ways) == 1:
                pixels = next(iter(ways.values()))(row)
            else:
                wanted = tf.gather(ratios, row)
                cases = [(tf.equal(wanted, ratio), partial(way, row)) for ratio, way in ways.items()]
                pixels = tf.case(cases, exclusive=True)
            return tf.ensure_shape(pixels, (spec.size, spec.size, 3)), row

        made = positions.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return made.batch(batch_size)

    def _way(self, ratio: int, paths: Any) -> Callable[[Any], Any]:
        if not ratio:
            return lambda row: tf.numpy_function(self._read, [row], tf.uint8)
        sides = tf.constant(self._sides)
        return lambda row: decode_fast(tf.gather(paths, row), tf.gather(sides, row), self._reader.spec, ratio)

    def _read(self, row: np.int64) -> NDArray[np.uint8]:
        try:
            return np.asarray(self._reader.read(np.array([row]))[0])
        except SporeprintError as error:
            self.failed = error
            raise


def decode_fast(path: Any, sides: Any, spec: InputSpec, ratio: int) -> Any:
    """Decode a plain JPEG inside a tf.data pipeline: uint8 `(size, size, 3)`.

    Args:
        path: of the file, a text tensor.
        sides: height and width of the photo, pixels, `(2,)`.
        spec: geometry of the input.
        ratio: 1, 2, 4 or 8, by which libjpeg makes the photo smaller while it decodes.
    """
    data, method = tf.io.read_file(path), "INTEGER_FAST"
    if spec.fit == "crop":
        # What lies outside the square is not decoded. libjpeg rounds the sides of what it makes smaller up.
        square = _square(-(-sides // ratio), spec)
        pixels = tf.io.decode_and_crop_jpeg(data, square, channels=3, ratio=ratio, dct_method=method)
    else:
        pixels = tf.io.decode_jpeg(data, channels=3, ratio=ratio, dct_method=method)
    return tf.cast(tf.image.resize(pixels, (spec.size, spec.size)), tf.uint8)


def _square(sides: Any, spec: InputSpec) -> Any:
    side = tf.reduce_min(sides)
    if spec.crop_fraction < 1:
        side = tf.cast(tf.cast(side, tf.float32) * spec.crop_fraction, tf.int32)
    corner = (sides - side) // 2
    return tf.stack([corner[0], corner[1], side, side])


def plain_jpegs(paths: Sequence[Path]) -> NDArray[np.int32]:
    """Height and width of each file that TensorFlow decodes as a phone does, `(files, 2)`; 0 for all others.

    Those are upright JPEGs in colour or grey: TensorFlow ignores the orientation that an EXIF block may state.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(_sides, paths))
    return np.array(found, np.int32).reshape(len(paths), 2)


def decoding_ratios(sides: NDArray[np.int32], spec: InputSpec) -> NDArray[np.int32]:
    """How much smaller each photo may be decoded, `(files,)`: 1, 2, 4 or 8, and 0 where `sides` is 0."""
    shorter = sides.min(axis=1, initial=np.iinfo(np.int32).max)
    used = shorter * (spec.crop_fraction if spec.fit == "crop" else 1.0)
    ratios = np.select([used >= ratio * spec.size for ratio in _RATIOS], _RATIOS, default=1)
    return np.where(shorter > 0, ratios, 0).astype(np.int32)


def _sides(path: Path) -> tuple[int, int]:
    try:
        with path.open("rb") as stream:
            found = _walk(stream)
        return found if found[0] and is_upright(path) else (0, 0)
    except (OSError, struct.error):
        return 0, 0


def _walk(stream: BinaryIO) -> tuple[int, int]:
    # Segments before the picture: a marker, a length that counts itself, and content.
    sides = (0, 0)
    if stream.read(2) != b"\xff\xd8":
        return sides
    while True:
        lead, marker, length = struct.unpack(">BBH", stream.read(4))
        if lead != 0xFF or marker == _END:
            return 0, 0
        if marker == _SCAN:
            return sides
        content = stream.read(6) if marker in _FRAMES else b""
        if content:
            _, height, width, colours = struct.unpack(">BHHB", content)
            sides = (height, width) if colours in (1, 3) else (0, 0)
        stream.seek(length - 2 - len(content), 1)
