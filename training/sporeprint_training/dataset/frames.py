"""The rows of `/photos` and `/species`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from sporeprint_training.dataset.clean import Photo
from sporeprint_training.dataset.licences import licence_id
from sporeprint_training.dataset.names import rank_of
from sporeprint_training.dataset.placement import Placements, of_reference, place
from sporeprint_training.dataset.store import CONFLICTS, LEDGER, PHOTOS, SPECIES, SPLITS
from sporeprint_training.reference import Reference


def photos_frame(
    photos: Sequence[Photo], groups: Sequence[str], splits: Mapping[str, str], licence: str
) -> pd.DataFrame:
    """One row per photo, sorted by label and photo id; see `store.PHOTOS` for the columns.

    Args:
        photos: the photos that stay.
        groups: group of each photo.
        splits: group to split.
        licence: for photos whose own is not stated.
    """
    labels = {name: label for label, name in enumerate(sorted({photo.species for photo in photos}))}
    rows = [
        _photo_row(photo, labels[photo.species], group, splits[group], licence)
        for photo, group in zip(photos, groups, strict=True)
    ]
    frame = pd.DataFrame(sorted(rows), columns=list(_COLUMNS))
    return frame[list(PHOTOS)]


_COLUMNS = ("label", "photo_id", *(name for name in PHOTOS if name not in ("label", "photo_id")))


def _photo_row(photo: Photo, label: int, group: str, split: str, licence: str) -> tuple[object, ...]:
    stored = photo.prepared
    return (
        label,
        photo.photo_id,
        photo.path,
        split,
        photo.observation_id,
        group,
        stored.width,
        stored.height,
        stored.bytes,
        stored.sha256,
        photo.file.label,
        photo.licence(licence),
        photo.known.author or photo.known.rights_holder,
        photo.occasion.observed_on,
        photo.occasion.latitude,
        photo.occasion.longitude,
        stored.pixels_sha256,
        stored.flags,
    )


def ledger_frame(photos: Iterable[Photo], licence: str) -> pd.DataFrame:
    """One row per photo, sorted by photo id; see `store.LEDGER` for the columns.

    Args:
        photos: the photos that stay.
        licence: for photos whose own is not stated.
    """
    rows = [
        (
            photo.photo_id,
            licence_id(photo.known.licence or licence) or "",
            photo.known.licence or licence,
            photo.known.author,
            photo.known.rights_holder,
            photo.known.observer,
            photo.known.photo_url,
            photo.known.source_dataset,
            photo.known.doi,
        )
        for photo in photos
    ]
    return pd.DataFrame(sorted(rows), columns=list(LEDGER))


def conflicts_frame(pairs: Iterable[tuple[Photo, Photo]]) -> pd.DataFrame:
    """Photos of two species that look the same; see `store.CONFLICTS` for the columns."""
    rows = [
        (one.photo_id, other.photo_id, ((one.prepared.hash or 0) ^ (other.prepared.hash or 0)).bit_count())
        for one, other in pairs
    ]
    return pd.DataFrame(sorted(rows), columns=list(CONFLICTS))


def species_frame(
    photos: pd.DataFrame, names: Sequence[str], reference: Reference, tables: Sequence[Placements] = ()
) -> pd.DataFrame:
    """One row per species in the order of `names` (its row is its label); see `store.SPECIES` for the columns.

    Ranks come from the `tables`, the first one first, and then from the reference table; of a species that they lack
    only the genus is known, from its name.
    """
    counts = pd.crosstab(photos["label"], photos["split"]).reindex(range(len(names)), fill_value=0)
    rows = []
    for label, name in enumerate(names):
        row: dict[str, object] = {"label": label, "scientific_name": name, "rank": rank_of(name)}
        row |= place(name, [*tables, of_reference(reference.get(name))])
        for split in SPLITS:
            row[f"n_{split}"] = int(counts[split].get(label, 0)) if split in counts else 0
        row["n_photos"] = sum(int(str(row[f"n_{split}"])) for split in SPLITS)
        rows.append(row)
    return pd.DataFrame(rows, columns=list(SPECIES))
