"""A trial that takes milliseconds: softmax regression on drawn clusters, whose accuracy depends on the learning rate.

It lies here because worker processes import it. A configuration asks for trouble with its seed: `FAILS` raises, `DIES`
kills its process whenever it is tried, `DIES_ONCE` only the first time, `WAITS` stays until a file `go` appears.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.errors import StepFailed
from sporeprint_training.history import Epoch
from sporeprint_training.tune.tasks import Engine

FAILS, DIES, DIES_ONCE, WAITS = 1001, 1002, 1003, 1004
LOG, PREPARED = "trials.log", "prepared.log"
"""In the folder of runs: one line per trial that began, and per preparation."""


@dataclass(frozen=True)
class Result:
    """As the real one."""

    val_accuracy: float
    val_loss: float
    best_epoch: int
    epochs: int
    seconds: float
    n_parameters: int
    findings: list[str]


def run_trial(dataset: Path, runs: Path, config: RunConfig, after_epoch: Callable[[Epoch], bool]) -> Result:
    """Train, validating after each epoch."""
    with (runs / LOG).open("a") as stream:
        stream.write(f"{config.model_dump_json()}\n")
    _trouble(runs, config.seed)
    (x, y), (val_x, val_y) = _clusters(0), _clusters(1)
    draw, weights = np.random.default_rng(config.seed), np.zeros((8, 4))
    scores = []
    for number in range(config.max_epochs):
        order = draw.permutation(len(x))
        for start in range(0, len(x), config.batch_size):
            rows = order[start : start + config.batch_size]
            error = _softmax(x[rows] @ weights) - np.eye(4)[y[rows]]
            weights -= config.model.learning_rate * (
                x[rows].T @ error / len(rows) + config.model.weight_decay * weights
            )
        found = _softmax(val_x @ weights)
        accuracy = float((found.argmax(axis=1) == val_y).mean())
        loss = float(-np.log(found[np.arange(len(val_y)), val_y] + 1e-9).mean())
        scores.append((accuracy, loss))
        if after_epoch(Epoch("head", number, loss, accuracy, loss, accuracy, 0.0, 1, *[0.0] * 8)):
            break
    best = max(range(len(scores)), key=lambda number: scores[number])
    return Result(*scores[best], best, len(scores), 0.0, weights.size, [])


def prepare(dataset: Path, runs: Path, config: RunConfig) -> None:
    """Write down that it was called."""
    with (runs / PREPARED).open("a") as stream:
        stream.write(f"{config.model.base}\n")


ENGINE = Engine(run_trial, prepare)


def _trouble(runs: Path, seed: int) -> None:
    if seed == FAILS:
        raise StepFailed("The loss stays a finite number", received="nan", next_step="Lower model.learning_rate")
    if seed == DIES or (seed == DIES_ONCE and not (runs / "died").exists()):
        if seed == DIES_ONCE:
            (runs / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    while seed == WAITS and not (runs / "go").exists():
        time.sleep(0.02)


def _clusters(seed: int) -> tuple[np.ndarray, np.ndarray]:
    centres, draw = np.random.default_rng(9).normal(size=(4, 8)), np.random.default_rng(seed)
    labels = np.arange(240) % 4
    return centres[labels] * 0.8 + draw.normal(size=(240, 8)), labels


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
