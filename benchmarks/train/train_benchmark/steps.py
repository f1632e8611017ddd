"""Training steps per second: a stage of the engine, and Keras' own step on tensors in memory, epochs in turn."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sporeprint_training.backbones import build_backbone
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.engine.learn import Training
from sporeprint_training.engine.prepare import begin, prepare
from sporeprint_training.engine.task import Task
from sporeprint_training.execution import jit
from sporeprint_training.models import assemble, build_head
from sporeprint_training.run_config import load_run_config
from sporeprint_training.weights import WeightsSource

BATCH = 16


def measure_steps(dataset: Path, runs: Path, rounds: int) -> tuple[float, float]:
    """Steps per second of the engine and of the bare loop, in the fastest of the epochs after the first.

    Args:
        dataset: folder of a data set of photos that fit into memory.
        runs: folder for what training leaves.
        rounds: epochs that are measured.
    """
    values = {
        "model.base": "mobilenet_v2",
        "model.weights": "none",
        "batch_size": BATCH,
        "dataset.data_augmentation": False,
        "callbacks.early_stopping": None,
        "max_epochs": rounds + 1,
    }
    config = load_run_config(None, values)
    bare: list[float] = []
    loops: list[_Bare] = []

    def after_epoch(ledger: Any) -> bool:
        bare.append(loops[0].epoch())
        return False

    task = begin(prepare(dataset, config), runs, watch=after_epoch)
    loops.append(_Bare(task, config))
    training = Training(task)
    training.run()
    rates = [
        row.steps / (row.data_seconds + row.step_seconds + row.callback_seconds) for row in training.ledger.history[1:]
    ]
    return max(rates), max(bare[1:])


class _Bare:
    """`train_on_batch` as Keras compiles it, on batches that lie ready as tensors."""

    def __init__(self, task: Task, config: RunConfig) -> None:
        backbone = build_backbone(config.model, WeightsSource("none", "", ""), task.spec.size)
        self._model = assemble(backbone, build_head(backbone.model.output_shape[1], task.n_classes, 0.5))
        self._model.compile(
            keras.optimizers.Adam(1e-3),
            keras.losses.CategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.CategoricalAccuracy()],
            jit_compile=jit(),
        )
        steps = len(task.photos("train")) // BATCH
        draw = np.random.default_rng(0)
        pixels = draw.integers(0, 256, (BATCH, task.spec.size, task.spec.size, 3)).astype(np.float32)
        labels = np.eye(task.n_classes, dtype=np.float32)[draw.integers(0, task.n_classes, BATCH)]
        self._batches = [(tf.constant(pixels), tf.constant(labels))] * steps

    def epoch(self) -> float:
        """Steps per second of one epoch."""
        started = time.perf_counter()
        for pixels, labels in self._batches:
            self._model.train_on_batch(pixels, labels)
        return len(self._batches) / (time.perf_counter() - started)
