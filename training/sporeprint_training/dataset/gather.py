"""Everything that the sources hold, in one deterministic order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sporeprint_training.dataset.observations import Observation, read_observations
from sporeprint_training.dataset.sources import PhotoFile, list_source


@dataclass(frozen=True)
class Gathered:
    """Files that claim to be photos, and what is known of them before they are opened."""

    files: tuple[PhotoFile, ...]
    """By source in the given order, then by name."""
    observations: tuple[Observation | None, ...]
    """One per file."""
    no_species: int
    """Images that lie in no class folder."""
    empty: tuple[str, ...]
    """Species with a folder and no image in any source."""
    warnings: tuple[str, ...]


def gather(sources: Sequence[Path]) -> Gathered:
    """List every source and join its observations.

    Raises:
        BadInput: a source or its `observations.csv` cannot be read.
    """
    files: list[PhotoFile] = []
    observations: list[Observation | None] = []
    no_species, empty, warnings = 0, set[str](), list[str]()
    for source in sources:
        listing = list_source(source)
        table = read_observations(source, listing.prefix)
        files += listing.photos
        observations += [table.pop(photo.name, None) for photo in listing.photos]
        no_species += listing.no_species
        empty.update(listing.empty)
        if table:
            first = next(iter(table))
            warnings.append(f"{source}: observations.csv names {len(table)} files that are not there, such as {first}")
    warnings += _unusable(observations)
    used = {photo.species for photo in files}
    return Gathered(tuple(files), tuple(observations), no_species, tuple(sorted(empty - used)), tuple(warnings))


def _unusable(observations: Sequence[Observation | None]) -> list[str]:
    values = [value for known in observations if known for value in known.occasion.unusable]
    if not values:
        return []
    return [
        f"{len(values)} dates or places in observations.csv cannot be, such as {values[0][:50]!r}, and count as "
        "unknown: dates are 2021-10-03 or 2021-10, places decimal degrees like 52.1 and -1.3"
    ]
