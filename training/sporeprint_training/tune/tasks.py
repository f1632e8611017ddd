"""What a worker does: one trial, or the features that many share. The same functions run here and on a cluster."""

from __future__ import annotations

import os
import platform
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import optuna
from optuna.storages import JournalStorage

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.errors import SporeprintError
from sporeprint_training.tune.group import GroupConfig
from sporeprint_training.tune.journal import JOURNAL_FILE, open_journal
from sporeprint_training.tune.study import pruner
from sporeprint_training.tune.trials import WORKER

if TYPE_CHECKING:
    from sporeprint_training.history import Epoch
    from sporeprint_training.trial import TrialResult

REPORT_SECONDS = 1.0
"""Between two reports of a trial that nothing depends on; with pruning every epoch is reported."""
_ONE_AT_A_TIME = threading.Lock()
"""Keras keeps one state for the whole process, and a cluster's worker may have several threads."""


@dataclass(frozen=True)
class Engine:
    """What trains; functions of modules that workers can import."""

    run_trial: Callable[[Path, Path, RunConfig, Callable[[Epoch], bool]], TrialResult]
    """Of data set, runs, configuration, and what to call after each epoch, which says whether to stop."""
    prepare: Callable[[Path, Path, RunConfig], None]
    """Compute and keep what trials share."""


def _run_trial(dataset: Path, runs: Path, config: RunConfig, after_epoch: Callable[[Epoch], bool]) -> TrialResult:
    from sporeprint_training.trial import run_trial  # TensorFlow, which the process that asks and tells does without

    return run_trial(dataset, runs, config, after_epoch)


def _prepare(dataset: Path, runs: Path, config: RunConfig) -> None:
    from sporeprint_training.trial import cache_features

    cache_features(dataset, runs, config)


TRAINING = Engine(_run_trial, _prepare)


@dataclass(frozen=True)
class Task:
    """One trial."""

    study: Path
    """Folder, the same on every machine."""
    name: str
    number: int
    settings: GroupConfig
    dataset: Path
    runs: Path
    config: RunConfig
    engine: Engine


@dataclass(frozen=True)
class Outcome:
    """What came of a trial."""

    state: Literal["complete", "pruned", "failed", "begun_before"]
    """`begun_before`: a cluster gave the task to a second worker when the first one was gone; nothing was done."""
    found: dict[str, Any]
    """The numbers of `TrialResult`, or `error`, and `traceback` where that is no message for a user."""


def run_trial_task(task: Task) -> Outcome:
    """Train one configuration, reporting its epochs to the study; what it raises is a result like others."""
    with _ONE_AT_A_TIME:
        try:
            watch = _Watch(task)
            if not watch.claim():
                return Outcome("begun_before", {})
            started = time.monotonic()
            result = task.engine.run_trial(task.dataset, task.runs, task.config, watch)
            found = {**asdict(result), "seconds": time.monotonic() - started, "worker": worker_name()}
            found["findings"] = [str(finding) for finding in found.get("findings", ())]
            return Outcome("pruned" if watch.stopped else "complete", found)
        except SporeprintError as error:
            return Outcome("failed", {"error": str(error)})
        except Exception as error:  # whatever a library raises: one trial of many
            lines = str(error).strip().splitlines()
            said = f"{type(error).__name__}: {lines[0] if lines else ''}"[:300]
            return Outcome("failed", {"error": said, "traceback": traceback.format_exc()[-4000:]})


def prepare_task(engine: Engine, dataset: Path, runs: Path, config: RunConfig) -> str:
    """Compute what trials of a configuration share.

    Returns:
        What went wrong, empty when nothing did.
    """
    with _ONE_AT_A_TIME:
        try:
            engine.prepare(dataset, runs, config)
        except SporeprintError as error:
            return str(error)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""


def worker_name() -> str:
    """Host and process."""
    return f"{platform.node()}:{os.getpid()}"


class _Watch:
    """Called after each epoch: reports it, and says whether to stop."""

    def __init__(self, task: Task) -> None:
        journal = task.study / JOURNAL_FILE
        self._storage, self._study = _joined(task.study, task.name, task.settings, journal.stat().st_ino)
        self._trial = self._study.get_trials(deepcopy=False)[task.number]._trial_id
        self._metric, self._pruning = task.settings.metric, task.settings.pruning is not None
        self._epochs, self._reported = 0, 0.0
        self.stopped = False

    def claim(self) -> bool:
        if WORKER in self._storage.get_trial(self._trial).user_attrs:
            return False
        self._storage.set_trial_user_attr(self._trial, WORKER, worker_name())
        return True

    def __call__(self, epoch: Epoch) -> bool:
        step, self._epochs = self._epochs, self._epochs + 1
        if not self._pruning and time.monotonic() - self._reported < REPORT_SECONDS:
            return False
        self._storage.set_trial_intermediate_value(self._trial, step, getattr(epoch, self._metric))
        self._reported = time.monotonic()
        if self._pruning:
            self.stopped = self._study.pruner.prune(self._study, self._storage.get_trial(self._trial))
        return self.stopped


@lru_cache(maxsize=1)
def _joined(folder: Path, name: str, settings: GroupConfig, inode: int) -> tuple[JournalStorage, optuna.Study]:
    # Reading a long journal takes a while, and a worker has many trials; `inode` tells a study from one begun anew.
    storage = open_journal(folder)
    return storage, optuna.load_study(study_name=name, storage=storage, pruner=pruner(settings))
