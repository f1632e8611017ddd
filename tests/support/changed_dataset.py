"""A data set that somebody changed after it was made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from sporeprint_training.dataset.store import read_dataset, write_tables


def changed_dataset(
    dataset: Path, tmp_path: Path, change: Callable[[pd.DataFrame, pd.DataFrame], None], **info: Any
) -> Path:
    """A copy of the data set, with its photos and species as `change` leaves them and other values of its info."""
    folder = tmp_path / "changed"
    shutil.copytree(dataset, folder)
    data = read_dataset(folder)
    photos, species = data.photos.copy(), data.species.copy()
    change(photos, species)
    write_tables(folder, data.info.model_copy(update=info), photos, species)
    return folder
