"""What is still being done in a folder of runs: trainings and searches, without loading TensorFlow."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sporeprint_training.engine.unfinished import PROGRESS_FILE, UNFINISHED_FOLDER


@dataclass(frozen=True)
class UnfinishedRun:
    """A training that has not ended: its last words in `runs/.unfinished/ID/progress.json`."""

    id: str
    base: str
    dataset: str
    """Its folder."""
    stage: str
    epoch: int
    """Epochs that the stage has finished."""
    epochs: int
    """Most that it may have."""
    val_accuracy: float | None
    updated: float
    """When, in seconds since 1970."""
    host: str
    stopped: bool
    """Its process is gone; only known of this machine's."""


def unfinished_runs(runs: Path) -> list[UnfinishedRun]:
    """All of them, by id; a folder that says nothing readable is left out, because its training may be writing it."""
    found = []
    for path in sorted((runs / UNFINISHED_FOLDER).glob(f"*/{PROGRESS_FILE}")):
        try:
            found.append(_read(path))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _read(path: Path) -> UnfinishedRun:
    said: dict[str, Any] = json.loads(path.read_bytes())
    here = said["host"] == socket.gethostname()
    return UnfinishedRun(
        id=path.parent.name,
        base=str(said["base"]),
        dataset=str(said["dataset"]),
        stage=str(said["stage"]),
        epoch=int(said["epoch"]),
        epochs=int(said["epochs"]),
        val_accuracy=None if said.get("val_accuracy") is None else float(said["val_accuracy"]),
        updated=float(said["updated"]),
        host=str(said["host"]),
        stopped=here and not _alive(int(said["pid"])),
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
