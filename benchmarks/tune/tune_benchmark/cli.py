"""The command line of the benchmark."""

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from sporeprint.terminal import JsonOption, TerminalProgress, emit, fail, say
from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.errors import SporeprintError
from tune_benchmark.grid import local_grid
from tune_benchmark.measure import one_of_each, reckoned, search
from tune_benchmark.plain import plain_fit


def benchmark(
    data: Annotated[Path, typer.Argument(help="Folder with fungi20/, run_configs/ and weights/.")],
    dataset: Annotated[Path | None, typer.Option(help="The same photos as a data set, to spare the ingest.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Trials at the same time.")] = 2,
    plain_epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Stop a plain training after so many, and reckon with the epochs of the trials."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Try the capstone's grid on frozen backbones; then train one run per backbone plainly, and reckon 72 of them."""
    say(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if dataset is None:
            dataset = folder / "dataset"
            ingest([data / "fungi20"], dataset, IngestOptions(name="fungi20", report=False), TerminalProgress())
        group, searched = search(dataset, folder, local_grid(data), jobs)
        standing = searched.tuned.standing
        told = f"{searched.seconds:.1f} s, {searched.epochs:.1f} epochs each"
        say(f"{standing.tried} runs, {standing.failed} failed: {told}")
        plain = {}
        for base, config in one_of_each(group).items():
            found = dict(plain_fit(dataset, config, plain_epochs))
            if plain_epochs:
                found["seconds"] *= searched.epochs / found["epochs"]
            plain[base] = found
            told = f"{found['seconds']:.1f} s, {found['epochs']} epochs, {found['val_accuracy']:.3f}"
            say(f"plain fit with {base}: {told}")
    total = reckoned([item["seconds"] for item in plain.values()], standing.tried)
    ratio = total / searched.seconds
    say(f"{standing.tried} plain runs would take {total / 60:.0f} min: {ratio:.0f} times as long")
    emit(
        {
            "trials": standing.tried,
            "failed": standing.failed,
            "seconds": searched.seconds,
            "epochs": searched.epochs,
            "val_accuracy": searched.tuned.val_accuracy,
            "plain": plain,
            "plain_seconds": total,
            "ratio": ratio,
        },
        as_json=as_json,
    )


def main() -> None:
    """Run it; a user's mistake is one line."""
    try:
        typer.run(benchmark)
    except SporeprintError as error:
        fail(error)
