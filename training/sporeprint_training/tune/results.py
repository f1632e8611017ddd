"""What a study leaves to read: a table of its trials, and the best configuration."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from sporeprint_training.artefact import canonical_json, replacing_text, write_bytes
from sporeprint_training.tune.study import StudyStore
from sporeprint_training.tune.trials import LOST, REPEATS, outcome_of, params_of, state_of

TRIALS_FILE, BEST_FILE, REPORT_FILE = "trials.csv", "best.json", "report.html"
_NUMBERS = ("val_accuracy", "val_loss", "best_epoch", "epochs", "seconds", "n_parameters")


def trial_rows(store: StudyStore) -> list[dict[str, Any]]:
    """One row per trial, in order: number, state, what it tried by axis, and what came of it."""
    names = [axis.name for axis in store.group.space.axes]
    rows = []
    for trial in store.trials:
        params, outcome = params_of(trial), outcome_of(trial)
        rows.append(
            {
                "trial": trial.number,
                "state": state_of(trial),
                "repeats": trial.user_attrs.get(REPEATS),
                **{name: params.get(name) for name in names},
                **{name: outcome.get(name) for name in _NUMBERS},
                "findings": "; ".join(outcome.get("findings", ())),
                "error": outcome.get("error") or trial.user_attrs.get(LOST),
            }
        )
    return rows


def write_trials(store: StudyStore) -> None:
    """Write trials.csv."""
    rows = trial_rows(store)
    with replacing_text(store.folder / TRIALS_FILE) as stream:
        writer = csv.DictWriter(stream, list(rows[0]) if rows else ["trial"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_best(store: StudyStore) -> Path | None:
    """Write best.json, a run config with every key; nothing without a complete trial."""
    best = store.best
    if best is None:
        return None
    path = store.folder / BEST_FILE
    write_bytes(path, canonical_json(store.group.space.config(best.params).model_dump(mode="json")))
    return path
