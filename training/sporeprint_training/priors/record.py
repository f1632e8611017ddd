"""What a run and a bundle say of their priors; the numbers themselves lie in the file (`priors.file`)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

PRIORS_FILE = "priors.bin"
STRONGEST = 1.5
"""Highest exponent of a ratio. 1 trusts it as it stands; more makes up for what smoothing took away."""


class SeasonRecord(BaseModel):
    """How the season's part came about, and what it is worth."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    strength: float = Field(ge=0, le=STRONGEST)
    """Exponent of the ratios, chosen on validation observations; 0: it did not help, and the file is without it."""
    n: int = Field(ge=0)
    """Training observations that it was built from."""
    n_validation: int = Field(ge=0)
    """Validation observations that the strength was chosen on."""
    gain: float
    """What the strength saves of the mean negative log-likelihood of these, in nats; never below 0."""
    width: float = Field(ge=0)
    """Of the smoothing, as a standard deviation: in months or, for places, in cells."""
    weight: float = Field(gt=0)
    """Observations that the class's relatives count for; a class with fewer says little of its own."""


class PlaceRecord(SeasonRecord):
    """The same for the map's part."""

    degrees: float = Field(gt=0)
    """Side of a cell."""
    cells: int = Field(ge=0)
    """Cells with training observations; the others say nothing."""


class PriorsRecord(BaseModel):
    """Place and season priors of a model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Literal["priors.bin"] | None
    """Of the file, in the run or bundle; null when neither part has a strength."""
    season: SeasonRecord | None
    """Null: too few observations have a date."""
    place: PlaceRecord | None
    """Null: too few observations have coordinates."""

    @model_validator(mode="after")
    def _has_file_if_used(self) -> PriorsRecord:
        if (self.path is not None) != any(self.strengths()):
            raise ValueError("there is a file of priors if and only if one of them has a strength")
        return self

    def strengths(self) -> tuple[float, float]:
        """Exponents of the season's and the place's ratios; 0 where there is none."""
        return (self.season.strength if self.season else 0.0, self.place.strength if self.place else 0.0)
