"""What became of each trial of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from optuna.trial import FrozenTrial, TrialState

State = Literal["waiting", "running", "complete", "pruned", "failed", "lost"]
LOST, REPEATS, OUTCOME, WORKER = "lost", "repeats", "outcome", "worker"
"""User attributes of a trial: why it ended without an end, the number of the one that it repeats, what came of it, and
who works on it."""
BY_WORKER, BY_STUDY = "its process died", "the search was killed"
_STATES: dict[TrialState, State] = {
    TrialState.WAITING: "waiting",
    TrialState.RUNNING: "running",
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}


def state_of(trial: FrozenTrial) -> State:
    """A lost trial was interrupted, and another one repeats it: it counts for nothing."""
    return "lost" if is_lost(trial) else _STATES[trial.state]


def is_lost(trial: FrozenTrial) -> bool:
    """Whether it ended without an end."""
    return LOST in trial.user_attrs and trial.state == TrialState.FAIL


def is_repeat(trial: FrozenTrial) -> bool:
    """Whether it tries again what a lost one tried."""
    return REPEATS in trial.user_attrs


def outcome_of(trial: FrozenTrial) -> dict[str, Any]:
    """What came of it: the numbers of `TrialResult`, or `error`; empty before."""
    found: dict[str, Any] = trial.user_attrs.get(OUTCOME, {})
    return found


def params_of(trial: FrozenTrial) -> dict[str, Any]:
    """What it tries, also while it waits."""
    fixed: dict[str, Any] = trial.system_attrs.get("fixed_params", {})
    return {**fixed, **trial.params}


@dataclass(frozen=True)
class Standing:
    """How far a study has come; a combination counts once, however often it was interrupted."""

    waiting: int
    """Not begun yet."""
    running: int
    complete: int
    pruned: int
    failed: int

    @property
    def tried(self) -> int:
        """Ended, one way or another."""
        return self.complete + self.pruned + self.failed


def standing(trials: Sequence[FrozenTrial], planned: int) -> Standing:
    """Count the trials of a study that is to have `planned` of them."""
    counts = Counter(state_of(trial) for trial in trials)
    begun = counts["running"] + counts["complete"] + counts["pruned"] + counts["failed"]
    return Standing(
        waiting=max(planned - begun, counts["waiting"]),
        running=counts["running"],
        complete=counts["complete"],
        pruned=counts["pruned"],
        failed=counts["failed"],
    )


def best_of(trials: Sequence[FrozenTrial], metric: str) -> FrozenTrial | None:
    """The best complete trial: by the metric, then by the other one, then the earliest."""

    def order(trial: FrozenTrial) -> tuple[float, float, int]:
        accuracy, loss = outcome_of(trial).get("val_accuracy", 0.0), outcome_of(trial).get("val_loss", 0.0)
        first, second = (-accuracy, loss) if metric == "val_accuracy" else (loss, -accuracy)
        return first, second, trial.number

    return min((trial for trial in trials if state_of(trial) == "complete"), key=order, default=None)
