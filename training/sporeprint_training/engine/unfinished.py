"""Runs that are being trained, or were when something stopped them: `runs/.unfinished/ID/`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sporeprint_training.artefact import canonical_json, write_bytes
from sporeprint_training.engine.checkpoints import FOLDER, Content, read_checkpoint, write_checkpoint
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.history import Epoch
from sporeprint_training.locking import locked

UNFINISHED_FOLDER = ".unfinished"
REQUEST_FILE = "request.json"
PROGRESS_FILE = "progress.json"
TENSORBOARD_FOLDER = "tensorboard"
LAST_GOOD_FILE = "last_good.keras"
_LOCK_FILE = "lock"
_NAMED_KEYS = 8
"""Differing keys that an error names."""


@dataclass
class Unfinished:
    """A run that this process trains."""

    folder: Path
    request: Mapping[str, Any]
    keep: int
    resumed: Content | None = None
    """The checkpoint to go on from; None from the start."""
    damaged: list[str] = field(default_factory=list)
    """Names of newer checkpoints whose bytes are not what was written."""
    _said: float = 0.0

    def save(self, content: Content) -> None:
        """Write a checkpoint."""
        write_checkpoint(self.folder / FOLDER, content, self.keep)

    def tell(self, row: Epoch, epochs: int) -> None:
        """Say how far it is, for `sporeprint runs`; at most once a second."""
        now = time.time()
        if now - self._said < 1:
            return
        self._said = now
        told = {"id": self.request["id"], "base": self.request["config"]["model"]["base"]}
        told |= {"dataset": self.request["dataset"], "stage": row.stage, "epoch": row.epoch + 1, "epochs": epochs}
        told |= {"val_accuracy": row.val_accuracy, "pid": os.getpid(), "host": socket.gethostname(), "updated": now}
        write_bytes(self.folder / PROGRESS_FILE, canonical_json(told), lasting=False)


@contextmanager
def unfinished(runs: Path, request: Mapping[str, Any], *, resume: bool | None, keep: int) -> Iterator[Unfinished]:
    """Hold the place of a run while it is trained; deleted when the block ends, unless an error leaves checkpoints.

    Args:
        runs: folder of all runs.
        request: `id`, `dataset` (a path), `dataset_sha256` and `config`, as JSON values.
        resume: go on from the last checkpoint; False begins anew, None goes on if there is one.
        keep: checkpoints that stay.

    Raises:
        BadInput: there is nothing to resume, or what there is was asked for otherwise.
        StepFailed: another process trains the same run.
    """
    folder = runs / UNFINISHED_FOLDER / str(request["id"])
    if resume and not (folder / REQUEST_FILE).is_file():
        raise _nothing_to_resume(runs, request)
    with locked(folder / _LOCK_FILE, 0) as free:
        if not free:
            raise _trained_elsewhere(folder)
        place = Unfinished(folder, request, keep)
        if resume is not False:
            place.resumed = read_checkpoint(folder / FOLDER, lambda path: place.damaged.append(path.name))
        if place.resumed is None:
            for name in (FOLDER, TENSORBOARD_FOLDER):
                shutil.rmtree(folder / name, ignore_errors=True)
        write_bytes(folder / REQUEST_FILE, canonical_json(dict(request)))
        try:
            yield place
        except BaseException:
            if not any((folder / FOLDER).glob("*.npz")) and not (folder / LAST_GOOD_FILE).exists():
                _remove(folder)
            raise
        _remove(folder)


def read_requests(runs: Path) -> list[dict[str, Any]]:
    """What the unfinished runs were asked for."""
    found = []
    for path in sorted((runs / UNFINISHED_FOLDER).glob(f"*/{REQUEST_FILE}")):
        try:
            found.append(json.loads(path.read_bytes()))
        except (OSError, ValueError):
            continue
    return [item for item in found if isinstance(item, dict)]


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # others are at work there
        folder.parent.rmdir()


def _trained_elsewhere(folder: Path) -> StepFailed:
    return StepFailed(
        "A run is trained by one process at a time",
        received=f"{folder.name}, which another one is training",
        next_step="Wait for it: `sporeprint runs` shows how far it is",
    )


def _nothing_to_resume(runs: Path, request: Mapping[str, Any]) -> BadInput:
    others = [item for item in read_requests(runs) if item.get("dataset_sha256") == request["dataset_sha256"]]
    if not others:
        received = f"no unfinished run of {request['dataset']} in {runs}"
    else:
        received = "; ".join(f"{item.get('id')} differs in {_differences(item, request)}" for item in others)
    return BadInput(
        "A run is resumed with the configuration, the photos and the versions that it began with",
        received=received,
        next_step="Ask for what it was asked for, or leave --resume out to begin anew",
    )


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    first, second = (_flat({"versions": item.get("versions"), **item.get("config", {})}) for item in (one, other))
    keys = [key for key in sorted(first | second) if first.get(key) != second.get(key)]
    named = [f"{key} ({first.get(key)!r}, now {second.get(key)!r})" for key in keys[:_NAMED_KEYS]]
    return ", ".join(named) + (f" and {len(keys) - _NAMED_KEYS} more" if len(keys) > _NAMED_KEYS else "") or "nothing"


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {prefix: value}
    return {key: item for name, inner in value.items() for key, item in _flat(inner, _join(prefix, name)).items()}


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name
