"""Which combination a trial tries: never one that another has tried, and the same one after an interruption."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial

from sporeprint_training.tune.axes import Axis, Choice
from sporeprint_training.tune.group import Group
from sporeprint_training.tune.trials import is_lost, is_repeat

REDRAWS = 20
"""Before a combination is looked for among those left; and of spaces too large for that, before one is tried again."""
LISTED = 100_000
"""Combinations of a space that is searched for those left."""


def distributions(axes: Sequence[Axis]) -> dict[str, BaseDistribution]:
    """What Optuna has to know of the axes, by name."""
    return {axis.name: _distribution(axis) for axis in axes}


def _distribution(axis: Axis) -> BaseDistribution:
    if isinstance(axis, Choice):
        return CategoricalDistribution(axis.labels)
    if axis.integer:
        return IntDistribution(int(axis.low), int(axis.high), log=axis.log, step=int(axis.step or 1))
    return FloatDistribution(axis.low, axis.high, log=axis.log, step=axis.step)


class Untried(BaseSampler):
    """Draws combinations for `study.ask`.

    A trial draws from the group's seed and how many were drawn before it, not from a state in memory: a random search
    that is killed and continued tries what it would have tried.

    Args:
        group: its space and its way of searching.
        trials: gives all trials of the study; Optuna shows a sampler only those of one bracket of Hyperband.
    """

    def __init__(self, group: Group, trials: Callable[[], list[FrozenTrial]]) -> None:
        self._group, self._trials = group, trials
        self._distributions = distributions(group.space.axes)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """All axes together."""
        return {name: item for name, item in self._distributions.items() if not item.single()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """A combination that no other trial has, while there is one."""
        others = [
            item
            for item in self._trials()
            if item.number != trial.number and len(item.params) == len(self._distributions)
        ]
        tried = {_key(item.params) for item in others if not is_lost(item)}
        space = self._group.space
        if self._group.settings.type == "grid":
            # None is left when a trial that is repeated asks, which has its own.
            return next((params for params in space.combinations() if _key(params) not in tried), {})
        position = sum(not is_repeat(item) for item in others)
        for attempt in range(REDRAWS):
            params = self._draw(study, trial, search_space, f"{position}/{attempt}")
            if _key({**self._singles(), **params}) not in tried:
                return params
        if space.size is not None and space.size <= LISTED:
            left = [item for item in space.combinations() if _key(item) not in tried]
            params = random.Random(self._seed(f"{position}/left")).choice(left) if left else params
        return params

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """One axis alone: what `sample_relative` had no combination for."""
        seed = self._seed(f"{trial.number}/{param_name}")
        return RandomSampler(seed).sample_independent(study, trial, param_name, param_distribution)

    def _draw(self, study: Study, trial: FrozenTrial, space: dict[str, BaseDistribution], place: str) -> dict[str, Any]:
        settings, seed = self._group.settings, self._seed(place)
        if settings.type == "bayesian":
            drawn = TPESampler(n_startup_trials=settings.startup_trials, seed=seed).sample_relative(study, trial, space)
            if drawn:
                return drawn
        sampler = RandomSampler(seed)
        return {name: sampler.sample_independent(study, trial, name, item) for name, item in space.items()}

    def _singles(self) -> dict[str, Any]:
        return {axis.name: axis.ends[0] for axis in self._group.space.axes if self._distributions[axis.name].single()}

    def _seed(self, place: str) -> int:
        digest = hashlib.sha256(f"{self._group.settings.seed}/{place}".encode()).digest()
        return int.from_bytes(digest[:4], "big")


def _key(params: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(params.items()))
