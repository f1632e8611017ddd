"""What the developer can choose about a built site."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sporeprint_training.errors import BadInput


class BuildOptions(BaseModel):
    """Options of `sporeprint build`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field("Sporeprint", min_length=1, max_length=60)
    """Name of the app, on its pages and on the phone's home screen."""
    base_url: str = Field("/", pattern=r"^/([A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*$")
    """Path that the site is hosted under; starts and ends with `/`."""
    allow_url_input: bool = False
    """Let the user type the address of a photo on another site (opens `connect-src` to https)."""


def build_options(**values: Any) -> BuildOptions:
    """Check what the command line was given.

    Raises:
        BadInput: a value breaks a rule of `BuildOptions`; all of them are named.
    """
    try:
        return BuildOptions(**values)
    except ValidationError as error:
        raise BadInput(
            "The site's options follow their rules",
            received="; ".join(f"{item['loc'][0]} {item['input']!r}: {item['msg']}" for item in error.errors()),
            next_step="A base URL starts and ends with /, for example /fungi/",
        ) from None
