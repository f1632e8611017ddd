"""The command line of the benchmark."""

from __future__ import annotations

import datetime
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from runtime_benchmark.tools import WORK
from sporeprint.terminal import (
    JsonOption,
    TerminalProgress,
    console,
    emit,
    fail,
    native_noise_hidden,
    own_stderr,
    say,
    show,
)
from sporeprint_training.errors import BadInput, SporeprintError

DATA = Path(os.environ.get("SPOREPRINT_DATA", Path(__file__).parents[4] / "shared" / "data"))
_TABLE_WIDTH = 160
ASKED = 10
"""Pictures of a cold start, before its memory is measured."""
_WEIGHTS = "weights/mobilenet_v2_1.0_224_imagenet_notop.weights.h5"


def benchmark(
    run: Annotated[
        Path | None, typer.Argument(help="Folder of a run [MobileNetV2, trained once on SPOREPRINT_DATA/fungi20].")
    ] = None,
    cold_starts: Annotated[int, typer.Option(min=1, help="First visits per runtime; their median counts.")] = 3,
    skip: Annotated[list[str] | None, typer.Option(help="Leave out peers whose name begins so.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the app's runtime against stock tfjs, LiteRT.js and onnxruntime-web, on the same model and photos."""
    report = measure_runtimes(run or _own_run(), cold_starts=cold_starts, skip=tuple(skip or ()))
    _print(report)
    emit(asdict(report), as_json=as_json)


@dataclass(frozen=True)
class Report:
    """The table and where it was measured."""

    date: str
    machine: str
    load: float
    """Processes that wanted to run, on average while the turns were taken; above the cores, the figures are noise."""
    chromium: str
    run: str
    photos: int
    rows: list[dict[str, Any]]
    verdict: dict[str, Any]


def measure_runtimes(run_folder: Path, *, cold_starts: int, skip: Sequence[str]) -> Report:
    """Convert the run's model for every runtime, measure all of them, and put the figures together.

    Raises:
        BadInput: the folder is no complete run.
        StepFailed: a tool, a converter or a runtime failed.
    """
    from runtime_benchmark.tools import install_tools
    from sporeprint_training.run import read_run

    progress = TerminalProgress()
    run = read_run(run_folder)
    with progress.step("Fetch the peers and converters"):
        tools = install_tools()
    with tempfile.TemporaryDirectory(prefix="sporeprint-benchmark-") as temporary:
        folder = Path(temporary)
        with native_noise_hidden():
            from runtime_benchmark.formats import write_formats
            from runtime_benchmark.measure import blank_memory, start_cold, take_turns
            from runtime_benchmark.pictures import write_pictures
            from runtime_benchmark.sites import blank_site, our_sites, peer_sites
            from runtime_benchmark.table import judge, make_rows

            pictures = write_pictures(run, folder / "pictures")
            models = write_formats(run, folder / "models", tools, progress)
            sites = our_sites(run, folder / "ours", progress) + [
                site for site in peer_sites(models, folder / "peers", tools) if not site.name.startswith(tuple(skip))
            ]
        cold: dict[str, list[Any]] = {site.name: [] for site in sites}
        with progress.step("Cold starts", cold_starts * len(sites)) as advance:
            for turn in range(cold_starts):
                for site in sites[turn % len(sites) :] + sites[: turn % len(sites)]:
                    cold[site.name].append(start_cold(site, pictures, asked=ASKED))
                    advance(1)
            blank = blank_memory(blank_site(folder / "blank"))
        warm = take_turns(sites, pictures, progress)
        load = os.getloadavg()[0]
        with progress.step("Compress what was sent"):
            sent = {site.folder / path.lstrip("/") for site in sites for path in cold[site.name][0].sent}
            brotli = tools.brotli(sorted(sent))
        rows = make_rows(
            sites, cold, warm, brotli=brotli, blank=blank, keras=pictures.keras, temperature=run.record.temperature
        )
    return Report(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        machine=machine(),
        load=load,
        chromium=_chromium_version(),
        run=run.record.id,
        photos=len(pictures.png),
        rows=[asdict(row) for row in rows],
        verdict=asdict(judge(rows)),
    )


def machine() -> str:
    """The processor and how many of its cores there are."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = next(iter(names), model)
    return f"{model}, {os.cpu_count()} cores, {platform.system()}"


def _chromium_version() -> str:
    from runtime_benchmark.measure import chromium

    with chromium() as browser:
        return f"Chromium {browser.version}"


def _own_run() -> Path:
    """A run trained once and kept."""
    runs = WORK / "runs"
    found = sorted(runs.glob("*/run.json"))
    if found:
        return found[0].parent
    if not (DATA / "fungi20").is_dir():
        raise BadInput(
            "Without a run the benchmark trains one on the photos and weights of SPOREPRINT_DATA",
            received=f"no fungi20 in {DATA}",
            next_step="Name a run: python benchmarks/runtime runs/ID",
        )
    say("training MobileNetV2 on fungi20, once")
    dataset = WORK / "dataset"
    shutil.rmtree(runs, ignore_errors=True)
    command = [sys.executable, "-c", "from sporeprint.cli import main; main()"]
    subprocess.run([*command, "ingest", str(DATA / "fungi20"), "--out", str(dataset)], check=True)
    options = ["--backbone", "mobilenet_v2", "--weights", str(DATA / _WEIGHTS), "--runs", str(runs)]
    subprocess.run([*command, "train", str(dataset), *options], check=True)
    return next(runs.glob("*/run.json")).parent


def _print(report: Report) -> None:
    if not console.is_terminal:
        console.width = _TABLE_WIDTH
    show(
        f"{report.date} · {report.machine} · {report.chromium} · {report.run}, {report.photos} photos",
        (
            "runtime",
            "MB",
            "MB brotli",
            "ready, ms",
            "first, ms",
            "median, ms",
            "ratio",
            "best, ms",
            "memory, MB",
            "same answer",
            "max |Δp|",
        ),
        [
            (
                f"{row['name']} ({row['backend']})",
                row["bytes"] / 1e6,
                row["bytes_brotli"] / 1e6,
                round(row["ready_ms"]),
                round(row["first_ms"]),
                round(row["median_ms"], 1),
                row["ratio"],
                round(row["best_ms"], 1),
                None if row["memory"] is None else round(row["memory"] / 1e6),
                row["agreement"],
                row["max_abs_dp"],
            )
            for row in report.rows
        ],
    )
    verdict = report.verdict
    say(f"load while measuring: {report.load:.1f} on {os.cpu_count()} cores (a quiet machine has about 1)")
    say(f"fewest bytes, raw and after brotli: {'ours' if verdict['fewest_bytes'] else 'not ours'}")
    say(f"median latency at float32 against the fastest peer, {verdict['fastest_peer']}: {verdict['slower']:+.1%}")
    say("Without a graphics card WebGL is drawn by the processor and WebGPU is missing: they are not compared here.")


def main() -> None:
    """Run the command line: exit 0 success, 1 failure, 2 bad input."""
    own_stderr()
    try:
        typer.run(benchmark)
    except SporeprintError as error:
        fail(error)
        sys.exit(error.exit_code)
