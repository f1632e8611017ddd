"""Which of the prepared photos stay: no picture twice, no species with too few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sporeprint_training.dataset.gather import Gathered
from sporeprint_training.dataset.observations import Observation
from sporeprint_training.dataset.occasion import NO_OCCASION, Occasion
from sporeprint_training.dataset.prepare import Prepared
from sporeprint_training.dataset.sources import PhotoFile

_LISTED = 20
"""Conflicts that are spelled out; the rest is counted."""


@dataclass(frozen=True)
class Photo:
    """A photo that stays."""

    number: int
    """Its place in the gathered files, and its name in the staging folder."""
    file: PhotoFile
    species: str
    prepared: Prepared
    observation: Observation | None

    @property
    def photo_id(self) -> str:
        """First 16 hexadecimal digits of the stored file's SHA-256."""
        return self.prepared.sha256[:16]

    @property
    def observation_id(self) -> str:
        """The observation's address, or the photo itself when nothing is known."""
        return (self.observation.observation_id if self.observation else "") or self.photo_id

    @property
    def occasion(self) -> Occasion:
        """When and where it was taken, as far as is known."""
        return self.observation.occasion if self.observation else NO_OCCASION

    @property
    def path(self) -> str:
        """Where the image lies in the data set's folder."""
        return f"images/{self.photo_id[:2]}/{self.photo_id}.jpg"


@dataclass(frozen=True)
class Cleaned:
    """The photos that stay, by photo id, and why the others do not."""

    kept: tuple[Photo, ...]
    rejected: Counter[str]
    warnings: tuple[str, ...]
    linked: tuple[tuple[str, str], ...] = ()
    """Observation ids of the photo that stays and of its dropped duplicate: both show one find."""

    @property
    def species(self) -> list[str]:
        """Names of the remaining species, sorted."""
        return sorted({photo.species for photo in self.kept})


def clean(gathered: Gathered, prepared: Sequence[Prepared], min_photos: int) -> Cleaned:
    """Drop rejected photos, exact duplicates (the first one stays) and species with fewer than `min_photos` photos."""
    rejected: Counter[str] = Counter({"no_species": gathered.no_species} if gathered.no_species else {})
    first: dict[str, Photo] = {}
    conflicts: list[str] = []
    linked: list[tuple[str, str]] = []
    photos: list[Photo] = []
    for number, (file, result) in enumerate(zip(gathered.files, prepared, strict=True)):
        if result.reason or file.species is None:
            rejected[result.reason] += 1
            continue
        photo = Photo(number, file, file.species, result, gathered.observations[number])
        # The decoded source finds lossless copies; the stored form finds sources that became the same file.
        twin = first.setdefault(result.pixels_sha256, photo)
        twin = first.setdefault(result.sha256, twin)
        if twin is photo:
            photos.append(photo)
            continue
        linked.append((twin.observation_id, photo.observation_id))
        if twin.species == photo.species:
            rejected["duplicate"] += 1
        else:
            rejected["duplicate_other_species"] += 1
            conflicts.append(
                f"One picture under two species: {file.name} ({photo.species}) was dropped, "
                f"{twin.file.name} ({twin.species}) stays"
            )
    counts = Counter(photo.species for photo in photos)
    names = {file.species for file in gathered.files if file.species}.union(gathered.empty)
    few = {name: counts[name] for name in sorted(names) if counts[name] < min_photos}
    if sum(few.values()):
        rejected["too_few_photos"] += sum(few.values())
    kept = sorted((photo for photo in photos if photo.species not in few), key=lambda photo: photo.photo_id)
    return Cleaned(tuple(kept), rejected, (*_short(conflicts), *_too_few(few, min_photos)), tuple(linked))


def _short(conflicts: list[str]) -> list[str]:
    more = len(conflicts) - _LISTED
    return conflicts[:_LISTED] + ([f"{more} more pictures under two species were dropped"] if more > 0 else [])


def _too_few(few: dict[str, int], min_photos: int) -> list[str]:
    if not few:
        return []
    listed = ", ".join(f"{name} ({count})" for name, count in few.items())
    return [f"Left out, with fewer than {min_photos} photos: {listed}"]
