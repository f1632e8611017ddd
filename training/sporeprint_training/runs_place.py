"""Where runs lie, and what their index is called."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from sporeprint_training.config_base import Frozen
from sporeprint_training.errors import BadInput

INDEX_FILE, INDEX_KEY = "runs.h5", "runs"


@dataclass(frozen=True)
class RunsPlace:
    """A folder of runs with its index."""

    folder: Path
    index_file: str = INDEX_FILE
    """Name of the HDF5 file in the folder."""
    index_key: str = INDEX_KEY
    """Name of the table in that file."""

    @property
    def index(self) -> Path:
        """The index's path; the file need not exist."""
        return self.folder / self.index_file


class _PlaceFile(Frozen):
    """The capstone's `runs_config.default.json`."""

    runs_dir: str = Field(min_length=1)
    runs_hdf: str = Field(INDEX_FILE, pattern=r"^\w[\w.-]*$")
    runs_hdf_key: str = Field(INDEX_KEY, pattern=r"^/?[A-Za-z]\w*$")


def runs_place(path: Path | RunsPlace) -> RunsPlace:
    """The place that a path names.

    Args:
        path: a folder, which need not exist; or a JSON file with `runs_dir`, and if wanted `runs_hdf` and
            `runs_hdf_key`, whose folder is taken from where the file lies.

    Raises:
        BadInput: the file is no such file.
    """
    if isinstance(path, RunsPlace) or not path.is_file():
        return path if isinstance(path, RunsPlace) else RunsPlace(path)
    try:
        said = _PlaceFile.model_validate(json.loads(path.read_bytes().decode("utf-8-sig")))
    except (ValidationError, ValueError, OSError) as error:
        reason = str(error.errors()[0]["msg"]) if isinstance(error, ValidationError) else str(error)
        raise BadInput(
            "Runs lie in a folder, which a JSON file with runs_dir, runs_hdf and runs_hdf_key may name",
            received=f"{path}: {reason}",
            next_step='Write {"runs_dir": "runs", "runs_hdf": "runs.h5", "runs_hdf_key": "runs"}, or name the folder',
        ) from None
    return RunsPlace(path.parent / said.runs_dir, said.runs_hdf, said.runs_hdf_key.lstrip("/"))
