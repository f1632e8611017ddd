"""Photos per second through a frozen backbone: as features are computed, and by `predict` on a tensor in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from sporeprint_training.backbones import build_backbone
from sporeprint_training.batches import PhotoReader
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.features import forward
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.weights import WeightsSource

BATCH = 32


def measure_forward(paths: Sequence[Path], rounds: int) -> tuple[float, float]:
    """Photos per second of the features and of bare `predict`, the fastest of rounds in turn.

    The photos of the features are decoded before, as those of `predict` are.
    """
    backbone = build_backbone(ModelConfig(base="mobilenet_v2", weights="none"), WeightsSource("none", "", ""), None)
    reader = PhotoReader(paths, InputSpec(size=backbone.size))
    pixels = reader.read(np.arange(len(paths))).astype(np.float32)
    features, predict = in_turn(
        len(paths),
        rounds,
        lambda: forward(backbone, reader, BATCH),
        lambda: backbone.model.predict(pixels, batch_size=BATCH, verbose=0),
    )
    return features, predict


def in_turn(count: int, rounds: int, *ways: Callable[[], object]) -> tuple[float, ...]:
    """Best rate of each way of doing `count` things, one after the other in every round, each time another first.

    What else the machine does only ever slows a pass, and not all ways alike.
    """
    rates: list[list[float]] = [[] for _ in ways]
    for round_ in range(rounds + 1):
        for place in range(len(ways)):
            number = (place + round_) % len(ways)
            started = time.perf_counter()
            ways[number]()
            if round_:  # the first traces graphs and warms caches
                rates[number].append(count / (time.perf_counter() - started))
    return tuple(max(found) for found in rates)
