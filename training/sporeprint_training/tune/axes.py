"""What varies in a search: values to choose from, and ranges of numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

Place = tuple[str | int, ...]
"""Keys, and positions in lists, from the top of a configuration down to one value."""
RANGE_KEYS = ("min", "max", "scale", "step")


@dataclass(frozen=True)
class Choice:
    """Values that a key may have."""

    place: Place
    values: tuple[Any, ...]
    """As in the file. An object at a key that takes none stands for several keys of the section around it."""
    labels: tuple[str, ...]
    """A distinct short text for each value: what a trial records."""
    sections: bool
    """The key takes objects itself, so that they are values like others."""

    @property
    def name(self) -> str:
        """The key with dots."""
        return dotted(self.place)

    def value(self, label: str | float) -> Any:
        """The value of a label."""
        return self.values[self.labels.index(str(label))]

    @property
    def known(self) -> tuple[str, ...]:
        """All that a trial may record."""
        return self.labels

    @property
    def ends(self) -> tuple[str, ...]:
        """What has to be valid for all to be."""
        return self.labels


@dataclass(frozen=True)
class Range:
    """Numbers from a least to a greatest, both included."""

    place: Place
    low: float
    high: float
    log: bool
    """Drawn so that factors are equally likely, not differences."""
    step: float | None
    """Distance of neighbouring values; None for every number, or every whole one."""
    integer: bool

    @property
    def name(self) -> str:
        """The key with dots."""
        return dotted(self.place)

    def value(self, drawn: str | float) -> float:
        """What was drawn, as the kind of number that the key takes."""
        return int(float(drawn)) if self.integer else float(drawn)

    @property
    def known(self) -> tuple[float, ...] | None:
        """All values; None where there is no end of them."""
        step = self.step or (1 if self.integer else None)
        if step is None:
            return None
        count = math.floor((self.high - self.low) / step + 1e-9) + 1
        return tuple(self.value(self.low + step * index) for index in range(count))

    @property
    def ends(self) -> tuple[float, ...]:
        """What has to be valid for all to be."""
        return (self.value(self.low), self.value(self.high))


Axis = Choice | Range
Params = Mapping[str, Any]
"""What a trial records of each axis, by its name: the label of a choice, or a number."""


def dotted(place: Place) -> str:
    """`model.learning_rate` of its parts."""
    return ".".join(str(part) for part in place)


def labels_of(place: Place, values: tuple[Any, ...]) -> tuple[str, ...] | None:
    """A distinct text for each value, as short as may be; None when two values are the same."""
    whole = tuple(value if isinstance(value, str) else _json(value) for value in values)
    for labels in (tuple(_short(place, value) for value in values), whole):
        if len(set(labels)) == len(labels):
            return labels
    return None


def _short(place: Place, value: Any) -> str:
    # Of several keys at once the one that the axis is named for says most; a path says most with its last part.
    if isinstance(value, dict):
        value = value.get(str(place[-1]), value)
    if isinstance(value, str):
        return PurePath(value).name or value
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def describe(params: Params) -> str:
    """One line of what a trial tries."""
    return ", ".join(f"{name.rpartition('.')[2]} {_number(value)}" for name, value in params.items()) or "as it stands"


def _number(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)
