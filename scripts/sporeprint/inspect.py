"""`sporeprint inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sporeprint.terminal import JsonOption, emit, show


def inspect(
    dataset: Annotated[Path, typer.Argument(help="Folder written by `sporeprint ingest`.")] = Path("dataset"),
    as_json: JsonOption = False,
) -> None:
    """Show what a data set holds."""
    from sporeprint_training.dataset.store import read_dataset

    found = read_dataset(dataset)
    columns = ["scientific_name", "n_photos", "n_train", "n_val", "n_test"]
    show(found.info.name, ("species", "photos", "train", "val", "test"), found.species[columns].to_numpy().tolist())
    if found.info.rejected:
        show("Rejected", ("reason", "photos"), list(found.info.rejected.items()))
    splits = {split: int((found.photos["split"] == split).sum()) for split in ("train", "val", "test")}
    emit(
        {
            "photos": len(found.photos),
            "species": len(found.species),
            "rejected": found.info.rejected,
            "splits": splits,
        },
        as_json=as_json,
    )
