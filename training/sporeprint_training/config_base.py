"""What the parts of a run's configuration share."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A part of a configuration: no other keys, no changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def lower(value: Any) -> Any:
    """Text in lower case, for values that may be spelt in any."""
    return value.lower() if isinstance(value, str) else value


def named(value: Any) -> Any:
    """A name alone, for what has further keys with defaults."""
    return {"name": value} if isinstance(value, str) else value


def on_or_off(value: Any) -> Any:
    """`true` for all defaults, `false` for none of it."""
    return {True: {}, False: None}[value] if isinstance(value, bool) else value


def on_off_or_inherit(value: Any) -> Any:
    """`true` for all defaults; null, for the run's own, stays."""
    return {} if value is True else value
