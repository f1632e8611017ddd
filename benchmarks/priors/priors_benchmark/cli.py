"""The command line of the benchmark."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from sporeprint.terminal import JsonOption, TerminalProgress, emit, fail, say, show
from sporeprint_training.errors import SporeprintError

DATA = Path(os.environ.get("SPOREPRINT_DATA", Path(__file__).parents[4] / "shared" / "data"))
YEARS = (2014, 2016, 2018, 2020)
FIRST_YEAR = 2018
NOISES = (0.2, 0.25, 0.27)
"""Models that are right 84, 60 and 51 times in 100."""


def benchmark(
    run: Annotated[Path | None, typer.Option(help="Folder of a run whose photos are to get months [none].")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure place and season priors on real dates and coordinates: their bytes, and what they tell of names."""
    from priors_benchmark.classifier import model_gain
    from priors_benchmark.drawn_model import drawn_gain
    from priors_benchmark.gains import place_gain, season_gain, step_losses
    from priors_benchmark.observations import read_dates, read_places
    from priors_benchmark.sizes import place_sizes, season_sizes

    progress = TerminalProgress()
    with progress.step("Read the observations"):
        dated, places = read_dates(DATA), read_places(DATA)
    with progress.step("Pack"):
        sizes = [asdict(size) for size in (*season_sizes(dated), *place_sizes(dated, places))]
    with progress.step("Hold out"):
        gains = [season_gain(dated, year) for year in YEARS]
        gains.append(season_gain(dated, FIRST_YEAR, related=False))
        of_place, truth = place_gain(places, np.bincount(dated.label, minlength=len(dated.names)))
        steps = step_losses(dated, FIRST_YEAR)
    with progress.step("Draw models", len(NOISES)) as advance:
        drawn = []
        for noise in NOISES:
            drawn.append(asdict(drawn_gain(dated, FIRST_YEAR, noise)))
            advance(1)
    report: dict[str, Any] = {
        "sizes": sizes,
        "gains": [asdict(gain) for gain in (*gains, of_place)],
        "true_place_gain": truth,
        "gain_by_levels": steps,
        "drawn_models": drawn,
        "model": asdict(model_gain(run, DATA, FIRST_YEAR)) if run else None,
    }
    _show("Sizes", sizes)
    _show("Nats per held-out observation", [_flat(gain) for gain in report["gains"]])
    say(f"The true ranges would give {truth:.3f}. The season's gain by levels on each side of 0: {steps}")
    _show("Drawn models of 2,500 names", drawn)
    if report["model"]:
        _show("A model's test photos", [report["model"]])
    emit(report, as_json=as_json)


def _show(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    show(title, list(rows[0]), [list(row.values()) for row in rows])


def _flat(gain: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in gain.items() if key not in ("smoothing", "by_count")}
    return {**rest, "width": gain["smoothing"]["width"], "weight": gain["smoothing"]["weight"]}


def main() -> None:
    """Run the command line: exit 0 success, 1 failure, 2 bad input."""
    try:
        typer.run(benchmark)
    except SporeprintError as error:
        fail(error)
        sys.exit(error.exit_code)
