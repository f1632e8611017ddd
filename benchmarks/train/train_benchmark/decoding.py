"""Photos decoded per second: as the engine streams training photos, and by every way that tf.io has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from sporeprint_training.batches import PhotoReader
from sporeprint_training.engine.pipeline import Source
from sporeprint_training.engine.streaming import StreamedPhotos
from sporeprint_training.input_spec import InputSpec
from train_benchmark.forward import in_turn

BATCH = 32
SIZE = 224
PASS = 1800
"""Photos decoded in a pass: one to two seconds, of which tf.data takes some tenths to find its pace."""


def measure_decoding(paths: Sequence[Path], rounds: int) -> dict[str, float]:
    """Photos per second by way, the fastest of rounds in turn; `engine` is ours, the others are tf.io's."""
    source = StreamedPhotos(PhotoReader(paths, InputSpec(size=SIZE), keep=False))
    ways = {"engine": _run(_streamed(source, len(paths)))}
    for name, decode in _variants().items():
        made = tf.data.Dataset.from_tensor_slices([str(path) for path in paths])
        ways[name] = _run(made.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).batch(BATCH))
    return dict(zip(ways, in_turn(len(paths), rounds, *ways.values()), strict=True))


def repeated(paths: Sequence[Path]) -> list[Path]:
    """As many photos as a pass decodes, each as often as it takes."""
    return list(islice(cycle(paths), PASS))


def _streamed(source: Source, count: int) -> tf.data.Dataset:
    return source.load(tf.data.Dataset.from_tensor_slices(np.arange(count)), BATCH)


def _run(dataset: tf.data.Dataset) -> Callable[[], None]:
    def run() -> None:
        for _ in dataset:
            pass

    return run


def _variants() -> dict[str, Callable[[Any], Any]]:
    def whole(method: str, ratio: int) -> Callable[[Any], Any]:
        def decode(path: Any) -> Any:
            data = tf.io.read_file(path)
            return _square(tf.io.decode_jpeg(data, channels=3, ratio=ratio, dct_method=method))

        return decode

    def cut(path: Any) -> Any:
        data = tf.io.read_file(path)
        sides = tf.image.extract_jpeg_shape(data)[:2]
        side = tf.reduce_min(sides)
        corner = (sides - side) // 2
        window = tf.concat([corner, [side, side]], axis=0)
        pixels = tf.io.decode_and_crop_jpeg(data, window, channels=3, dct_method="INTEGER_FAST")
        return tf.cast(tf.image.resize(pixels, (SIZE, SIZE)), tf.uint8)

    return {
        "decode_jpeg": whole("", 1),
        "decode_jpeg, fast": whole("INTEGER_FAST", 1),
        "decode_jpeg, fast, half size": whole("INTEGER_FAST", 2),
        "decode_and_crop_jpeg, fast": cut,
    }


def _square(pixels: Any) -> Any:
    sides = tf.shape(pixels)[:2]
    side = tf.reduce_min(sides)
    top, left = (sides[0] - side) // 2, (sides[1] - side) // 2
    return tf.cast(tf.image.resize(pixels[top : top + side, left : left + side], (SIZE, SIZE)), tf.uint8)
