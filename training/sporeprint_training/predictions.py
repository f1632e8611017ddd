"""`predictions.h5`: what a model answered to the photos that it was not trained on.

Tables are written with PyTables' own descriptions, without times, so that equal answers make equal tables.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tables
from numpy.typing import NDArray

from sporeprint_training.errors import BadInput
from sporeprint_training.run import PREDICTIONS_FILE, Run

TEXT_BYTES = {"photo_id": 16, "split": 5, "observation_id": 200, "group_id": 16}
"""Width of each text column, UTF-8 bytes; as in `dataset.store.PHOTOS`."""
_ZLIB = tables.Filters(5, "zlib", shuffle=True)


@dataclass(frozen=True)
class Predictions:
    """Answers to held-out photos, or to observations of them; all arrays have one entry per row."""

    photo_id: NDArray[np.str_]
    label: NDArray[np.int32]
    """Index of the right class."""
    split: NDArray[np.str_]
    """`val` or `test`."""
    observation_id: NDArray[np.str_]
    group_id: NDArray[np.str_]
    """Observations and near-duplicates that no split divides."""
    familiarity: NDArray[np.float64]
    """How much each looks like any class (`familiarity`)."""
    logits: NDArray[np.float32]
    """Shape `(rows, classes)`, not calibrated."""

    def __len__(self) -> int:
        return len(self.label)

    def rows(self, chosen: NDArray[Any]) -> Predictions:
        """Some rows, by a mask or by their positions."""
        return Predictions(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def of(self, split: str) -> Predictions:
        """The rows of one split."""
        return self.rows(self.split == split)


def write(path: Path, predictions: Predictions, answers: Mapping[str, NDArray[Any]] | None = None) -> None:
    """Replace the file in one step.

    Args:
        path: the file.
        predictions: the table `/photos` and the array `/logits`, row by row.
        answers: columns of the table `/answers`, one entry per test photo in their order; bytes for text.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    try:
        with tables.open_file(temporary, "w", filters=_ZLIB) as file:
            texts = {name: _encoded(getattr(predictions, name), width) for name, width in TEXT_BYTES.items()}
            columns: dict[str, NDArray[Any]] = {
                "photo_id": texts["photo_id"],
                "label": predictions.label,
                "split": texts["split"],
                "observation_id": texts["observation_id"],
                "group_id": texts["group_id"],
                "familiarity": predictions.familiarity,
            }
            _write_table(file, "photos", columns)
            file.create_carray("/", "logits", obj=predictions.logits, track_times=False)
            if answers is not None:
                _write_table(file, "answers", answers)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def read_predictions(run: Run) -> Predictions:
    """Read a run's answers, checked against its record.

    Raises:
        BadInput: the file is missing, of another version, or does not belong to the run's classes.
    """
    path = run.folder / PREDICTIONS_FILE
    try:
        with tables.open_file(path, "r") as file:
            rows, logits = file.root.photos.read(), file.root.logits.read()
        texts = {name: _decoded(rows[name]) for name in TEXT_BYTES}
        found = Predictions(label=rows["label"], familiarity=rows["familiarity"], logits=logits, **texts)
    except (OSError, tables.HDF5ExtError, tables.NoSuchNodeError, ValueError) as error:
        raise _refused(path, type(error).__name__) from None
    n_classes = len(run.record.classes)
    if logits.shape != (len(found), n_classes) or not ((found.label >= 0) & (found.label < n_classes)).all():
        raise _refused(path, f"logits of shape {logits.shape} for {len(found)} photos and {n_classes} classes")
    if not np.isfinite(logits).all() or not np.isfinite(found.familiarity).all():
        raise _refused(path, "logits or a familiarity that are no finite numbers")
    return found


def _write_table(file: Any, name: str, columns: Mapping[str, NDArray[Any]]) -> None:
    kinds = [(column, values.dtype, values.shape[1:]) for column, values in columns.items()]
    rows = np.zeros(len(next(iter(columns.values()))), np.dtype(kinds))
    for column, values in columns.items():
        rows[column] = values
    file.create_table("/", name, obj=rows, track_times=False)


def _encoded(texts: NDArray[np.str_], width: int) -> NDArray[np.bytes_]:
    return np.array([text.encode() for text in texts.tolist()], f"S{width}")


def _decoded(values: NDArray[np.bytes_]) -> NDArray[np.str_]:
    return np.array([value.decode() for value in values.tolist()], dtype=np.str_)


def _refused(path: Path, received: str) -> BadInput:
    return BadInput(
        f"{PREDICTIONS_FILE} holds the answers to every held-out photo of the run, as this version writes them",
        received=f"{path}: {received}",
        next_step="Train again with this version",
    )
