"""Generates, builds twice, visits, and prints each number beside its limit."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path

from guide_benchmark.bundle import write_bundle
from guide_benchmark.species import make_species
from guide_benchmark.visit import Visit, visit
from sporeprint_export.transfer import compressed_bytes
from sporeprint_site.build import BuildReport, build_site

BUILD_SECONDS = 20.0
KEYSTROKE_MS = 50.0
LONG_TASK_MS = 50.0


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks/guide", description=__doc__)
    parser.add_argument("--species", type=int, default=2500)
    parser.add_argument("--photos", type=int, default=2, help="reference photos of each species")
    parser.add_argument("--visit", type=Path, metavar="PUBLIC", help="only visit a site that was built before")
    parser.add_argument("--keep", type=Path, help="build here instead of in a temporary folder")
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    if given.visit:
        _report_visit(visit(given.visit))
        return
    with tempfile.TemporaryDirectory() as work:
        folder = given.keep or Path(work)
        bundle = write_bundle(folder / "bundle", make_species(given.species), given.photos)
        builds = [build_site([bundle], folder / f"public{number}") for number in range(2)]
        _report_build(bundle, builds)
        _report_visit(visit(folder / "public0"))


def _report_build(bundle: Path, builds: list[BuildReport]) -> None:
    manifest = (bundle / "manifest.json").read_bytes()
    content = json.loads(manifest)
    packs = [file["bytes"] for file in content["files"] if file["role"] == "thumbnail"]
    photos = sum(len(item["thumbnails"]) for item in content["classes"])
    print(f"{len(content['classes'])} species, {photos} photos in {len(packs)} packs of {sum(packs) / 1e6:.1f} MB")
    print(f"manifest {len(manifest) / 1e6:.2f} MB, brotli {compressed_bytes(manifest) / 1e6:.2f} MB")
    for report in builds:
        print(f"build {report.seconds:.1f} s (limit {BUILD_SECONDS:.0f} s), {report.files} files, {report.sha256[:16]}")
    print(f"same bytes: {'yes' if len({report.sha256 for report in builds}) == 1 else 'NO'}", flush=True)


def _report_visit(found: Visit) -> None:
    times = sorted(found.keystrokes)
    middle, high = statistics.median(times), times[int(len(times) * 0.95)]
    print(f"guide opened in {found.opened:.0f} ms")
    print(
        f"keystroke to painted results: median {middle:.1f} ms, 95 % {high:.1f} ms, longest {times[-1]:.1f} ms "
        f"(limit {KEYSTROKE_MS:.0f} ms), n = {len(times)}"
    )
    work = sorted(found.work)
    print(f"of that, work of the page: median {statistics.median(work):.1f} ms, longest {work[-1]:.1f} ms of CPU time")
    print(f"longest task while typing: {_longest(found.typing_tasks)}")
    frames = sorted(found.frames)
    print(
        f"longest task while scrolling through all: {_longest(found.scroll_tasks)}; frame median "
        f"{statistics.median(frames):.1f} ms, longest {frames[-1]:.1f} ms"
    )


def _longest(tasks: tuple[float, ...]) -> str:
    return f"{max(tasks):.0f} ms" if tasks else f"none over {LONG_TASK_MS:.0f} ms"
