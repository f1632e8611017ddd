"""Which records of a source are wanted, as the user says it; `filtering.py` applies it, and needs pandas."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class Box(BaseModel):
    """A rectangle on the map, borders included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    west: float = Field(ge=-180, le=180)
    """Degrees east; greater than `east` for a box across the 180th meridian."""
    south: float = Field(ge=-90, le=90)
    """Degrees north."""
    east: float = Field(ge=-180, le=180)
    """Degrees east."""
    north: float = Field(ge=-90, le=90)
    """Degrees north."""


class Filters(BaseModel):
    """What is wanted. A record that does not say what a filter asks for is not wanted, as at GBIF.

    Words are compared without regard to case. What is empty or None asks for nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    taxa: tuple[str, ...] = ()
    """Names of any rank, such as `Fungi` or `Amanita muscaria`; synonyms count as well as accepted names."""
    ranks: tuple[str, ...] = ()
    """Such as `species`, `subspecies`, `variety`."""
    basis_of_record: tuple[str, ...] = ()
    """Such as `HUMAN_OBSERVATION`; `HumanObservation` is the same."""
    max_uncertainty_m: float | None = Field(default=None, gt=0)
    """Of the place, in metres."""
    observed_from: date | None = None
    """First day. Where only the month is known, all of it has to lie between the two days."""
    observed_until: date | None = None
    """Last day."""
    box: Box | None = None
    countries: tuple[str, ...] = ()
    """As the source calls them: at GBIF codes of two letters, such as `SE`."""
