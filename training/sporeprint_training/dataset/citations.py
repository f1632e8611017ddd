"""The data sets that photos are from, to be cited wherever the model goes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

MOST_SOURCES = 50
"""Named one by one: every phone downloads the list."""
_DOI = r"10\.\d{4,9}/[^\s<>\"'&]{1,200}"
_PREFIX = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)


class SourceDataset(BaseModel):
    """A data set that photos were taken from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("", max_length=200)
    """Its title or key, as the source says; "" where only a DOI is known."""
    doi: str = Field("", pattern=rf"^({_DOI})?$")
    """Without the address of a resolver; "" unknown."""
    photos: int = Field(ge=1)


def doi_of(text: str) -> str:
    """The DOI in `10.15468/ab3s5x`, `doi:10.15468/ab3s5x` or its address; "" for anything else."""
    plain = _PREFIX.sub("", text.strip())
    return plain if re.fullmatch(_DOI, plain) else ""


def source_datasets(stated: Iterable[tuple[str, str]]) -> tuple[SourceDataset, ...]:
    """Photos by source, the most frequent first.

    Args:
        stated: name and DOI of each photo's source; photos without either are not counted.

    Returns:
        At most `MOST_SOURCES` and one for all others together.
    """
    counts: dict[tuple[str, str], int] = {}
    for name, doi in stated:
        source = (name[:200], doi_of(doi))
        if any(source):
            counts[source] = counts.get(source, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named = [SourceDataset(name=name, doi=doi, photos=count) for (name, doi), count in ranked[:MOST_SOURCES]]
    rest = ranked[MOST_SOURCES:]
    if rest:
        named.append(SourceDataset(name=f"{len(rest)} other data sets", photos=sum(count for _, count in rest)))
    return tuple(named)
