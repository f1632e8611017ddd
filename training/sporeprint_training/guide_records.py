"""What a run records for the species guide alone: nothing of it takes part in an answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

from sporeprint_training.decision import Toxicity
from sporeprint_training.priors.file import MONTHS

Months = Annotated[tuple[NonNegativeInt, ...], Field(min_length=MONTHS, max_length=MONTHS)]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PhotoCredit(_Frozen):
    """Whom to name beside a photo."""

    author: str = Field("", max_length=200)
    licence: str = Field(pattern=r"^[A-Za-z0-9.-]{1,40}$")
    """SPDX name of a licence that allows showing it."""
    source: str = Field("", max_length=500, pattern=r"^(https://[^\s<>\"]+)?$")
    """Address of the observation; empty when unknown."""


class RunThumbnail(PhotoCredit):
    """A reference photo in the run folder."""

    path: str


class Mistaken(_Frozen):
    """Test photos of a class that were given another name."""

    scientific_name: str
    """The name they were given."""
    n: int = Field(ge=1)


class OutsideTaxon(_Frozen):
    """A species that is no class of the model and that the guide has to speak of all the same."""

    scientific_name: str = Field(min_length=1, max_length=200)
    authorship: str = Field("", max_length=200)
    family: str = ""
    common_names: dict[str, str] = {}
    """BCP 47 language tag to name."""
    toxicity: Toxicity = "not_assessed"
    syndrome: str = ""
    toxicity_source: str = ""

    @model_validator(mode="after")
    def _sourced(self) -> OutsideTaxon:
        if self.toxicity != "not_assessed" and not self.toxicity_source:
            raise ValueError(f"{self.scientific_name}: a danger level needs its source")
        return self
