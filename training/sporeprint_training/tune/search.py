"""The search itself: ask for trials, hand them to workers, and write down what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from optuna.trial import FrozenTrial, TrialState

from sporeprint_training.artefact import canonical_json
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.tune.space import CHECKED
from sporeprint_training.tune.study import StudyStore
from sporeprint_training.tune.tasks import Engine, Outcome, Task, prepare_task, run_trial_task
from sporeprint_training.tune.trials import BY_WORKER, is_lost, params_of, state_of
from sporeprint_training.workers import capacity

_STATES = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
ATTEMPTS = 2
"""Times that shared features are computed when the process that does it dies."""


@dataclass
class Search:
    """One go at a study, until its budget is spent."""

    store: StudyStore
    executor: Executor
    jobs: int | None
    """Trials at the same time; None is as many as there are workers."""
    dataset: Path
    runs: Path
    """Folder."""
    engine: Engine
    done: Callable[[int], None]
    """Told of each trial that ended."""
    _running: dict[Future[Outcome], int] = field(default_factory=dict)
    _prepared: dict[bytes, str] = field(default_factory=dict)
    """What trials share, and what went wrong with it."""

    def run(self) -> None:
        """Try combinations until all are tried or the time is over; trials that run then are waited for.

        One is tried whatever the time: features that took all of it would have been computed for nothing.
        """
        minutes = self.store.group.settings.minutes
        deadline = time.monotonic() + (60 * minutes if minutes else float("inf"))
        self._prepare_all()
        begun = False
        while True:
            while self._free() and (not begun or time.monotonic() < deadline) and self.store.standing.waiting:
                self._begin(self.store.ask())
                begun = True
            if not self._running:
                return
            for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                self._end(self._running.pop(future), future)

    def _free(self) -> bool:
        return len(self._running) < (self.jobs or max(1, capacity(self.executor)))

    def _begin(self, trial: FrozenTrial) -> None:
        store = self.store
        try:
            config = store.group.space.config(trial.params)
        except ValueError as error:
            self._tell(trial.number, Outcome("failed", {"error": str(error)}))
            return
        wrong = self._prepare([config])
        if wrong:
            self._tell(trial.number, Outcome("failed", {"error": wrong}))
            return
        # A worker keeps the study by its settings; what is trained at the end is nothing to it, and cannot be hashed.
        settings = store.group.settings.model_copy(update={"retrain": True})
        task = Task(
            store.folder.resolve(), store.group.name, trial.number, settings,
            self.dataset.resolve(), self.runs.resolve(), config, self.engine,
        )  # fmt: skip
        self._running[self.executor.submit(run_trial_task, task)] = trial.number

    def _end(self, number: int, future: Future[Outcome]) -> None:
        # A task raises nothing of its own: an exception here is the end of its process, or of the cluster's patience.
        if future.cancelled() or future.exception() is not None or future.result().state == "begun_before":
            self.store.lose(number, BY_WORKER)
            if not is_lost(self.store.trials[number]):
                self.done(1)
        else:
            self._tell(number, future.result())

    def _tell(self, number: int, outcome: Outcome) -> None:
        self.store.tell(number, outcome.found, _STATES[outcome.state])
        self.done(1)

    def _prepare_all(self) -> None:
        # Together and before the first trial, so that no worker waits for features that another one computes.
        self._prepare(list(self._left()))

    def _left(self) -> Iterator[RunConfig]:
        group, trials = self.store.group, self.store.trials
        if group.settings.type != "grid" and (group.space.size is None or group.space.size > CHECKED):
            return
        tried = [params_of(item) for item in trials if state_of(item) in ("complete", "pruned", "failed")]
        for number, params in enumerate(group.space.combinations()):
            if number == group.trials and group.settings.type == "grid":
                return
            if params not in tried:
                yield group.space.config(params)

    def _prepare(self, configs: list[RunConfig]) -> str:
        """What went wrong with what any of the configurations needs; empty when nothing did."""
        missing = {key: config for config in configs if (key := shared_key(config)) not in self._prepared}
        for _ in range(ATTEMPTS):
            futures = {
                key: self.executor.submit(
                    prepare_task, self.engine, self.dataset.resolve(), self.runs.resolve(), config
                )
                for key, config in missing.items()
            }
            wait(futures.values())
            for key, future in futures.items():
                dead = future.cancelled() or future.exception() is not None
                self._prepared[key] = "The process that computed the features died" if dead else future.result()
                if not dead:
                    del missing[key]
        return next((wrong for config in configs if (wrong := self._prepared[shared_key(config)])), "")


def shared_key(config: RunConfig) -> bytes:
    """What decides the features of a frozen backbone: trials that agree in it share them."""
    model, dataset = config.model, config.dataset
    augmentations = [dataset.data_augmentation, *(stage.data_augmentation for stage in config.stages or ())]
    drawn = [dataset.split_test, dataset.split_val, dataset.downsample]
    return canonical_json(
        {
            "model": [model.base, model.weights, model.warm_start],
            "input": config.input.model_dump(mode="json"),
            "precision": config.precision,
            "views": [item.model_dump(mode="json") if item else None for item in augmentations],
            # The seed draws which photos are trained on, and how they are changed, only where anything is drawn.
            "photos": [*drawn, dataset.split_seed, config.seed] if any(drawn) or any(augmentations) else [],
        }
    )
