"""The emergency card's numbers: data with a source each, checked before a phone offers to call them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from sporeprint_site.words import Line, Words
from sporeprint_training.artefact import canonical_json

BUILT_IN = Path(__file__).parent / "app" / "emergency.json"


class EmergencyNumber(BaseModel):
    """One entry of the emergency card."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: Words
    """Where the number holds, e.g. a country."""
    number: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9][0-9 ()./-]{1,24}$")]
    """As people write it; what is dialled are its digits, with a leading `+`."""
    text: Words
    """Who answers, and when."""
    source: Line
    """Where the number was taken from."""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    """ISO 3166-1 code (or EU): the app lists the reader's own country first."""


EmergencyNumbers = Annotated[tuple[EmergencyNumber, ...], Field(min_length=1, max_length=200)]


def built_in_numbers() -> tuple[EmergencyNumber, ...]:
    """The numbers that come with Sporeprint.

    Raises:
        pydantic.ValidationError: the table that comes with Sporeprint breaks the schema.
    """
    return TypeAdapter(tuple[EmergencyNumber, ...]).validate_python(json.loads(BUILT_IN.read_bytes()))


def numbers_file(numbers: Sequence[EmergencyNumber]) -> bytes:
    """What the app reads: in the order given, words by language."""
    content: list[dict[str, Any]] = [item.model_dump(mode="json", exclude_none=True) for item in numbers]
    return canonical_json(content)
