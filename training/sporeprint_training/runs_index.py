"""`runs.h5`: one row per run, so that all runs can be listed and compared without opening each folder."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tables

from sporeprint_training.errors import BadInput
from sporeprint_training.locking import locked
from sporeprint_training.run import RunRecord
from sporeprint_training.runs_place import RunsPlace, runs_place

_TEXTS = ("id", "base", "dataset", "dataset_sha256", "config")
_NUMBERS = ("classes", "photos", "n_parameters", "n_test", "seed")
_MEASURES = ("top1", "top3", "macro_f1", "ece", "deadly_recall", "deadly_false_alarm", "seconds")
COLUMNS = (*_TEXTS, *_NUMBERS, *_MEASURES)


def read_index(runs: Path | RunsPlace) -> pd.DataFrame:
    """All runs, sorted by id: columns `COLUMNS`; a measure that does not exist is NaN, `config` is JSON.

    Args:
        runs: as `runs_place` takes it.

    Raises:
        BadInput: the file is no index of this version.
    """
    place = runs_place(runs)
    path = place.index
    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    try:
        with tables.open_file(path, "r") as file:
            rows = file.get_node("/", place.index_key).read()
            columns: dict[str, Any] = {name: rows[name] for name in COLUMNS}
    except (tables.HDF5ExtError, tables.NoSuchNodeError, ValueError) as error:
        raise BadInput(
            f"{place.index_file} is the index of runs of this version",
            received=f"{path}: {type(error).__name__}",
            next_step="Delete it; the next training writes a new one",
        ) from None
    for name in _TEXTS:
        columns[name] = [value.decode() for value in columns[name].tolist()]
    return pd.DataFrame(columns)


def add_to_index(runs: Path | RunsPlace, record: RunRecord) -> None:
    """Add a run, or replace the row of the same id; the file is replaced in one step.

    Trainings that end at the same time take turns, so that no row is lost.

    Args:
        runs: as `runs_place` takes it.
        record: of the run.
    """
    place = runs_place(runs)
    with locked(place.folder / f".{place.index_file}.lock"):
        known = read_index(place)
        rows = [row for row in known.to_dict("records") if row["id"] != record.id] + [_row(record)]
        rows.sort(key=lambda row: str(row["id"]))
        descriptor, temporary = tempfile.mkstemp(dir=place.folder, prefix=f".{place.index_file}.")
        os.close(descriptor)
        try:
            _write(Path(temporary), place.index_key, rows)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(place.index)
        finally:
            Path(temporary).unlink(missing_ok=True)


def _row(record: RunRecord) -> dict[Any, Any]:
    measured = record.metrics.model_dump() | {"seconds": sum(record.seconds.model_dump().values())}
    return {
        "id": record.id,
        "base": record.config.model.base,
        "dataset": record.dataset.name,
        "dataset_sha256": record.dataset.sha256,
        "config": record.config.model_dump_json(),
        "classes": len(record.classes),
        "photos": sum(item.n_photos for item in record.classes),
        "n_parameters": record.n_parameters,
        "n_test": record.metrics.n,
        "seed": record.config.seed,
        **{name: math.nan if measured[name] is None else measured[name] for name in _MEASURES},
    }


def _write(path: Path, key: str, rows: list[dict[Any, Any]]) -> None:
    # As wide as the longest: a column that is too narrow cuts texts off without a word.
    texts = {name: [row[name].encode() for row in rows] for name in _TEXTS}
    description = {
        **{
            name: tables.StringCol(max([1, *map(len, encoded)]), pos=position)
            for position, (name, encoded) in enumerate(texts.items())
        },
        **{name: tables.Int64Col(pos=20 + position) for position, name in enumerate(_NUMBERS)},
        **{name: tables.Float64Col(pos=40 + position) for position, name in enumerate(_MEASURES)},
    }
    with tables.open_file(path, "w", filters=tables.Filters(5, "zlib", shuffle=True)) as file:
        table = file.create_table("/", key, description)
        values = np.zeros(len(rows), table.dtype)
        for name in COLUMNS:
            values[name] = texts.get(name) or [row[name] for row in rows]
        table.append(values)
