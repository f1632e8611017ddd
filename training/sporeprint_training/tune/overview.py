"""Where the searches of a folder of runs stand, while they run or after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import optuna

from sporeprint_training.locking import locked
from sporeprint_training.tune.axes import describe
from sporeprint_training.tune.group import GroupConfig
from sporeprint_training.tune.journal import JOURNAL_FILE, open_journal
from sporeprint_training.tune.study import LOCK_FILE, MADE_FROM, PLANNED, RETRAINED, STUDIES_FOLDER
from sporeprint_training.tune.trials import WORKER, Standing, best_of, outcome_of, params_of, standing, state_of


@dataclass(frozen=True)
class RunningTrial:
    """One that is being trained."""

    number: int
    tries: str
    epochs: int | None
    """That it has reported, at most one a second; None before the first."""
    reached: float | None
    """The metric after the last of them."""
    worker: str


@dataclass(frozen=True)
class StudyOverview:
    """One search."""

    name: str
    dataset: str
    metric: str
    standing: Standing
    working: bool
    """A process is at it."""
    best: float | None
    """Of the metric."""
    best_tries: str
    running: tuple[RunningTrial, ...]
    run: str | None
    """Id of the run trained with the best configuration."""


def studies(runs: Path) -> list[StudyOverview]:
    """All searches of a folder of runs, by name; one that is only just beginning is left out."""
    folders = sorted(path.parent for path in (runs / STUDIES_FOLDER).glob(f"*/{JOURNAL_FILE}"))
    return [found for folder in folders if (found := _overview(folder)) is not None]


def _overview(folder: Path) -> StudyOverview | None:
    try:
        storage = open_journal(folder)
        names = [item.study_name for item in storage.get_all_studies()]
        study = optuna.load_study(study_name=names[0], storage=storage) if names else None
    except (OSError, ValueError):
        return None
    if study is None or PLANNED not in study.user_attrs:
        return None
    made_from, trials = study.user_attrs[MADE_FROM], study.get_trials(deepcopy=False)
    metric = made_from["group"].get("_run_group_metric", GroupConfig().metric)
    best = best_of(trials, metric)
    with locked(folder / LOCK_FILE, 0) as free:
        working = not free
    running = tuple(
        RunningTrial(
            trial.number,
            describe(params_of(trial)),
            None if trial.last_step is None else trial.last_step + 1,
            None if trial.last_step is None else trial.intermediate_values[trial.last_step],
            str(trial.user_attrs.get(WORKER, "")),
        )
        for trial in trials
        if state_of(trial) == "running"
    )
    return StudyOverview(
        name=names[0],
        dataset=made_from["dataset"],
        metric=metric,
        standing=standing(trials, study.user_attrs[PLANNED]),
        working=working,
        best=None if best is None else outcome_of(best)[metric],
        best_tries="" if best is None else describe(best.params),
        running=running,
        run=study.user_attrs.get(RETRAINED, {}).get("run"),
    )
