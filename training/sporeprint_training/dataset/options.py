"""What the user can choose at ingest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from sporeprint_training.dataset.download.options import DownloadOptions
from sporeprint_training.dataset.filters import Filters
from sporeprint_training.dataset.limits import Limits
from sporeprint_training.errors import BadInput


def _in_its_case(value: Any) -> Any:
    return value if value == "public-domain" or not isinstance(value, str) else value.upper()


Family = Annotated[
    Literal["CC0", "CC-BY", "CC-BY-SA", "CC-BY-NC", "CC-BY-NC-SA", "CC-BY-ND", "CC-BY-NC-ND", "public-domain"],
    BeforeValidator(_in_its_case),
]
"""See `licences.FAMILIES`."""


class IngestOptions(BaseModel):
    """Settings of one ingest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("", max_length=200)
    """Name of the data set; empty means the first source's name."""
    split_val: float = Field(0.15, ge=0, lt=1)
    """Share of each species' photos for validation."""
    split_test: float = Field(0.15, ge=0, lt=1)
    """Share for testing."""
    split_by: Literal["observation", "observer", "time"] = "observation"
    """What no split divides: an observation, or all that one observer saw. `time` tests on each species' latest finds;
    photos without a date are for training then."""
    resplit: bool = False
    """Draw all splits anew, also those of photos that are in the data set already."""
    seed: int = 0
    """Of the draw that splits, and of the choice among photos."""
    min_photos: int = Field(5, ge=1)
    """Species with fewer photos are left out and listed."""
    max_photos: int | None = Field(None, ge=1)
    """Photos per species at most: distinct observations and observers first."""
    downsample: Literal["min"] | Annotated[int, Field(ge=1)] | None = None
    """Likewise: a number, or as many as the rarest species has."""
    licences: tuple[Family, ...] = ("CC0", "CC-BY", "CC-BY-SA")
    """What photos that state a licence may be under; every version of it counts."""
    licence_required: bool = False
    """Leave out photos that state no licence, if `licence` does not name theirs."""
    max_side: int = Field(1024, ge=64, le=8192)
    """Longer side of a stored photo at most, pixels."""
    licence: str = Field("", max_length=200)
    """Licence of photos whose own is not stated."""
    attribution: str = Field("", max_length=2000)
    """Whom to name for the whole collection."""
    citation: str = Field("", max_length=1000)
    """How to cite the whole collection, such as GBIF's line with the DOI of a download."""
    filters: Filters = Filters()
    """Which records of archives and tables are wanted; class folders are taken whole."""
    species: str = Field("", max_length=200)
    """Scientific name of records that state none, as in a list of photos of one species."""
    fold_infraspecific: bool = True
    """Count subspecies, varieties and forms as their species; else each is a class of its own."""
    download: DownloadOptions = DownloadOptions()
    """How photos are fetched that a source only has the address of; `max_side` is the one above."""
    drawn: bool = False
    """The pictures are drawings: the app says so, and likeness alone does not group them."""
    taxonomy: Path | None = None
    """Table with GBIF's columns that places the species; see `taxonomy.read_taxonomy`."""
    report: bool = True
    """Write `report.html` beside the tables."""
    not_fungi: bool = False
    """The photos show no fungi: a model of them need not say which deadly fungi it has never seen."""

    @property
    def limits(self) -> Limits:
        """How many photos of a species are taken."""
        return Limits(self.min_photos, self.max_photos, self.downsample, self.seed)

    @model_validator(mode="after")
    def _leaves_training_photos(self) -> IngestOptions:
        if self.split_val + self.split_test > 0.8:
            raise ValueError("split_val and split_test together leave less than a fifth for training")
        return self


def ingest_options(**values: Any) -> IngestOptions:
    """Check what the command line was given.

    Raises:
        BadInput: a value breaks a rule of `IngestOptions`; all of them are named.
    """
    try:
        return IngestOptions(**values)
    except ValidationError as error:
        raise BadInput(
            "The options of an ingest follow their rules",
            received="; ".join(_fault(dict(item)) for item in error.errors()),
            next_step="`sporeprint ingest --help` explains every option",
        ) from None


def _fault(error: dict[str, Any]) -> str:
    message = error["msg"].removeprefix("Value error, ")
    # A rule about several options together has no place of its own.
    place = ".".join(part for part in error["loc"] if isinstance(part, str))
    return f"{place} {str(error['input'])[:80]!r}: {message}" if place else message
