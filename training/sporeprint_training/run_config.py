"""Reading `run.json` with the command line's overrides, and saying everything that is wrong with it at once."""

from __future__ import annotations

import copy
import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from sporeprint_training.config_schema import BASE_DEFAULTS, RunConfig
from sporeprint_training.errors import BadInput

__all__ = ["RunConfig", "load_run_config"]


def load_run_config(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> RunConfig:
    """Read a configuration; keys that are not given have their defaults.

    Args:
        path: a JSON file, or None for the defaults alone.
        overrides: wins over the file; nested (`{"model": {"base": …}}`) or dotted (`{"model.base": …}`).
            A value of None was not given and changes nothing.

    Raises:
        BadInput: no such file, not JSON, or any key or value breaks a rule; all of them are named together.
    """
    content = read_config_file(path) if path else {}
    for key, value in (overrides or {}).items():
        _override(content, key, value)
    checked = check_run_config(content)
    if isinstance(checked, RunConfig):
        return checked
    raise faulty(checked, str(path or "the options"))


def check_run_config(content: dict[str, Any]) -> RunConfig | list[str]:
    """The configuration that the content of a file gives, or everything that is wrong with it."""
    try:
        return RunConfig.model_validate(_with_defaults(content))
    except ValidationError as error:
        return [_fault(dict(item)) for item in error.errors() if not _knock_on(item)]


def faulty(faults: Sequence[str], where: str) -> BadInput:
    """The error that names all faults together; `where` is the file that they are in."""
    return BadInput(
        "Every key of a run's configuration is known and its value allowed",
        received=f"{where}: {'; '.join(faults)}",
        next_step="Correct " + ("it" if len(faults) == 1 else f"these {len(faults)}") + " and run again",
    )


def read_config_file(path: Path) -> dict[str, Any]:
    """The content of a JSON file, unchecked.

    Raises:
        BadInput: no such file, or not a JSON object.
    """
    rule = "A run's configuration is a JSON object in a UTF-8 file"
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise BadInput(rule, received=f"{path}: {error.strerror}", next_step="Name a file that exists") from None
    except ValueError as error:
        raise BadInput(rule, received=f"{path}: {error}", next_step="Correct the file") from None
    if not isinstance(content, dict):
        raise BadInput(rule, received=f"{path}: {type(content).__name__}", next_step="Start the file with {")
    return content


def merged(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """One configuration's content with what another says, section by section, down to single keys.

    Unlike an override, what the second says stands as it is: a misspelt key must be seen whatever its value.
    """
    found = dict(content)
    for key, value in changes.items():
        known = found.get(key)
        found[key] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return found


def _with_defaults(content: dict[str, Any]) -> dict[str, Any]:
    model = content.get("model")
    base = model.get("base") if isinstance(model, dict) else None
    completed = copy.deepcopy(BASE_DEFAULTS.get(base.lower(), {})) if isinstance(base, str) else {}
    return merged(completed, content)


def _override(content: dict[str, Any], key: str, value: Any) -> None:
    first, _, rest = key.partition(".")
    if value is None:
        return
    if rest:
        _override(_section(content, first), rest, value)
    elif isinstance(value, Mapping):
        for inner, inner_value in value.items():
            _override(_section(content, first), inner, inner_value)
    else:
        content[first] = value


def _section(content: dict[str, Any], key: str) -> dict[str, Any]:
    if not isinstance(content.get(key), dict):
        content[key] = {}
    section: dict[str, Any] = content[key]
    return section


def _fault(error: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"] if not _BRANCH.match(str(part)))
    if error["type"] == "extra_forbidden":
        return f"{key} is not a key, {_nearest(key)}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{key or 'the configuration'} = {json.dumps(error['input'], default=str)[:80]}: {message}"


_BRANCH = re.compile(r"(literal|dict|tuple|list)\[.*|constrained-.*|function-.*|int|float|bool|str|[A-Z]\w+Config")
"""pydantic adds the tried branch of a union to the place of an error; a reader of the file knows no branches."""


def _knock_on(error: Any) -> bool:
    # A list whose items are wrong is also reported as too short, as if it had none.
    return bool(error["type"] == "too_short" and error["input"])


def _nearest(key: str) -> str:
    keys = list(_keys(RunConfig))
    # Places in lists are no part of a key's name.
    key = ".".join(part for part in key.split(".") if not part.isdigit())
    parent, _, name = key.rpartition(".")
    siblings = [item for item in keys if item.rpartition(".")[0] == parent]
    near = difflib.get_close_matches(name, [item.rpartition(".")[2] for item in siblings], 1, 0.5)
    if near:
        return f"the nearest is {parent}.{near[0]}" if parent else f"the nearest is {near[0]}"
    elsewhere = [item for item in keys if item.rpartition(".")[2] == name]
    return f"the nearest is {' or '.join(elsewhere or difflib.get_close_matches(key, keys, 1, 0.0))}"


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        for inner in _parts(field.annotation):
            yield from _keys(inner, f"{prefix}{name}.")


def _parts(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)
