"""Groups and splits of the photos that stay, where photos of an earlier data set keep the split that they had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sporeprint_training.dataset.clean import Cleaned, Photo
from sporeprint_training.dataset.groups import group_photos
from sporeprint_training.dataset.info import DATASET_FILE, DatasetInfo
from sporeprint_training.dataset.options import IngestOptions
from sporeprint_training.dataset.removed import Removal
from sporeprint_training.dataset.similar import near_pairs
from sporeprint_training.dataset.split import split_groups
from sporeprint_training.dataset.store import SPLITS, read_dataset
from sporeprint_training.errors import BadInput


@dataclass(frozen=True)
class Assigned:
    """Which split photos have in an earlier data set."""

    info: DatasetInfo | None = None
    """Of that data set; None without one."""
    splits: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the stored file, and of the decoded source picture, to split."""
    unreadable: str = ""
    """What is wrong with the data set that cannot be read."""

    def of(self, photo: Photo) -> str | None:
        """The split of a photo; None for a new one."""
        return self.splits.get(photo.prepared.sha256) or self.splits.get(photo.prepared.pixels_sha256)


@dataclass(frozen=True)
class Divided:
    """Photos with the group and the split of each."""

    photos: tuple[Photo, ...]
    groups: tuple[str, ...]
    splits: Mapping[str, str]
    """Group to "train", "val" or "test"."""
    conflicts: tuple[tuple[Photo, Photo], ...]
    """Photos of two species that look the same."""
    removed: tuple[Removal, ...]
    warnings: tuple[str, ...]


def read_assigned(folder: Path) -> Assigned:
    """The splits of the data set that lies in `folder`; of none when there is none that can be read."""
    if not (folder / DATASET_FILE).is_file():
        return Assigned()
    try:
        data = read_dataset(folder)
    except BadInput as error:
        return Assigned(unreadable=str(error).splitlines()[0])
    photos = data.photos
    splits = dict(zip(photos["pixels_sha256"], photos["split"].astype(str), strict=True))
    splits.update(zip(photos["sha256"], photos["split"].astype(str), strict=True))
    splits.pop("", None)
    return Assigned(data.info, splits)


def check_same_kind(old: Assigned, options: IngestOptions) -> None:
    """Refuse another kind of split than that of the earlier data set: what belongs together would be torn already.

    Raises:
        BadInput: the data set was split by something else.
    """
    if old.info and old.info.split_by != options.split_by:
        raise BadInput(
            "A data set stays split by what it was split by, because its photos keep their splits",
            received=f"--split-by {options.split_by}, and {old.info.name} is split by {old.info.split_by}",
            next_step="Ask for the same, name another folder, or draw all splits anew with --resplit",
        )


def divide(cleaned: Cleaned, options: IngestOptions, old: Assigned) -> Divided:
    """Group the photos and give every group one split.

    A photo of the earlier data set keeps its split, and a new one that belongs to its group follows it. New photos
    that would join photos of two splits are left out (`joins_splits`). Where old photos of two splits turn out to be
    one find, all of them go to the split nearest to training: whatever a model may have learned from is never tested
    on.

    Args:
        cleaned: the photos.
        options: shares, seed, and by what to split.
        old: the earlier data set; `Assigned()` draws all anew.
    """
    photos = cleaned.kept
    near, groups = _grouped(photos, cleaned, options)
    torn = {group for group, found in _found(photos, groups, old).items() if len(found) > 1}
    joining = [index for index, group in enumerate(groups) if group in torn and old.of(photos[index]) is None]
    removed = [photos[index].removal("joins_splits", f"group {groups[index]}") for index in joining]
    if joining:
        leaves = set(joining)
        photos = tuple(photo for index, photo in enumerate(photos) if index not in leaves)
        near, groups = _grouped(photos, cleaned, options)
    found = _found(photos, groups, old)
    fixed = {group: min(splits, key=SPLITS.index) for group, splits in found.items()}
    splits = _draw(photos, groups, fixed, options)
    pairs = [(photos[one], photos[other]) for one, other in near]
    return Divided(
        photos,
        tuple(groups),
        splits,
        tuple((one, other) for one, other in pairs if one.species != other.species),
        tuple(removed),
        tuple(_warnings(old if fixed else Assigned(), options, removed, _moved(photos, groups, fixed, old))),
    )


def _grouped(
    photos: Sequence[Photo], cleaned: Cleaned, options: IngestOptions
) -> tuple[list[tuple[int, int]], list[str]]:
    # Drawings of one hand look alike without showing the same find.
    near = [] if options.drawn else list(near_pairs([photo.prepared.hash for photo in photos]))
    return near, group_photos(photos, cleaned.linked, near, by_observer=options.split_by == "observer")


def _found(photos: Sequence[Photo], groups: Sequence[str], old: Assigned) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for photo, group in zip(photos, groups, strict=True):
        split = old.of(photo)
        if split:
            found.setdefault(group, set()).add(split)
    return found


def _draw(
    photos: Sequence[Photo], groups: Sequence[str], fixed: Mapping[str, str], options: IngestOptions
) -> dict[str, str]:
    by_species: dict[str, list[str]] = {}
    dates: dict[str, str] = {}
    for photo, group in zip(photos, groups, strict=True):
        by_species.setdefault(photo.species, []).append(group)
        dates[group] = max(dates.get(group, ""), photo.occasion.observed_on)
    return split_groups(
        by_species,
        val=options.split_val,
        test=options.split_test,
        seed=options.seed,
        fixed=fixed,
        dates=dates if options.split_by == "time" else None,
    )


def _moved(photos: Sequence[Photo], groups: Sequence[str], fixed: Mapping[str, str], old: Assigned) -> list[str]:
    return [
        f"{photo.file.name} from {before} to {fixed[group]}"
        for photo, group in zip(photos, groups, strict=True)
        if (before := old.of(photo)) and before != fixed[group]
    ]


def _warnings(old: Assigned, options: IngestOptions, removed: Sequence[Removal], moved: Sequence[str]) -> list[str]:
    lines = []
    if old.info and _asked(options) != _asked(old.info):
        lines.append(
            "Photos that were in the data set keep their split, although another seed or share is asked for; "
            "--resplit draws all anew"
        )
    if removed:
        lines.append(
            f"{len(removed)} new photos were left out, such as {removed[0].source_file}: each belongs to photos of two "
            "splits"
        )
    if moved:
        lines.append(
            f"{len(moved)} photos changed their split, such as {moved[0]}: photos of two splits turned out to show one "
            "find, and all of them go where a model may have learned from them"
        )
    return lines


def _asked(settings: IngestOptions | DatasetInfo) -> tuple[object, ...]:
    return settings.seed, settings.split_val, settings.split_test
