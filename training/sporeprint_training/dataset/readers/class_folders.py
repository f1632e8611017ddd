"""Class folders, and zips of them, as records; `sources.py` and `gather.py` read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from sporeprint_training.dataset.gather import Gathered, gather
from sporeprint_training.dataset.readers.read import Notes, Read, Record, collect, frames
from sporeprint_training.dataset.readers.texts import text


def read_class_folders(path: Path) -> Read:
    """List every photo; see `class_folders`."""
    notes = Notes()
    return collect(class_folders(path, notes), notes)


def class_folders(path: Path, notes: Notes) -> Iterator[pd.DataFrame]:
    """List the photos of class folders frame by frame, with what `observations.csv` beside them says.

    Args:
        path: folder of `SPECIES/photo.jpg`, or a zip of one.
        notes: told of photos in no class folder, as `no_species`.

    Raises:
        BadInput: as `gather.gather`; from the first frame on.
    """
    found = gather([path])
    for photo in found.outside:
        notes.reject("no_species", text(photo.name))
    for warning in found.warnings:
        notes.warn(warning)
    if found.empty:
        notes.warn(f"No photo in the folders of {', '.join(found.empty[:5])}{', ...' if found.empty[5:] else ''}")
    yield from frames(_records(found, notes))


def _records(found: Gathered, notes: Notes) -> Iterator[Record]:
    for photo, known in zip(found.files, found.observations, strict=True):
        if photo.species is None:
            notes.reject("no_species", text(photo.name))
            continue
        record: dict[str, str | float] = {
            "media": photo.name,
            "source": str(photo.source),
            "scientific_name": photo.species,
        }
        if known:
            record |= {
                "observation_id": text(known.observation_id),
                "licence_verbatim": text(known.licence),
                "author": text(known.author),
                "observed_on": known.occasion.observed_on,
                "latitude": known.occasion.latitude,
                "longitude": known.occasion.longitude,
            }
        yield record
