"""The numbers of a data set."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sporeprint_training.dataset.store import SPLITS, TAXON_RANKS, Dataset


@dataclass(frozen=True)
class SpeciesCount:
    """One species' photos."""

    scientific_name: str
    photos: int
    train: int
    val: int
    test: int


@dataclass(frozen=True)
class InspectReport:
    """What `sporeprint inspect` shows."""

    photos: int
    species: int
    rejected: dict[str, int]
    """Reason to number of photos that were not taken."""
    splits: dict[str, int]
    """Photos in train, val and test."""
    groups: int
    """Groups (observations and near-duplicates) that no split divides."""
    ranks: dict[str, int]
    """Rank, from kingdom to genus, to number of species whose place at it is known."""
    per_species: tuple[SpeciesCount, ...]
    """Sorted by name."""

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return asdict(self)


def inspect(dataset: Dataset) -> InspectReport:
    """Count what a data set holds."""
    species = dataset.species
    rows = species[["scientific_name", "n_photos", "n_train", "n_val", "n_test"]].itertuples(index=False)
    return InspectReport(
        photos=len(dataset.photos),
        species=len(species),
        rejected=dict(dataset.info.rejected),
        splits={split: int(species[f"n_{split}"].sum()) for split in SPLITS},
        groups=int(dataset.photos["group_id"].nunique()),
        ranks={rank: int((species[rank] != "").sum()) for rank in TAXON_RANKS},
        per_species=tuple(SpeciesCount(str(name), *map(int, counts)) for name, *counts in rows),
    )
