"""What the developer can choose about a built site."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class BuildOptions(BaseModel):
    """Options of `sporeprint build`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field("Sporeprint", min_length=1, max_length=60)
    """Name of the app, on its pages and on the phone's home screen."""
    base_url: str = Field("/", pattern=r"^/([A-Za-z0-9._~-]+/)*$")
    """Path that the site is hosted under; starts and ends with `/`."""
    allow_url_input: bool = False
    """Let the user type the address of a photo on another site (opens `connect-src` to https)."""
