"""Training in processes of their own, without paying for TensorFlow's start in each of them."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["sporeprint_training.train"])
BLOCKS = ((16, 2, False), (24, 2, True))
"""Of the compact network: most of a short training is tracing the graph."""


def start_training(
    dataset: Path, runs: Path, values: Mapping[str, Any], resume: bool | None = False, replicas: int = 1
) -> Any:
    """A process that trains, and ends with exit code 0, or with that of the error.

    With several `replicas` the processor counts as so many devices.
    """
    process = _FORKS.Process(target=_train, args=(dataset, runs, dict(values), resume, replicas))
    process.start()
    return process


def kill_after(process: Any, moment: Callable[[], bool], most: float = 120.0) -> bool:
    """SIGKILL once `moment` has come; False when the process ended before."""
    end = time.monotonic() + most
    while process.is_alive() and time.monotonic() < end:
        if moment():
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            return True
        time.sleep(0.002)
    process.join(0.0 if process.is_alive() else None)
    assert not process.is_alive(), "neither the moment nor the end came"
    return False


def some_time_after_a_checkpoint(runs: Path, draw: random.Random) -> Callable[[], bool]:
    """A moment: a few checkpoints more than there are now, and some milliseconds."""
    known, wanted = _newest(runs), draw.randint(1, 3)
    due: list[float] = []

    def come() -> bool:
        if not due and _newest(runs) >= known + wanted:
            due.append(time.monotonic() + draw.uniform(0, 0.05))
        return bool(due) and time.monotonic() >= due[0]

    return come


def _newest(runs: Path) -> int:
    return max((int(path.name.split("-")[0]) for path in runs.glob(".unfinished/*/checkpoints/*-*.npz")), default=0)


def _train(dataset: Path, runs: Path, values: dict[str, Any], resume: bool | None, replicas: int) -> None:
    import tensorflow as tf

    from sporeprint_training import compact
    from sporeprint_training.engine import prepare
    from sporeprint_training.errors import SporeprintError
    from sporeprint_training.run_config import load_run_config
    from sporeprint_training.train import train

    compact.BLOCKS = BLOCKS
    if replicas > 1:
        devices = [tf.config.LogicalDeviceConfiguration()] * replicas
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], devices)
        names = [f"CPU:{index}" for index in range(replicas)]
        prepare.strategy = lambda: tf.distribute.MirroredStrategy(names)
    try:
        train(dataset, runs, load_run_config(None, values), resume=resume)
    except SporeprintError as error:
        print(error, flush=True)
        os._exit(error.exit_code)
    os._exit(0)
