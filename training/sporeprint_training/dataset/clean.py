"""Which of the prepared photos stay: none without a licence to take it, no picture twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sporeprint_training.dataset.gather import Gathered
from sporeprint_training.dataset.licences import ALLOWED, licence_id, objection
from sporeprint_training.dataset.observations import Observation
from sporeprint_training.dataset.occasion import NO_OCCASION, Occasion
from sporeprint_training.dataset.prepare import Prepared
from sporeprint_training.dataset.removed import Removal
from sporeprint_training.dataset.sources import PhotoFile

_LISTED = 20
"""Conflicts that are spelled out; the rest is counted."""
_NOTHING_KNOWN = Observation("", "", "")


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
    def known(self) -> Observation:
        """What a table says of it, blank where there is none."""
        return self.observation or _NOTHING_KNOWN

    @property
    def observation_id(self) -> str:
        """The observation's address, or the photo itself when nothing is known."""
        return self.known.observation_id or self.photo_id

    @property
    def observer(self) -> str:
        """Who saw it, or took the photo; "" unknown."""
        return self.known.observer or self.known.author

    @property
    def occasion(self) -> Occasion:
        """When and where it was taken, as far as is known."""
        return self.observation.occasion if self.observation else NO_OCCASION

    @property
    def path(self) -> str:
        """Where the image lies in the data set's folder."""
        return f"images/{self.photo_id[:2]}/{self.photo_id}.jpg"

    def licence(self, declared: str) -> str:
        """SPDX id of its own licence or else the declared one; the text itself where it is no known licence."""
        stated = self.known.licence or declared
        return licence_id(stated) or stated

    def removal(self, reason: str, detail: str) -> Removal:
        """A row for the table of what was not taken."""
        return _removal(self.file, reason, detail)


@dataclass(frozen=True)
class Cleaned:
    """The photos that stay, by photo id, and why the others do not."""

    kept: tuple[Photo, ...]
    removed: tuple[Removal, ...]
    warnings: tuple[str, ...]
    linked: tuple[tuple[str, str], ...] = ()
    """Photo id of the one that stays and observation id of its dropped duplicate: both show one find."""

    @property
    def rejected(self) -> Counter[str]:
        """Reason to number of photos."""
        return Counter(removal.reason for removal in self.removed)

    @property
    def species(self) -> list[str]:
        """Names of the remaining species, sorted."""
        return sorted({photo.species for photo in self.kept})


def clean(
    gathered: Gathered,
    prepared: Sequence[Prepared],
    *,
    allowed: Collection[str] = ALLOWED,
    licence_required: bool = False,
) -> Cleaned:
    """Drop rejected photos, those that their licence does not allow, and exact duplicates (the first one stays).

    Args:
        gathered: the files.
        prepared: what became of each.
        allowed: families of licences; see `licences.FAMILIES`. It judges what a source states of a photo.
        licence_required: drop photos of which nothing is stated too.
    """
    removed = [_removal(file, "no_species", "") for file in gathered.outside]
    first: dict[str, Photo] = {}
    conflicts: list[str] = []
    linked: list[tuple[str, str]] = []
    photos: list[Photo] = []
    for number, (file, result) in enumerate(zip(gathered.files, prepared, strict=True)):
        if result.reason or file.species is None:
            removed.append(_removal(file, result.reason, ""))
            continue
        photo = Photo(number, file, file.species, result, gathered.observations[number])
        stated = photo.known.licence
        against = objection(stated, allowed) if stated or licence_required else ""
        if against:
            removed.append(photo.removal(against, stated))
            continue
        # The decoded source finds lossless copies; the stored form finds sources that became the same file.
        twin = first.setdefault(result.pixels_sha256, photo)
        twin = first.setdefault(result.sha256, twin)
        if twin is photo:
            photos.append(photo)
            continue
        linked.append((twin.photo_id, photo.observation_id))
        same = twin.species == photo.species
        removed.append(photo.removal("duplicate" if same else "duplicate_other_species", f"of {twin.file.label}"))
        if not same:
            conflicts.append(
                f"One picture under two species: {file.label} ({photo.species}) was dropped, "
                f"{twin.file.label} ({twin.species}) stays"
            )
    kept = sorted(photos, key=lambda photo: photo.photo_id)
    return Cleaned(tuple(kept), tuple(removed), tuple(_short(conflicts)), tuple(linked))


def _removal(file: PhotoFile, reason: str, detail: str) -> Removal:
    return Removal(file.source.name, file.label, 0, file.species or "", reason, detail)


def _short(conflicts: list[str]) -> list[str]:
    more = len(conflicts) - _LISTED
    return conflicts[:_LISTED] + ([f"{more} more pictures under two species were dropped"] if more > 0 else [])
