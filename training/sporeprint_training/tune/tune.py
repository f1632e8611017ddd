"""Tuning: a data set and a group of runs to a study, the best configuration, and a run trained with it."""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sporeprint_training.checks import check_trainable
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.run import RUN_JSON, Run, read_run
from sporeprint_training.run_config import check_run_config
from sporeprint_training.runs_place import runs_place
from sporeprint_training.tune.group import Group
from sporeprint_training.tune.report import write_report
from sporeprint_training.tune.results import write_best, write_trials
from sporeprint_training.tune.search import Search
from sporeprint_training.tune.study import RETRAINED, STUDIES_FOLDER, StudyStore, opened
from sporeprint_training.tune.tasks import TRAINING, Engine
from sporeprint_training.tune.trials import Standing, outcome_of, state_of
from sporeprint_training.weights import find_weights


@dataclass(frozen=True)
class Tuned:
    """What came of a study."""

    folder: Path
    standing: Standing
    best: dict[str, Any]
    """What the best trial tried, by axis."""
    val_accuracy: float
    val_loss: float
    run: Run | None
    """Trained with the best configuration; None when that was not asked for."""
    seconds: float


def tune(
    dataset: Path,
    runs: Path,
    group: Group,
    executor: Executor,
    *,
    jobs: int | None = None,
    resume: bool = False,
    retrain: bool = True,
    progress: Progress = SILENT,
    engine: Engine = TRAINING,
) -> Tuned:
    """Try the configurations of a group and keep everything under `runs/studies/NAME/`.

    Args:
        dataset: folder of a data set.
        runs: folder of all runs, or the file that names it (`runs_place`).
        group: what to try.
        executor: of `separate_workers`, or of `cluster_workers`, which see both folders under the same paths.
        jobs: trials at the same time; None is as many as there are workers.
        resume: continue the study of that name, or begin it where there is none.
        retrain: train the best configuration as a run, if the group says so too.
        progress: told of trials.
        engine: what trains.

    Raises:
        BadInput: the data set cannot be learned, there are no such weights, or the study is there already, differs,
            or is being worked on.
        StepFailed: no trial has a result.
    """
    started = time.monotonic()
    folder = runs_place(runs).folder
    data = read_dataset(dataset)
    check_trainable(data)
    _check_weights(group)
    with opened(folder / STUDIES_FOLDER / group.name, group, data.info, resume=resume) as store:
        planned = group.trials
        with progress.step("Trying configurations", planned) as done:
            done(store.standing.tried)
            Search(store, executor, jobs, dataset, folder, engine, done).run()
        write_trials(store)
        write_best(store)
        best = store.best
        if best is None:
            raise _no_result(store)
        wanted = retrain and group.settings.retrain is not False
        run = _retrained(store, dataset, runs, progress) if wanted else None
        write_report(store, run)
        outcome = outcome_of(best)
        return Tuned(
            folder=store.folder,
            standing=store.standing,
            best=best.params,
            val_accuracy=outcome["val_accuracy"],
            val_loss=outcome["val_loss"],
            run=run,
            seconds=time.monotonic() - started,
        )


def _check_weights(group: Group) -> None:
    # A misspelt path would fail half of the trials; better none is begun.
    models = [group.space.config(params).model for params in group.space.samples()]
    for model in {(item.base, item.weights): item for item in models if not item.warm_start}.values():
        find_weights(model)


def _retrained(store: StudyStore, dataset: Path, runs: Path, progress: Progress) -> Run:
    from sporeprint_training.train import train  # TensorFlow

    best = store.best
    assert best is not None
    before = store.study.user_attrs.get(RETRAINED, {})
    content = store.group.retrained(store.group.space.content(best.params))
    earlier = runs_place(runs).folder / before.get("run", "")
    if before.get("content") == content and (earlier / RUN_JSON).is_file():
        return read_run(earlier)
    checked = check_run_config(content)
    if not isinstance(checked, RunConfig):
        raise BadInput("The best configuration can be trained with _run_group_retrain", received="; ".join(checked))
    run = train(dataset, runs, checked, progress)
    store.study.set_user_attr(RETRAINED, {"content": content, "run": run.record.id})
    return run


def _no_result(store: StudyStore) -> StepFailed:
    failed = [trial for trial in store.trials if state_of(trial) == "failed"]
    first = outcome_of(failed[0]).get("error", "") if failed else ""
    return StepFailed(
        "At least one trial of a search has a result",
        received=f"{len(failed)} failed, the first with: {first}" if failed else "none was finished",
        next_step="Correct it and begin another search with --name" if failed else "Continue with --resume",
    )
