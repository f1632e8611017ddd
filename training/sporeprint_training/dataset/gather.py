"""Everything that the sources hold, in one deterministic order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sporeprint_training.dataset.observations import Observation, observations_table, read_observations
from sporeprint_training.dataset.placement import Placements
from sporeprint_training.dataset.sources import PhotoFile, list_source
from sporeprint_training.dataset.taxonomy import add_observations


@dataclass(frozen=True)
class Gathered:
    """Files that claim to be photos, and what is known of them before they are opened."""

    files: tuple[PhotoFile, ...]
    """By source in the given order, then by name."""
    observations: tuple[Observation | None, ...]
    """One per file."""
    outside: tuple[PhotoFile, ...]
    """Images that lie in no class folder."""
    empty: tuple[str, ...]
    """Species with a folder and no image in any source."""
    warnings: tuple[str, ...]
    placements: Placements
    """What the tables beside the photos say of the species' ranks."""


def gather(sources: Sequence[Path]) -> Gathered:
    """List every source and join its observations, with the ranks of their species where they state them.

    Raises:
        BadInput: a source or its `observations.csv` cannot be read.
    """
    files: list[PhotoFile] = []
    observations: list[Observation | None] = []
    outside: list[PhotoFile] = []
    empty, warnings, prefixes = set[str](), list[str](), list[str]()
    for source in sources:
        listing = list_source(source)
        table = read_observations(source, listing.prefix)
        files += listing.photos
        observations += [table.pop(photo.name, None) for photo in listing.photos]
        prefixes.append(listing.prefix)
        outside += listing.outside
        empty.update(listing.empty)
        if table:
            first = next(iter(table))
            warnings.append(f"{source}: observations.csv names {len(table)} files that are not there, such as {first}")
    warnings += _unusable(observations)
    used = {photo.species for photo in files if photo.species}
    unused = tuple(sorted(empty - used))
    placements = _placements(zip(sources, prefixes, strict=True), used)
    return Gathered(tuple(files), tuple(observations), tuple(outside), unused, tuple(warnings), placements)


def _placements(sources: Iterable[tuple[Path, str]], classes: Collection[str]) -> Placements:
    found = Placements()
    for source, prefix in sources:
        table = observations_table(source, prefix)
        if table:
            add_observations(found, table, classes)
    return found


def _unusable(observations: Sequence[Observation | None]) -> list[str]:
    values = [value for known in observations if known for value in known.occasion.unusable]
    if not values:
        return []
    return [
        f"{len(values)} dates or places in observations.csv cannot be, such as {values[0][:50]!r}, and count as "
        "unknown: dates are 2021-10-03 or 2021-10, places decimal degrees like 52.1 and -1.3"
    ]
