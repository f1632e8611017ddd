"""The command line of the benchmark."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from answer_benchmark.measure import measure
from answer_benchmark.photos import phone_photos
from sporeprint.terminal import JsonOption, TerminalProgress, emit, fail, say, show
from sporeprint_export.bundle import read_bundle
from sporeprint_site.build import build_site
from sporeprint_training.errors import SporeprintError

DATA = Path(os.environ.get("SPOREPRINT_DATA", Path(__file__).parents[4] / "shared" / "data"))
TARGET_MS = 180
LONG_TASK_MS = 50
WARM_UP = 3


@dataclass(frozen=True)
class Report:
    """Milliseconds."""

    model: str
    photos: int
    median: float
    slowest: float
    parts: dict[str, float]
    longest_task: float
    load: float
    """Processes that wanted to run, on average over the last minute; above the cores, the figures are noise."""


def benchmark(
    bundle: Annotated[Path, typer.Argument(help="Folder written by `sporeprint export`.")],
    photos: Annotated[Path, typer.Option(help="Folder of photos to enlarge to 12 megapixels.")] = DATA / "inat7",
    count: Annotated[int, typer.Option(min=1, help="Photos that are timed.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Time a hiker's wait: from choosing a 12-megapixel JPEG until its answer is on the screen, the model warmed."""
    report = time_answers(bundle, photos, count)
    show(
        f"{report.model}, {report.photos} photos of 12 megapixels, Chromium, {os.cpu_count()} cores",
        ("median", "slowest", *report.parts, "longest task"),
        [(report.median, report.slowest, *report.parts.values(), report.longest_task or f"below {LONG_TASK_MS}")],
    )
    say(f"milliseconds; load {report.load:.1f} on {os.cpu_count()} cores (a quiet machine has about 1)")
    reached = report.median <= TARGET_MS and report.longest_task <= LONG_TASK_MS
    say(f"median at most {TARGET_MS} and no task over {LONG_TASK_MS}: {'yes' if reached else 'no'}")
    emit(asdict(report), as_json=as_json)


def time_answers(bundle: Path, photos: Path, count: int) -> Report:
    """Build a site around the bundle and measure it.

    Raises:
        BadInput: no bundle, or no photos.
        StepFailed: there is no Chromium, or the browser code was never bundled.
    """
    progress = TerminalProgress()
    manifest = read_bundle(bundle).manifest
    with tempfile.TemporaryDirectory(prefix="sporeprint-answer-") as folder:
        with progress.step("Enlarge photos"):
            found = sorted(path for path in photos.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
            step = max(1, len(found) // (count + WARM_UP))
            large = phone_photos(found[::step][: count + WARM_UP], Path(folder) / "photos")
        build_site([bundle], Path(folder) / "public")
        measured = measure(Path(folder) / "public", large, warm_up=WARM_UP, progress=progress)
    return Report(
        model=f"{manifest.name} ({manifest.provenance.backbone})",
        photos=len(measured.waited),
        median=measured.median,
        slowest=max(measured.waited),
        parts=measured.median_parts(),
        longest_task=measured.longest_task,
        load=os.getloadavg()[0],
    )


def main() -> None:
    """Run the command line: exit 0 success, 1 failure, 2 bad input."""
    try:
        typer.run(benchmark)
    except SporeprintError as error:
        fail(error)
        sys.exit(error.exit_code)
