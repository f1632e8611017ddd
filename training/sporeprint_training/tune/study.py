"""A study: the trials of one group on one data set, kept in a folder so that it can be continued."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.storages import JournalStorage
from optuna.trial import FrozenTrial, TrialState

from sporeprint_training.dataset.info import DatasetInfo
from sporeprint_training.errors import BadInput
from sporeprint_training.locking import locked
from sporeprint_training.tune.group import Group, GroupConfig, changed_keys
from sporeprint_training.tune.journal import JOURNAL_FILE, mend_journal, open_journal
from sporeprint_training.tune.sampling import Untried, distributions
from sporeprint_training.tune.trials import (
    BY_STUDY,
    BY_WORKER,
    LOST,
    OUTCOME,
    REPEATS,
    Standing,
    best_of,
    params_of,
    standing,
    state_of,
)

STUDIES_FOLDER = "studies"
MADE_FROM, PLANNED, RETRAINED = "made_from", "planned", "retrained"
"""User attributes of a study: group and data set, the number of combinations to try, and the run of the best."""
LOCK_FILE = ".lock"


@dataclass(frozen=True)
class StudyStore:
    """An open study. One process asks and tells; workers only report (see `tasks`)."""

    folder: Path
    group: Group
    study: optuna.Study
    storage: JournalStorage

    @property
    def trials(self) -> list[FrozenTrial]:
        """All of them, by number."""
        return self.study.get_trials(deepcopy=False)

    @property
    def standing(self) -> Standing:
        """How far it has come."""
        return standing(self.trials, self.group.trials)

    @property
    def best(self) -> FrozenTrial | None:
        """The best complete trial."""
        return best_of(self.trials, self.group.settings.metric)

    def ask(self) -> FrozenTrial:
        """Begin a trial: an interrupted one first, or a new combination."""
        asked = self.study.ask(distributions(self.group.space.axes))
        return self.trials[asked.number]

    def tell(self, number: int, outcome: dict[str, Any], state: TrialState) -> None:
        """End a trial; `outcome` as in `outcome_of`."""
        self._attribute(number, OUTCOME, outcome)
        done = state == TrialState.COMPLETE
        self.study.tell(number, outcome[self.group.settings.metric] if done else None, state=state)

    def lose(self, number: int, why: str) -> None:
        """End a trial that nobody works on any more, and put what it tried at the head of the queue once.

        One whose process has died twice is failed instead: it is probably what kills them.
        """
        trial = self.trials[number]
        if why == BY_WORKER and self._died_before(trial):
            self.tell(
                number,
                {"error": "Its process died, and again when it was repeated; too little memory is a cause"},
                TrialState.FAIL,
            )
            return
        repeated = any(item.user_attrs.get(REPEATS) == number for item in self.trials)
        if len(trial.params) == len(self.group.space.axes) and not repeated:
            self.study.enqueue_trial(params_of(trial), user_attrs={REPEATS: number})
        self._attribute(number, LOST, why)
        self.study.tell(number, state=TrialState.FAIL)

    def _died_before(self, trial: FrozenTrial) -> bool:
        before = trial.user_attrs.get(REPEATS)
        while before is not None:
            earlier = self.trials[before]
            if earlier.user_attrs.get(LOST) == BY_WORKER:
                return True
            before = earlier.user_attrs.get(REPEATS)
        return False

    def _attribute(self, number: int, key: str, value: Any) -> None:
        self.storage.set_trial_user_attr(self.trials[number]._trial_id, key, value)


@contextmanager
def opened(folder: Path, group: Group, info: DatasetInfo, *, resume: bool) -> Iterator[StudyStore]:
    """Begin a study in a folder, or continue the one there; nobody else may work on it meanwhile.

    Raises:
        BadInput: there is one and it was not asked to be continued, it is of another data set or group, or it is
            being worked on.
    """
    existing = (folder / JOURNAL_FILE).is_file()
    if existing and not resume:
        raise BadInput(
            "A new search has a name of its own",
            received=f"{folder}, which exists",
            next_step="Continue it with --resume, or name another with --name",
        )
    # `sporeprint runs` holds it for a moment, to see whether somebody else does.
    with locked(folder / LOCK_FILE, 1) as free:
        if not free:
            raise BadInput(
                "One process works on a search at a time",
                received=f"{folder}, which another one works on",
                next_step="Wait for it, or look at it with `sporeprint runs`",
            )
        mend_journal(folder)
        store = _open(folder, group, info)
        for trial in store.trials:
            if state_of(trial) == "running":
                store.lose(trial.number, BY_STUDY)
        yield store


def _open(folder: Path, group: Group, info: DatasetInfo) -> StudyStore:
    storage, settings = open_journal(folder), group.settings
    study = optuna.create_study(
        storage=storage,
        study_name=group.name,
        direction="maximize" if settings.metric == "val_accuracy" else "minimize",
        pruner=pruner(settings),
        load_if_exists=True,
    )
    study.sampler = Untried(group, lambda: study.get_trials(deepcopy=False))
    made_from = {"group": group.content, "dataset": info.name, "dataset_sha256": info.sha256}
    before = study.user_attrs.get(MADE_FROM)
    if before is None:
        study.set_user_attr(MADE_FROM, made_from)
    else:
        _check_same(folder, before, made_from)
    study.set_user_attr(PLANNED, group.trials)
    return StudyStore(folder, group, study, storage)


def _check_same(folder: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    differing = changed_keys(before["group"], now["group"])
    if before["dataset_sha256"] != now["dataset_sha256"]:
        differing.append(f"the data set, which was {before['dataset']} {before['dataset_sha256'][:10]}")
    if differing:
        raise BadInput(
            "A search is continued with the group and the data set that it began with; only its budget may change",
            received=f"{folder}, where these differ: {', '.join(differing)}",
            next_step="Set them back, or begin another search with --name",
        )


def pruner(settings: GroupConfig) -> BasePruner:
    """What decides, after an epoch, whether a trial goes on."""
    if settings.pruning == "median":
        return MedianPruner(n_startup_trials=settings.startup_trials, n_warmup_steps=settings.warmup_epochs)
    if settings.pruning == "hyperband":
        return HyperbandPruner(min_resource=max(1, settings.warmup_epochs))
    return NopPruner()
