"""The command line of the benchmark."""

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from sporeprint.terminal import JsonOption, emit, fail, native_noise_hidden, say, show
from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.errors import SporeprintError

HALF_SIZE = "decode_jpeg, fast, half size"


def benchmark(
    photos: Annotated[Path, typer.Option(help="Folder of class folders with small JPEGs.")] = Path(
        "../shared/data/fungi20"
    ),
    large: Annotated[Path, typer.Option(help="Another one, of photos at least twice as large as the input.")] = Path(
        "../shared/data/inat7"
    ),
    rounds: Annotated[int, typer.Option(min=1, help="Measurements of each, in turn; the best counts.")] = 12,
    as_json: JsonOption = False,
) -> None:
    """Measure training steps, frozen forward passes and decoding against the bare libraries, in the same run."""
    with native_noise_hidden():
        from train_benchmark.decoding import measure_decoding, repeated
        from train_benchmark.forward import measure_forward
        from train_benchmark.steps import measure_steps

    say(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    paths = sorted(photos.rglob("*.jpg"))
    larger = sorted(large.rglob("*.jpg"))
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        options = IngestOptions(name="bench", max_photos=16, split_val=0.1, split_test=0.1)
        ingest([photos], work / "dataset", options)
        engine, bare = measure_steps(work / "dataset", work / "runs", rounds)
    features, predict = measure_forward(paths[:160], rounds)
    decoding = {
        name: measure_decoding(repeated(found), rounds) for name, found in (("small", paths), ("large", larger))
    }
    show(
        "Fastest of rounds in turn",
        ("what", "engine /s", "bare /s", "share"),
        [
            ("training steps of 16, MobileNetV2", engine, bare, engine / bare),
            ("photos through the frozen backbone", features, predict, features / predict),
        ],
    )
    shares = {name: _share(found, of) for (name, found), of in zip(decoding.items(), (paths, larger), strict=True)}
    for name, found in decoding.items():
        rows = [(way, f"{rate:.0f}") for way, rate in found.items()]
        show(f"Photos decoded per second, {name}; {shares[name]:.2f} of the fastest that is as sharp", ("", ""), rows)
    emit(
        {
            "steps": {"engine": engine, "bare": bare, "share": engine / bare},
            "forward": {"engine": features, "bare": predict, "share": features / predict},
            "decode": {name: {**found, "share": shares[name]} for name, found in decoding.items()},
        },
        as_json=as_json,
    )


def _share(rates: dict[str, float], paths: list[Path]) -> float:
    from sporeprint_training.engine.streaming import plain_jpegs
    from train_benchmark.decoding import SIZE

    # Photos that are smaller than the input when halved lose what the input could have shown.
    blurs = bool((plain_jpegs(paths).min(axis=1) < 2 * SIZE).any())
    others = [rate for way, rate in rates.items() if way != "engine" and not (blurs and way == HALF_SIZE)]
    return rates["engine"] / max(others)


def main() -> None:
    """Run it; a user's mistake is one line."""
    try:
        typer.run(benchmark)
    except SporeprintError as error:
        fail(error)
        raise SystemExit(error.exit_code) from None
