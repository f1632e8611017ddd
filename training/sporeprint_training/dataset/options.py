"""What the user can choose at ingest."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator


class IngestOptions(BaseModel):
    """Settings of one ingest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("", max_length=200)
    """Name of the data set; empty means the first source's name."""
    split_val: float = Field(0.15, ge=0, lt=1)
    """Share of each species' photos for validation."""
    split_test: float = Field(0.15, ge=0, lt=1)
    """Share for testing."""
    seed: int = 0
    """Of the draw that splits."""
    min_photos: int = Field(5, ge=1)
    """Species with fewer photos are left out and listed."""
    max_side: int = Field(1024, ge=64, le=8192)
    """Longer side of a stored photo at most, pixels."""
    licence: str = Field("", max_length=200)
    """Licence of photos whose own is not stated."""
    attribution: str = Field("", max_length=2000)
    """Whom to name for the whole collection."""
    drawn: bool = False
    """The pictures are drawings: the app says so, and likeness alone does not group them."""

    @model_validator(mode="after")
    def _leaves_training_photos(self) -> IngestOptions:
        if self.split_val + self.split_test > 0.8:
            raise ValueError("split_val and split_test together leave less than a fifth for training")
        return self
