"""The command line of the benchmark."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from journal_benchmark.measure import measure_journal
from sporeprint.terminal import JsonOption, emit, fail, say
from sporeprint_training.errors import SporeprintError


def benchmark(
    public: Annotated[Path, typer.Argument(help="Folder of a site built with --readable.")],
    finds: Annotated[int, typer.Option(min=1, help="Finds in the journal, a photo each.")] = 500,
    edge: Annotated[int, typer.Option(min=16, help="Pixels of a photo's edge; 800 make about 1.4 MB.")] = 800,
    as_json: JsonOption = False,
) -> None:
    """Fill the journal, then open, export, delete, import and compare it."""
    measured = measure_journal(public, finds=finds, edge=edge)
    say(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    say(f"{finds} finds, {measured.photo_bytes / finds / 1e6:.2f} MB of photo each")
    for name, seconds in measured.seconds.items():
        say(f"{name:>12}  {seconds:7.2f} s")
    say(f"{'backup':>12}  {measured.backup_bytes / 1e6:7.1f} MB")
    say("What came back equals what went out." if measured.equal else "What came back is NOT what went out.")
    emit(asdict(measured), as_json=as_json)


def main() -> None:
    """Run it; a user's mistake is one line."""
    try:
        typer.run(benchmark)
    except SporeprintError as error:
        fail(error)
