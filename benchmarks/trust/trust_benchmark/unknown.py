"""Photos of species that were left out of training, beside photos of known ones, in the app in Chromium."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sporeprint_export.export import ExportOptions, export_run
from sporeprint_site.build import build_site
from sporeprint_site.verify import visit_site
from sporeprint_training.dataset.store import read_dataset
from trust_benchmark.runs import trained


def measure_unknown(
    source: Path, weights: Path, work: Path, draw: int, count: int
) -> tuple[list[str], dict[str, float]]:
    """Leave species out, train, export, and identify in Chromium.

    Returns:
        The species left out, and: AUROC of familiarity and of the best score for left-out photos against the known
        species' test photos; the shares of both that the app calls unknown; and that it gives a species' name.
    """
    folders = sorted(folder for folder in source.iterdir() if folder.is_dir())
    left_out = sorted(np.random.default_rng(draw).permutation(len(folders))[:count].tolist())
    (kept := work / f"kept-{draw}").mkdir()
    for number, folder in enumerate(folders):
        if number not in left_out:
            (kept / folder.name).symlink_to(folder)
    run = trained([kept], weights, work, f"draw-{draw}")
    export_run(run.folder, work / f"bundle-{draw}", ExportOptions(precision="float16"))
    build_site([work / f"bundle-{draw}"], work / f"public-{draw}")
    data = read_dataset(work / f"draw-{draw}")
    known = [data.folder / path for path in data.photos.loc[data.photos["split"] == "test", "path"]]
    unknown = [path for number in left_out for path in sorted(folders[number].iterdir())]
    answers = visit_site(work / f"public-{draw}", [*known, *unknown]).answers
    familiarity = np.array([np.nan if one.familiarity is None else one.familiarity for one in answers])
    best = np.array([max(one.scores or (np.nan,)) for one in answers])
    named = np.array([one.decision.get("rank") == "species" for one in answers])
    called = np.array([bool(one.decision.get("unknown")) for one in answers])
    n = len(known)
    return [folders[number].name for number in left_out], {
        "AUROC of familiarity": auroc(familiarity[:n], familiarity[n:]),
        "of the best score": auroc(best[:n], best[n:]),
        "called unknown, of left-out": float(called[n:].mean()),
        "of known": float(called[:n].mean()),
        "named as a species, of left-out": float(named[n:].mean()),
        "of known species": float(named[:n].mean()),
    }


def auroc(high: NDArray[np.float64], low: NDArray[np.float64]) -> float:
    """Probability that a value of the first kind is above one of the second; ties count half."""
    above = (high[:, None] > low[None, :]).mean() + (high[:, None] == low[None, :]).mean() / 2
    return float(above)
