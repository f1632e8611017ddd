"""The grid through `sporeprint tune`'s own function, and what as many plain trainings would take."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.tune.group import Group, read_group
from sporeprint_training.tune.tune import Tuned, tune
from sporeprint_training.workers import separate_workers


@dataclass(frozen=True)
class Searched:
    """A finished grid."""

    tuned: Tuned
    seconds: float
    """Of everything: processes, features, trials, report; without the run that is trained at the end."""
    epochs: float
    """Mean of a trial."""


def search(dataset: Path, folder: Path, content: dict[str, Any], jobs: int) -> tuple[Group, Searched]:
    """Try the grid in an empty folder, so that no feature is known before."""
    path = folder / "grid.json"
    path.write_text(json.dumps(content))
    group = read_group(path)
    started = time.perf_counter()
    with separate_workers(jobs) as workers:
        tuned = tune(dataset, folder / "runs", group, workers, jobs=jobs, retrain=False)
    seconds = time.perf_counter() - started
    rows = (tuned.folder / "trials.csv").read_text(encoding="utf-8").splitlines()
    place = rows[0].split(",").index("epochs")
    trained = [int(row.split(",")[place]) for row in rows[1:] if row.split(",")[1] == "complete"]
    return group, Searched(tuned, seconds, sum(trained) / len(trained))


def one_of_each(group: Group) -> dict[str, RunConfig]:
    """One middling combination per backbone: batch 32, dropout 0.3, learning rate 0.0005 where there is such."""
    found: dict[str, RunConfig] = {}
    for params in group.space.combinations():
        config = group.space.config(params)
        middling = (config.batch_size, config.model.classifier.dropout, config.model.learning_rate) == (32, 0.3, 0.0005)
        if middling or config.model.base not in found:
            found[config.model.base] = config
    return found


def reckoned(seconds: list[float], runs: int) -> float:
    """What `runs` plain trainings would take, the measured ones being typical."""
    return sum(seconds) / len(seconds) * runs
