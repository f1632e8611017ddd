"""The configurations that a search may try: a file whose lists and ranges are axes."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.run_config import check_run_config, merged
from sporeprint_training.tune.axes import Axis, Choice, Params, Place
from sporeprint_training.tune.find_axes import find_axes

CHECKED = 2000
"""Combinations that are all checked before a search; of more, each value once beside the first ones of the others."""


@dataclass(frozen=True)
class Space:
    """What all configurations share, and what varies."""

    base: dict[str, Any]
    """A run config's content without the keys that vary."""
    axes: tuple[Axis, ...]

    @property
    def size(self) -> int | None:
        """Number of combinations; None where there is no end of them."""
        counts = [None if axis.known is None else len(axis.known) for axis in self.axes]
        return None if None in counts else math.prod(count or 0 for count in counts)

    def combinations(self) -> Iterator[dict[str, Any]]:
        """All of them, the last axis changing fastest; only where `size` is a number."""
        yield from self._product([axis.known or () for axis in self.axes])

    def samples(self) -> Iterator[dict[str, Any]]:
        """Combinations that are valid together only if the whole space is, as far as a schema can tell."""
        values = [axis.ends for axis in self.axes]
        if math.prod(len(several) for several in values) <= CHECKED:
            yield from self._product(values)
            return
        first = {axis.name: axis.ends[0] for axis in self.axes}
        yield first
        for axis in self.axes:
            yield from ({**first, axis.name: value} for value in axis.ends[1:])

    def content(self, params: Params) -> dict[str, Any]:
        """The run config's content for one combination."""
        content = copy.deepcopy(self.base)
        for axis in self.axes:
            value = copy.deepcopy(axis.value(params[axis.name]))
            if isinstance(axis, Choice) and isinstance(value, dict) and not axis.sections:
                section = _at(content, axis.place[:-1])
                section.update(merged(section, value))
            else:
                _at(content, axis.place[:-1])[axis.place[-1]] = value
        return content

    def config(self, params: Params) -> RunConfig:
        """The configuration of one combination of a space that was checked.

        Raises:
            ValueError: it breaks a rule all the same, which no sample did.
        """
        checked = check_run_config(self.content(params))
        if isinstance(checked, RunConfig):
            return checked
        raise ValueError("; ".join(checked))

    def _product(self, values: list[Any]) -> Iterator[dict[str, Any]]:
        names = [axis.name for axis in self.axes]
        for combination in itertools.product(*values):
            yield dict(zip(names, combination, strict=True))


def read_space(content: dict[str, Any]) -> tuple[Space, list[str]]:
    """Divide a file's content, without its `_run_group_` keys, into what varies and what does not.

    Returns:
        The space, and everything that is wrong with any of its configurations: of use only where nothing is.
    """
    base, axes, faults = find_axes(content)
    space = Space(base, tuple(axes))
    seen = dict.fromkeys(faults)
    for params in space.samples():
        checked = check_run_config(space.content(params))
        seen.update(dict.fromkeys([] if isinstance(checked, RunConfig) else checked))
    return space, list(seen)


def _at(content: Any, place: Place) -> Any:
    for part in place:
        content = content.setdefault(part, {}) if isinstance(content, dict) else content[part]
    return content
