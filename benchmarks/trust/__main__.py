"""How far an answer can be trusted, on photos that nothing was fitted on; the tables of docs/trust.md.

    python benchmarks/trust PHOTOS... --weights FILE

Trains MobileNetV2 heads on class folders: once on all species, and five times with some left out, whose photos the
exported app then meets in Chromium beside known ones.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from trust_benchmark.known import measure_known
from trust_benchmark.unknown import measure_unknown

DATA = Path(os.environ.get("SPOREPRINT_DATA", Path(__file__).parents[3] / "shared" / "data"))
WEIGHTS = DATA / "weights" / "mobilenet_v2_1.0_224_imagenet_notop.weights.h5"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks/trust", description=__doc__)
    parser.add_argument("photos", nargs="*", type=Path, default=[DATA / "fungi20", DATA / "inat7"])
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="MobileNetV2 without its top, .weights.h5")
    parser.add_argument("--draws", type=int, default=5, help="how often to leave species out")
    parser.add_argument("--leave-out", type=int, default=5, help="how many species")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as work:
        for row in measure_known(given.photos, given.weights, Path(work)):
            print(row, flush=True)
        found = []
        for draw in range(given.draws):
            names, row = measure_unknown(given.photos[0], given.weights, Path(work), draw, given.leave_out)
            found.append(row)
            print(f"left out {', '.join(names)}: {format_row(row)}", flush=True)
    if found:
        mean = {key: float(np.mean([row[key] for row in found])) for key in found[0]}
        spread = {key: float(np.std([row[key] for row in found])) for key in found[0]}
        print(f"mean of {len(found)} draws: {format_row(mean)}\ndeviation: {format_row(spread)}")


def format_row(row: dict[str, float]) -> str:
    return ", ".join(f"{key} {value:.3f}" for key, value in row.items())


if __name__ == "__main__":
    main(sys.argv[1:])
