"""The numbers of a source, before anything of it is downloaded or opened."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.dataset.names import binomial
from sporeprint_training.dataset.readers.open import Source
from sporeprint_training.dataset.readers.read import Notes
from sporeprint_training.progress import SILENT, Progress

LEAST = (5, 10, 50, 100)
"""Photos per class that the long tail is measured by."""
OTHER = "(others)"
_MOST_VALUES = 10_000
_MERGED = 1_000_000


@dataclass(frozen=True)
class ClassCount:
    """One class's photos."""

    name: str
    photos: int
    is_species: bool
    """Whether the name is a species' (genus and epithet)."""


@dataclass(frozen=True)
class SourceReport:
    """What `sporeprint inspect SOURCE` shows. Counts are of photos unless it says otherwise."""

    kind: str
    photos: int
    """Records; with the sum of `rejected` these are all rows."""
    observations: int
    """Different observations."""
    without_observation: int
    classes: int
    """Different names: genus and epithet where there are both, else the name as stated."""
    species: int
    """Classes that are species."""
    rejected: dict[str, int]
    """Reason to number of rows."""
    rejected_examples: dict[str, list[str]]
    """Reason to where the first such rows stand."""
    splits: None
    """A source has none yet."""
    largest: list[ClassCount]
    smallest: list[ClassCount]
    """The end of the same order; no class is in both."""
    classes_with: dict[int, int]
    """Number of photos, see `LEAST`, to number of classes with at least as many."""
    species_with: dict[int, int]
    """The same for species."""
    ranks: dict[str, int]
    """Rank of the name as stated; "species" where it is not stated and the name is one, "unknown" otherwise."""
    licences: dict[str, int]
    """As stated; "" for none."""
    years: dict[str, int]
    months: dict[str, int]
    """`01` to `12`."""
    with_date: int
    with_coordinates: int
    addresses: int
    """Photos that have to be downloaded."""
    files: int
    """Photos that are there."""
    hosts: dict[str, int]
    """Host to number of addresses."""
    warnings: list[str]

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return asdict(self)


def inspect_source(source: Source, shown: int = 10, progress: Progress = SILENT) -> SourceReport:
    """Count what a source holds, frame by frame.

    Memory grows by eight bytes per observation and with the number of different names, not with the source.

    Args:
        source: from `open_source`.
        shown: classes in `largest`, and in `smallest`.
        progress: told of every frame.

    Raises:
        BadInput: as the source's reader.
    """
    notes, counts = Notes(), _Counts()
    with progress.step("Reading") as advance:
        for frame in source.frames(notes):
            counts.add(frame)
            advance(len(frame))
    classes = sorted(counts.classes.items(), key=lambda item: (-item[1], item[0]))
    per_class = [ClassCount(name, photos, binomial(name) is not None) for name, photos in classes]
    largest = per_class[:shown]
    return SourceReport(
        kind=source.kind,
        photos=counts.photos,
        observations=len(counts.observations),
        without_observation=counts.without_observation,
        classes=len(per_class),
        species=sum(found.is_species for found in per_class),
        rejected=dict(notes.rejected.most_common()),
        rejected_examples=notes.examples,
        splits=None,
        largest=largest,
        smallest=per_class[max(len(largest), len(per_class) - shown) :],
        classes_with={least: sum(found.photos >= least for found in per_class) for least in LEAST},
        species_with={least: sum(found.photos >= least and found.is_species for found in per_class) for least in LEAST},
        ranks=dict(counts.ranks.most_common()),
        licences=dict(counts.licences.most_common()),
        years=dict(sorted(counts.years.items())),
        months=dict(sorted(counts.months.items())),
        with_date=counts.with_date,
        with_coordinates=counts.with_coordinates,
        addresses=counts.photos - counts.files,
        files=counts.files,
        hosts=dict(counts.hosts.most_common()),
        warnings=list(notes.warnings),
    )


class _Counts:
    def __init__(self) -> None:
        self.photos = self.files = self.with_date = self.with_coordinates = self.without_observation = 0
        self.observations = _Distinct()
        self.classes = Counter[str]()
        self.ranks, self.licences, self.hosts = Counter[str](), Counter[str](), Counter[str]()
        self.years, self.months = Counter[str](), Counter[str]()

    def add(self, frame: pd.DataFrame) -> None:
        """Count one frame of records."""
        names = frame[["species", "accepted_name", "scientific_name", "rank"]].value_counts()
        for key, photos in names.items():
            species, accepted, stated, rank = map(str, key)  # type: ignore[call-overload]
            name = class_of(species, accepted, stated)
            self.classes[name] += int(photos)
            _count(self.ranks, rank or ("species" if binomial(stated) else "unknown"), int(photos))
        addresses = frame["media"].str.extract(r"^https?://([^/?#]+)", expand=False).dropna()
        dates = frame["observed_on"][frame["observed_on"] != ""]
        _count_all(self.licences, frame["licence_verbatim"])
        _count_all(self.hosts, addresses.str.lower())
        _count_all(self.years, dates.str[:4])
        _count_all(self.months, dates.str[5:7])
        known = frame["observation_id"][frame["observation_id"] != ""]
        self.observations.add(pd.util.hash_array(known.to_numpy(dtype=object)))
        self.photos += len(frame)
        self.files += len(frame) - len(addresses)
        self.with_date += len(dates)
        self.with_coordinates += int(frame["latitude"].notna().sum())
        self.without_observation += len(frame) - len(known)


class _Distinct:
    """How many different 64-bit hashes there were; two of 10⁸ values share one with a chance of 1 in 4,000."""

    def __init__(self) -> None:
        self._seen: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._new: list[NDArray[np.uint64]] = []
        self._waiting = 0

    def add(self, hashes: NDArray[np.uint64]) -> None:
        self._new.append(np.unique(hashes))
        self._waiting += len(self._new[-1])
        if self._waiting > max(_MERGED, len(self._seen)):
            self._merge()

    def __len__(self) -> int:
        self._merge()
        return len(self._seen)

    def _merge(self) -> None:
        self._seen = np.unique(np.concatenate([self._seen, *self._new]))
        self._new, self._waiting = [], 0


@lru_cache(maxsize=100_000)
def class_of(species: str, accepted: str, stated: str) -> str:
    """The class that a record counts under: the species of the name that is accepted, or else the name as it is."""
    return species or binomial(accepted) or binomial(stated) or accepted or stated


def _count(counts: Counter[str], value: str, photos: int) -> None:
    # A stranger's table may have another licence or host in every row.
    counts[value if value in counts or len(counts) < _MOST_VALUES else OTHER] += photos


def _count_all(counts: Counter[str], values: pd.Series[str]) -> None:
    for value, photos in values.value_counts().items():
        _count(counts, str(value), int(photos))
