"""The command line of the benchmark."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from sporeprint.terminal import JsonOption, console, emit, fail, native_noise_hidden, own_stderr, say, show
from sporeprint_training.backbone_registry import REGISTRY, canonical_name, lookup
from sporeprint_training.errors import SporeprintError

SPECIES = ("Amanita muscaria", "Coprinus comatus", "Hericium erinaceus", "Trametes versicolor")
PHOTOS = 8
"""Of each species: 16 to train on, 8 to validate and 8 to test."""
COLUMNS = (
    ("", "name"), ("px", "size"), ("weights", "weights"), ("parameters", "parameters"), ("MB", "mb_float32"),
    ("int8", "mb_int8"), ("loss", "loss"), ("photos", "photos"), ("named", "distinct"), ("agree", "agreement"),
    ("max |Δp|", "max_abs_dp"), ("int8 agree", "agreement_int8"), ("max |Δp|", "max_abs_dp_int8"), ("ms", "browser_ms"),
    ("s", "seconds"),
)  # fmt: skip


def benchmark(
    names: Annotated[list[str] | None, typer.Argument(help="Backbones [all of the registry].")] = None,
    int8: Annotated[bool, typer.Option(help="Export int8 too, for its size.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Take backbones the whole way at their real size: weights, head, one step, export, Chromium."""
    with native_noise_hidden():
        from backbones_benchmark.whole_way import DATA, Row, take

    console.width = max(console.width, 200)
    say(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    rows: list[Row] = []
    failed: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="sporeprint-backbones-") as temporary:
        dataset = _ingest(DATA, Path(temporary))
        for name in names or REGISTRY:
            (work := Path(temporary) / "work").mkdir()
            try:
                with native_noise_hidden():
                    rows.append(take(lookup(canonical_name(name)), dataset, work, int8=int8))
            except SporeprintError as error:
                failed[name] = str(error)
            shutil.rmtree(work)
            say(str(asdict(rows[-1])) if name not in failed else f"{name}: {failed[name]}")
    values: list[dict[str, Any]] = [asdict(row) for row in rows]
    show("Backbones", [title for title, _ in COLUMNS], [[row[key] for _, key in COLUMNS] for row in values])
    emit({"rows": values, "failed": failed}, as_json=as_json)
    if failed:
        raise typer.Exit(1)


def _ingest(data: Path, folder: Path) -> Path:
    from sporeprint_training.dataset.ingest import IngestOptions, ingest

    for species in SPECIES:
        (folder / "photos" / species).mkdir(parents=True)
        for path in sorted((data / "fungi20" / species).iterdir())[:PHOTOS]:
            shutil.copy(path, folder / "photos" / species)
    ingest([folder / "photos"], folder / "dataset", IngestOptions(name="backbones", split_val=0.25, split_test=0.25))
    return folder / "dataset"


def main() -> None:
    """Run it; a user's mistake is one line."""
    own_stderr()
    try:
        typer.run(benchmark)
    except SporeprintError as error:
        fail(error)
