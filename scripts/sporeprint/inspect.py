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
    from sporeprint_training.dataset.inspect import inspect as count
    from sporeprint_training.dataset.store import read_dataset

    found = read_dataset(dataset)
    report = count(found)
    rows = [(row.scientific_name, row.photos, row.train, row.val, row.test) for row in report.per_species]
    total = ("all", report.photos, *report.splits.values())
    show(found.info.name, ("species", "photos", "train", "val", "test"), [*rows, total])
    show("Species placed", tuple(report.ranks), [tuple(report.ranks.values())])
    if report.rejected:
        show("Rejected", ("reason", "photos"), list(report.rejected.items()))
    emit(report.to_dict(), as_json=as_json)
