"""What a data set says about itself: small enough to read without loading its tables."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sporeprint_training.errors import BadInput

DATASET_FILE = "dataset.h5"


class DatasetInfo(BaseModel):
    """Origin and identity of a data set; stored as JSON in the root attribute `info` of `dataset.h5`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=200)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Hash over the sorted rows (SHA-256 of the stored photo, scientific name, split, licence, author,
    and date and place where they are known), and over the ranks that tables give the species."""
    drawn: bool = False
    """The pictures are drawings; the app then carries a permanent banner."""
    not_fungi: bool = False
    """Declared at ingest: the photos show something else, which no list of deadly fungi belongs to."""
    licence: str = ""
    """Licence of the photos as declared at ingest."""
    attribution: str = ""
    seed: int
    split_val: float
    """Share of the photos asked for in the validation split."""
    split_test: float
    split_by: str = "observation"
    """Or "observer" or "time"; see `IngestOptions`."""
    max_photos: int | None = None
    """Per species at most; null took all."""
    downsample: str | int | None = None
    licences: tuple[str, ...] = ()
    """Families of licences that were taken; empty in data sets of earlier versions, which took any."""
    citation: str = ""
    """How to cite the whole collection."""
    rejected: dict[str, int] = {}
    """Photos and rows that were not taken, by reason."""
    examples: dict[str, list[str]] = {}
    """Where the first rows of a source stand that are no record or were not wanted, by reason; `/removed` has the
    others."""
    created_by: str
    """Version of Sporeprint that wrote the data set."""


def read_info(folder: Path) -> DatasetInfo:
    """Read the description of a data set, in milliseconds.

    Raises:
        BadInput: `folder` holds no data set, or one that this version cannot read.
    """
    import tables  # reading a bundle or a run must not need HDF5

    path = folder / DATASET_FILE
    if not path.is_file():
        raise BadInput(
            f"A data set is a folder with a {DATASET_FILE}",
            received=str(folder),
            next_step=f"Make one with `sporeprint ingest SOURCE --out {folder}`",
        )
    try:
        with tables.open_file(path, "r") as file:
            return DatasetInfo.model_validate_json(str(file.root._v_attrs.info))
    except (tables.HDF5ExtError, AttributeError, ValidationError) as error:
        raise BadInput(
            f"{DATASET_FILE} was written by this version of `sporeprint ingest`",
            received=f"{path}: {type(error).__name__}",
            next_step="Ingest the photos again",
        ) from None


def installed_version() -> str:
    """Version of the installed package; "0" when the source tree is used without installing it."""
    try:
        return version("sporeprint")
    except PackageNotFoundError:
        return "0"
