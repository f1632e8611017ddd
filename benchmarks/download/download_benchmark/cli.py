"""The command line of the benchmark."""

from __future__ import annotations

import os
import platform
from typing import Annotated

import typer

from download_benchmark.measure import BARE, WAYS, measure_downloads
from download_benchmark.server import HEIGHT, WIDTH
from sporeprint.terminal import JsonOption, emit, fail, say, show
from sporeprint_training.errors import SporeprintError


def benchmark(
    photos: Annotated[int, typer.Option(min=1, help="Photos to fetch.")] = 5000,
    concurrency: Annotated[int, typer.Option(min=1, help="At the same time, in the bare loop too.")] = 32,
    rounds: Annotated[int, typer.Option(min=1, help="Times that everything is fetched.")] = 3,
    as_json: JsonOption = False,
) -> None:
    """Fetch small photos from a server on this machine: by a bare httpx loop that only reads, and by the download."""
    measured = measure_downloads(photos, concurrency, rounds)
    say(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    say(f"{photos} photos of {WIDTH} × {HEIGHT} px and {measured.photo_bytes / 1e3:.1f} kB, {concurrency} at a time")
    ways = (BARE, *WAYS)
    own = {way: measured.cpu_ms(measured.own_cpu, way) for way in ways}
    workers = {way: measured.cpu_ms(measured.worker_cpu, way) for way in ways}
    rate = {way: measured.rate(way) for way in ways}
    share = {way: measured.share(way) for way in ways}
    show(
        "Median round; processor time of a photo in milliseconds",
        ("way", "photos/s", "share of bare", "fetching", "workers"),
        [(way, f"{rate[way]:.0f}", f"{share[way]:.2f}", f"{own[way]:.2f}", f"{workers[way]:.2f}") for way in ways],
    )
    say(
        f"A rerun: {measured.rerun_requests} requests, {measured.rerun_bytes} bytes received, "
        f"{measured.rerun_seconds:.2f} s"
    )
    emit(
        {
            "photos": photos,
            "concurrency": concurrency,
            "photo_bytes": measured.photo_bytes,
            "rate": rate,
            "share": share,
            "fetching_cpu_ms": own,
            "worker_cpu_ms": workers,
            "rerun": {"requests": measured.rerun_requests, "bytes": measured.rerun_bytes},
        },
        as_json=as_json,
    )


def main() -> None:
    """Run it; a user's mistake is one line."""
    try:
        typer.run(benchmark)
    except SporeprintError as error:
        fail(error)
