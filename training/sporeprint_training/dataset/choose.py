"""The choice among decoded photos; `selection.py` makes it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from sporeprint_training.dataset.clean import Cleaned
from sporeprint_training.dataset.gather import Gathered
from sporeprint_training.dataset.limits import Limits
from sporeprint_training.dataset.selection import select


def choose(cleaned: Cleaned, gathered: Gathered, limits: Limits) -> Cleaned:
    """Leave out species with too few photos and, of species with too many, photos beyond the limit.

    Args:
        cleaned: the photos that could be taken.
        gathered: names the species of which none is left.
        limits: see `Limits`.
    """
    photos = {photo.photo_id: photo for photo in cleaned.kept}
    rows = [
        # By the stored photo's own id, so that a file may be moved without changing the choice.
        (photo.species, photo.species, photo.observation_id, photo.observer, name, "", 0)
        for name, photo in photos.items()
    ]
    columns = ["species", "scientific_name", "observation_id", "observer", "media", "source", "line"]
    selected = select(pd.DataFrame(rows, columns=columns), limits)
    kept = tuple(photos[name] for name in selected.kept["media"])
    gone = selected.removed[["source_file", "reason", "detail"]].itertuples(index=False)
    removed = [photos[str(name)].removal(str(reason), str(detail)) for name, reason, detail in gone]
    names = sorted({file.species for file in gathered.files if file.species}.union(gathered.empty))
    few = {name: count for name in names if (count := selected.before.get(name, 0)) < limits.min_photos}
    return replace(
        cleaned,
        kept=kept,
        removed=(*cleaned.removed, *removed),
        warnings=(*cleaned.warnings, *_too_few(few, limits.min_photos)),
    )


def _too_few(few: dict[str, int], min_photos: int) -> list[str]:
    if not few:
        return []
    listed = ", ".join(f"{name} ({count})" for name, count in few.items())
    return [f"Left out, with fewer than {min_photos} photos: {listed}"]
