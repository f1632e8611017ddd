"""From a path to the reader of what lies there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sporeprint_training.dataset.readers.class_folders import class_folders
from sporeprint_training.dataset.readers.darwin_core import darwin_core
from sporeprint_training.dataset.readers.hdf5 import hdf5
from sporeprint_training.dataset.readers.hdf5_description import described
from sporeprint_training.dataset.readers.inaturalist import inaturalist
from sporeprint_training.dataset.readers.lst import lst
from sporeprint_training.dataset.readers.mushroom_observer import mushroom_observer
from sporeprint_training.dataset.readers.photo_table import photo_table
from sporeprint_training.dataset.readers.read import Notes, Read, Reader, collect
from sporeprint_training.dataset.readers.recognise import KINDS, Kind, recognise
from sporeprint_training.errors import BadInput

READERS: dict[Kind, Reader] = {
    "class_folders": class_folders,
    "darwin_core": darwin_core,
    "hdf5": hdf5,
    "hdf5_description": described,
    "inaturalist": inaturalist,
    "lst": lst,
    "mushroom_observer": mushroom_observer,
    "photo_table": photo_table,
}
"""A kind without a reader is recognised, and refused by name."""


@dataclass(frozen=True)
class Source:
    """A source whose kind is known; nothing of it was read yet."""

    path: Path
    kind: Kind
    reader: Reader

    def frames(self, notes: Notes) -> Iterator[pd.DataFrame]:
        """Read it frame by frame; `notes` is complete when the last one was taken.

        Raises:
            BadInput: as the reader.
        """
        return self.reader(self.path, notes)

    def read(self) -> Read:
        """Read all of it into memory; raises as `frames`."""
        notes = Notes()
        return collect(self.frames(notes), notes)


def open_source(path: Path) -> Source:
    """Recognise a source by its content.

    Raises:
        BadInput: it is unknown, or of a kind that has no reader.
    """
    kind = recognise(path)
    if kind not in READERS:
        raise BadInput(
            f"A source is one of these: {'; '.join(KINDS[known] for known in READERS)}",
            received=f"{path}, {KINDS[kind]}",
            next_step="Ingest the photos as class folders, or list them in a table",
        )
    return Source(path, kind, READERS[kind])
