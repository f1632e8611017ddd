"""`sporeprint runs`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sporeprint.terminal import JsonOption, emit, show
from sporeprint_training.errors import BadInput


def runs(
    folder: Annotated[Path, typer.Argument(help="Folder of runs.")] = Path("runs"),
    as_json: JsonOption = False,
) -> None:
    """List all runs, best first."""
    if not folder.is_dir():
        raise BadInput("Runs lie in a folder", received=str(folder), next_step="Train one with `sporeprint train`")
    from sporeprint_training.runs_index import read_index

    table = read_index(folder).sort_values("top1", ascending=False)
    # NaN is how the table says "not measured"; JSON and people say null and a dash.
    rows = [{key: None if value != value else value for key, value in row.items()} for row in table.to_dict("records")]
    columns = ("id", "dataset", "n_test", "top1", "top3", "macro_f1", "ece", "seconds")
    show(str(folder), columns, [[row[column] for column in columns] for row in rows])
    emit({"runs": rows}, as_json=as_json)
