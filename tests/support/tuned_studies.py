"""Searches with the stand-in for training, and what they left."""

from __future__ import annotations

import csv
from pathlib import Path

from sporeprint_training.tune.tune import Tuned

SEARCHED = {
    "batch_size": [16, 32, 64],
    "max_epochs": 3,
    "model": {
        "base": "compact",
        "learning_rate": {"min": 1e-4, "max": 1, "scale": "log"},
        "weight_decay": {"min": 1e-6, "max": 1e-2, "scale": "log"},
        "optimizer": {"epsilon": {"min": 1e-8, "max": 1e-3, "scale": "log"}},
    },
}
"""Learning rate, eps, weight decay and batch, as the ancestors of this project searched them."""
SEARCH_PROGRAM = """
import sys
from pathlib import Path
from sporeprint_training.tune.group import read_group
from sporeprint_training.tune.tune import tune
from sporeprint_training.workers import separate_workers
from stand_in_trial import ENGINE
if __name__ == "__main__":
    dataset, runs, config = map(Path, sys.argv[1:])
    with separate_workers(2) as executor:
        tune(dataset, runs, read_group(config), executor, retrain=False, resume=True, engine=ENGINE)
"""


def table(tuned_or_folder: Tuned | Path) -> list[dict[str, str]]:
    """Rows of trials.csv."""
    folder = tuned_or_folder if isinstance(tuned_or_folder, Path) else tuned_or_folder.folder
    with (folder / "trials.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def tried(rows: list[dict[str, str]], *states: str) -> list[tuple[str, ...]]:
    """What the trials in some states tried."""
    fixed = ("trial", "state", "repeats", "val_accuracy", "val_loss", "best_epoch", "epochs", "seconds")
    unlike = (*fixed, "n_parameters", "findings", "error")
    chosen = [row for row in rows if not states or row["state"] in states]
    return [tuple(value for key, value in row.items() if key not in unlike) for row in chosen]
