"""The command line of the benchmark."""

from __future__ import annotations

import os
import platform
import tempfile
from dataclasses import asdict
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import typer

from ingest_benchmark.archive import write_archive
from ingest_benchmark.measure import PROGRAMS, Reading, read_once
from sporeprint.terminal import JsonOption, emit, fail, say
from sporeprint_training.errors import SporeprintError


def benchmark(
    occurrences: Annotated[int, typer.Option(min=1, help="Rows of occurrences, 241 columns each.")] = 1_000_000,
    media: Annotated[int, typer.Option(min=1, help="Rows of media.")] = 1_200_000,
    repeats: Annotated[int, typer.Option(min=1, help="Readings of each kind, in turns.")] = 3,
    folder: Annotated[Path | None, typer.Option(help="Where to write the archive; 1.5 GB by default.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write an archive, then read it here and with pandas alone."""
    say(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        archive = Path(temporary) / "archive"
        start = perf_counter()
        write_archive(archive, occurrences, media)
        size = sum(file.stat().st_size for file in archive.iterdir())
        took = perf_counter() - start
        say(f"{occurrences:,} occurrences, {media:,} media, {size / 1e9:.2f} GB, written in {took:.0f} s")
        readings: dict[str, list[Reading]] = {program: [] for program in PROGRAMS}
        for _ in range(repeats):
            for program in PROGRAMS:
                readings[program].append(read_once(program, archive))
                last = readings[program][-1]
                say(f"{program:>8}  {last.seconds:7.2f} s  {last.peak_bytes / 1e9:5.2f} GB  {last.rows:,} rows")
    seconds = {program: median(reading.seconds for reading in several) for program, several in readings.items()}
    peaks = {program: max(reading.peak_bytes for reading in several) for program, several in readings.items()}
    ratios = {"seconds": seconds["here"] / seconds["pandas"], "peak_bytes": peaks["here"] / peaks["pandas"]}
    say(f"select and join / read_csv: {ratios['seconds']:.2f} of the time, {ratios['peak_bytes']:.2f} of the memory")
    told = {program: [asdict(reading) for reading in several] for program, several in readings.items()}
    emit({"occurrences": occurrences, "media": media, "ratios": ratios, **told}, as_json=as_json)


def main() -> None:
    """Run it; a user's mistake is one line."""
    try:
        typer.run(benchmark)
    except SporeprintError as error:
        fail(error)
