"""Telling in a file which lists and objects are axes, from the schema of the key that they stand at.

A list is an axis, unless its key takes a list itself (`stages`, `reference.regions`): there a list of lists is one. An
object with `min` and `max` is a range. A list of objects at a key that takes an object (`model`) chooses among them; at
any other key each stands for several keys of the section around it (`"base": [{"base": "hub", "weights": …}, …]`).
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.tune.axes import RANGE_KEYS, Axis, Choice, Place, Range, dotted, labels_of

Found = tuple[dict[str, Any], list[Axis], list[str]]


def find_axes(content: dict[str, Any]) -> Found:
    """What does not vary, the axes in the file's order, and what is wrong with how they are written."""
    base, axes, faults = _section(content, RunConfig, ())
    for axis in axes:
        faults += _overlaps(axis, [other.place for other in axes if other is not axis])
    return base, axes, faults


def _overlaps(axis: Axis, others: list[Place]) -> list[str]:
    # Two axes that set one key would each undo the other.
    if not isinstance(axis, Choice) or axis.sections:
        return []
    section = axis.place[:-1]
    keys = {key for value in axis.values if isinstance(value, dict) for key in value}
    both = sorted(key for key in keys if any(other[: len(section) + 1] == (*section, key) for other in others))
    return [f"{axis.name} sets {key}, which has a list or range of its own" for key in both]


def _section(content: dict[str, Any], model: type[BaseModel], place: Place) -> Found:
    base: dict[str, Any] = {}
    axes: list[Axis] = []
    faults: list[str] = []
    for key, value in content.items():
        field = model.model_fields.get(key)
        if field is None:
            base[key] = value  # for the schema to judge
            continue
        kept, more, wrong = _value(value, field.annotation, (*place, key))
        base |= kept
        axes += more
        faults += wrong
    return base, axes, faults


def _value(value: Any, annotation: Any, place: Place) -> Found:
    members = list(_members(annotation))
    sections = [item for item in members if isinstance(item, type) and issubclass(item, BaseModel)]
    lists = [item for item in members if get_origin(item) in (tuple, list)]
    key = str(place[-1])
    if isinstance(value, dict) and set(value) & {"min", "max"} and not sections:
        return _range(value, members, place)
    if isinstance(value, dict) and sections:
        base, axes, faults = _section(value, sections[0], place)
        return {key: base}, axes, faults
    if not isinstance(value, list) or (lists and not any(isinstance(item, list) for item in value)):
        return _members_of_list(value, lists, place) if isinstance(value, list) else ({key: value}, [], [])
    return _choice(value, bool(sections) or any(get_origin(item) is dict for item in members), sections, place)


def _members_of_list(value: list[Any], lists: list[Any], place: Place) -> Found:
    models = [model for item in lists for part in get_args(item) for model in _models(part)]
    items: list[Any] = []
    axes: list[Axis] = []
    faults: list[str] = []
    for index, item in enumerate(value):
        if not (models and isinstance(item, dict)):
            items.append(item)
            continue
        base, more, wrong = _section(item, models[0], (*place, index))
        items.append(base)
        axes += more
        faults += wrong
    return {str(place[-1]): items}, axes, faults


def _choice(value: list[Any], takes_objects: bool, sections: list[type[BaseModel]], place: Place) -> Found:
    key, name = str(place[-1]), dotted(place)
    if not value:
        return {}, [], [f"{name} = []: a list to choose from has at least one value"]
    for item in value:
        model = sections[0] if sections else None
        if isinstance(item, dict) and model and _section(item, model, place)[1]:
            return (
                {},
                [],
                [f"{name}: an item of a list to choose from has no list or range inside; write each item out"],
            )
    labels = labels_of(place, tuple(value))
    if labels is None:
        return {}, [], [f"{name}: the same value is listed twice"]
    if len(value) == 1 and (takes_objects or not isinstance(value[0], dict)):
        return {key: value[0]}, [], []
    return {}, [Choice(place, tuple(value), labels, takes_objects)], []


def _range(value: dict[str, Any], members: list[Any], place: Place) -> Found:
    name = dotted(place)
    faults = []
    for key in value:
        if key not in RANGE_KEYS:
            near = difflib.get_close_matches(key, RANGE_KEYS, 1, 0.0)[0]
            faults.append(f"{name}.{key} is not a key of a range, the nearest is {name}.{near}")
    low, high, step = value.get("min"), value.get("max"), value.get("step")
    scale = value.get("scale", "linear")
    if scale not in ("linear", "log"):
        faults.append(f'{name}.scale = "{scale}": it is linear or log')
    if not (_number(low) and _number(high) and low < high):  # type: ignore[operator]
        faults.append(f"{name}: min and max are numbers, and max is the greater one")
    elif scale == "log" and low <= 0:  # type: ignore[operator]
        faults.append(f"{name}.min = {low}: a range on a log scale is above 0")
    if step is not None and (not _number(step) or step <= 0 or scale == "log"):
        faults.append(f"{name}.step = {step}: a step is a number above 0, on a linear scale")
    if faults:
        return {}, [], faults
    integer = int in members and float not in members
    if integer and any(float(number) % 1 for number in (low, high, step or 0)):  # type: ignore[arg-type]
        return {}, [], [f"{name} takes whole numbers, and so do its min, max and step"]
    return {}, [Range(place, float(low), float(high), scale == "log", step, integer)], []  # type: ignore[arg-type]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _members(annotation: Any) -> Iterator[Any]:
    # What a value may be, without the rules about it.
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _members(part)
    elif origin is not Literal:
        yield annotation


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [item for item in _members(annotation) if isinstance(item, type) and issubclass(item, BaseModel)]
