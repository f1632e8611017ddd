"""A group of runs: one JSON file that says what to try, how, for how long, and what to do with the best."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from sporeprint_training.config_base import Frozen, lower
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.run_config import check_run_config, faulty, merged, read_config_file
from sporeprint_training.tune.axes import Choice
from sporeprint_training.tune.space import Space, read_space

PREFIX = "_run_group_"
DEFAULT_TRIALS = 20
"""Of a random or Bayesian search that sets no other number."""
BUDGET = ("trials", "minutes", "retrain", "name")
"""May be changed when a search is continued: they change no trial."""
_LOSS_KEYS = ("model.label_smoothing", "model.focal_gamma", "model.class_weights")
"""With other values of these, another loss is measured."""


def _pruning(value: Any) -> Any:
    return {True: "median", False: None}[value] if isinstance(value, bool) else lower(value)


class GroupConfig(Frozen):
    """The keys of a file that begin with `_run_group_`, without that."""

    type: Annotated[Literal["grid", "random", "bayesian"], BeforeValidator(lower)] = "grid"
    """Every combination in the file's order; combinations drawn at random; or drawn by a model of the results so far
    (tree-structured Parzen estimator, Bergstra et al. 2011, over all axes together)."""
    name: str | None = Field(None, pattern=r"^\w[\w.-]{0,79}$")
    """Of the search and its folder; null takes the file's."""
    trials: int | None = Field(None, ge=1)
    """Most combinations that are tried; null is all of a grid, and 20 otherwise."""
    minutes: float | None = Field(None, gt=0)
    """No trial but the first begins later than this after the start; those that run are finished."""
    metric: Literal["val_accuracy", "val_loss"] = "val_accuracy"
    """What is best, at the epoch that is kept."""
    pruning: Annotated[Literal["median", "hyperband"] | None, BeforeValidator(_pruning)] = None
    """Stop trials early: those worse than the median of the others at the same epoch, or by Hyperband (Li et al.
    2018); `true` is the median."""
    warmup_epochs: int = Field(5, ge=0)
    """Epochs of each trial before it may be stopped."""
    startup_trials: int = Field(10, ge=1)
    """Trials at random before a model of the results is used; trials that end before one may be stopped."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Of what is drawn: each trial draws from this and its number, whatever was interrupted before it."""
    retrain: dict[str, Any] | bool = True
    """Train the best as a run of its own: with these keys of a run config instead of its own, such as more epochs."""


@dataclass(frozen=True)
class Group:
    """A file, read and checked."""

    settings: GroupConfig
    space: Space
    content: dict[str, Any]
    """The file as it is."""

    @property
    def name(self) -> str:
        """Of the study."""
        assert self.settings.name is not None
        return self.settings.name

    @property
    def trials(self) -> int:
        """Combinations to try."""
        size, wanted = self.space.size, self.settings.trials
        if wanted is None and self.settings.type != "grid":
            wanted = DEFAULT_TRIALS
        known = [number for number in (size, wanted) if number is not None]
        return min(known)

    def retrained(self, content: dict[str, Any]) -> dict[str, Any]:
        """A trial's content with what the final training does otherwise."""
        return merged(content, self.settings.retrain if isinstance(self.settings.retrain, dict) else {})


def read_group(path: Path, **options: Any) -> Group:
    """Read a file and check every configuration that it may lead to.

    Args:
        path: JSON: keys of a run config, of which lists and ranges are axes, and those of `GroupConfig`.
        options: settings that win over the file's; None was not given.

    Raises:
        BadInput: anything is wrong with it; everything is named together.
    """
    content = read_config_file(path)
    own = {key.removeprefix(PREFIX): value for key, value in content.items() if key.startswith(PREFIX)}
    own |= {key: value for key, value in options.items() if value is not None}
    own.setdefault("name", re.sub(r"[^\w.-]+", "-", path.stem).lstrip("-.") or "study")
    settings, faults = _settings(own)
    space, more = read_space({key: value for key, value in content.items() if not key.startswith(PREFIX)})
    faults += more
    if settings is not None and not faults:
        faults += _together(settings, space)
    if faults or settings is None:
        raise faulty(faults, str(path))
    return Group(settings, space, content)


def changed_keys(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Dotted keys in which two files differ, those of `BUDGET` apart."""
    found = []
    for key in sorted({*before, *now}):
        if key.removeprefix(PREFIX) in BUDGET and key.startswith(PREFIX):
            continue
        one, other = before.get(key), now.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            found += [f"{key}.{inner}" for inner in changed_keys(one, other)]
        elif one != other or (key in before) != (key in now):
            found.append(key)
    return found


def _settings(own: dict[str, Any]) -> tuple[GroupConfig | None, list[str]]:
    unknown = [key for key in own if key not in GroupConfig.model_fields]
    faults = [
        f"{PREFIX}{key} is not a key, the nearest is "
        f"{PREFIX}{difflib.get_close_matches(key, list(GroupConfig.model_fields), 1, 0.0)[0]}"
        for key in unknown
    ]
    try:
        return GroupConfig.model_validate({key: own[key] for key in own if key not in unknown}), faults
    except ValidationError as error:
        wrong = error.errors()
        return None, faults + [f"{PREFIX}{item['loc'][0]} = {item['input']!r}: {item['msg']}" for item in wrong]


def _together(settings: GroupConfig, space: Space) -> list[str]:
    faults = []
    if settings.type == "grid":
        faults += [
            f"{axis.name}: a grid has lists, or ranges with a step; a range alone is for random and bayesian"
            for axis in space.axes
            if not isinstance(axis, Choice) and axis.step is None
        ]
    if settings.metric == "val_loss":
        varied = [axis.name for axis in space.axes if axis.name in _LOSS_KEYS]
        faults += [f"{name} changes what val_loss measures: compare by val_accuracy" for name in varied]
    if isinstance(settings.retrain, dict):
        first = space.content(next(space.samples()))
        checked = check_run_config(merged(first, settings.retrain))
        faults += [] if isinstance(checked, RunConfig) else [f"{PREFIX}retrain: {fault}" for fault in checked]
    return faults
