"""The photos that a run keeps, so that its export can be measured without the data set.

Held-out photos show how far an exported model differs from the trained one; photos of the train split show which
inputs a layer works on, when its weights are rounded.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sporeprint_training.artefact import canonical_json, sha256_file, write_bytes
from sporeprint_training.errors import BadInput
from sporeprint_training.run import Run

if TYPE_CHECKING:
    from sporeprint_training.dataset.store import Dataset

PHOTOS_FILE = "photos.json"
PHOTOS_FOLDER = "photos"
HELD_OUT_PHOTOS = 512
"""Of the validation and test splits together, taken from each species in turn; of deadly species all are kept, however
many. They are listed by id, which is no order of theirs, so that the first few are of all kinds."""
CALIBRATION_PHOTOS = 64
"""Of the train split, at most. A photo gives a layer as many examples as its map has places."""


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RunPhoto(_Frozen):
    """One kept photo."""

    path: str
    """In the run folder."""
    sha256: str
    label: int = Field(ge=0)
    """Index of its class."""
    split: Literal["train", "val", "test"]


class RunPhotos(_Frozen):
    """`photos.json`."""

    photos: tuple[RunPhoto, ...]

    def of(self, *splits: str) -> tuple[RunPhoto, ...]:
        """Those of the given splits, in the file's order."""
        return tuple(photo for photo in self.photos if photo.split in splits)


def write_photos(folder: Path, data: Dataset, deadly: Collection[int]) -> None:
    """Keep photos of a data set in a run folder, as links where the file system has them: they then take no room.

    Which ones depends on the data set alone, so that two runs on it are measured and rounded alike.

    Args:
        folder: of the run.
        data: the data set.
        deadly: labels of the deadly species: what a precision costs them must not go unseen.
    """
    (folder / PHOTOS_FOLDER).mkdir()
    held_out = data.photos[data.photos["split"].isin(["val", "test"])]
    train = data.photos[data.photos["split"] == "train"]
    kept = [
        _keep(folder, data.folder / str(row["path"]), row)
        for rows, limit, always in ((held_out, HELD_OUT_PHOTOS, deadly), (train, CALIBRATION_PHOTOS, ()))
        for row in _in_turn(rows, limit, always)
    ]
    listed = RunPhotos(photos=tuple(sorted(kept, key=lambda photo: photo.path)))
    write_bytes(folder / PHOTOS_FILE, canonical_json(listed.model_dump(mode="json")))


def _in_turn(rows: pd.DataFrame, limit: int, always: Collection[int]) -> list[dict[str, Any]]:
    turn = rows.sort_values("photo_id").groupby("label").cumcount()
    ordered = rows.assign(turn=turn).sort_values(["turn", "label"])
    kept = pd.concat([ordered.head(limit), ordered[ordered["label"].isin(always)]])
    records = kept[~kept.index.duplicated()].drop(columns="turn").to_dict("records")
    return [{str(key): value for key, value in record.items()} for record in records]


def _keep(folder: Path, source: Path, row: dict[str, Any]) -> RunPhoto:
    path = f"{PHOTOS_FOLDER}/{row['photo_id']}{source.suffix}"
    target = folder / path
    try:
        os.link(source, target)
    except OSError:
        # Another file system, or one without links.
        shutil.copyfile(source, target)
    return RunPhoto(path=path, sha256=sha256_file(target), label=int(row["label"]), split=row["split"])


def read_photos(run: Run) -> RunPhotos:
    """The photos that a run keeps, each one's bytes checked against its hash.

    Raises:
        BadInput: the list or a photo is missing, was changed, leads out of the folder, or has a label without a class.
    """
    try:
        found = RunPhotos.model_validate_json((run.folder / PHOTOS_FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise _incomplete(run, f"{PHOTOS_FILE}: {str(error).splitlines()[0]}") from None
    root = run.folder.resolve()
    for photo in found.photos:
        path = (root / photo.path).resolve() if "\0" not in photo.path else root
        if not path.is_relative_to(root) or not path.is_file() or sha256_file(path) != photo.sha256:
            raise _incomplete(run, f"{photo.path}, missing or changed")
        if photo.label >= len(run.record.classes):
            raise _incomplete(run, f"{photo.path} with label {photo.label} of {len(run.record.classes)} classes")
    if not found.of("val", "test") or not found.of("train"):
        raise _incomplete(run, f"{PHOTOS_FILE} without photos of every kind")
    return found


def _incomplete(run: Run, received: str) -> BadInput:
    return BadInput(
        f"A run holds the photos that its {PHOTOS_FILE} lists: some to calibrate with, others to measure on",
        received=f"{run.folder}: {received}",
        next_step="Train again with this version",
    )
