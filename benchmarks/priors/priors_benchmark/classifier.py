"""What the months do for a trained model: its own scores, with real dates of the same species.

The photos of a data set without dates get the date of a find of the same species from later years than the priors were
built from, drawn at random: as if what a photo shows told nothing of the month beyond the species.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tables
from numpy.typing import NDArray

from priors_benchmark.observations import Dated, read_dates
from priors_benchmark.sizes import votes_of
from sporeprint_training.calibrate import softmax
from sporeprint_training.errors import BadInput
from sporeprint_training.priors.file import STEP
from sporeprint_training.priors.fit import number_genera, season_part
from sporeprint_training.priors.ratios import Indices
from sporeprint_training.priors.strength import Examples, Levels, fit_strengths
from sporeprint_training.run import PREDICTIONS_FILE, RunRecord, read_run

DRAWS = 20


@dataclass(frozen=True)
class ModelGain:
    """Means over draws of dates; `_error` is the standard deviation between draws."""

    run: str
    n_built: int
    n_validation: int
    """Photos that the strength was chosen on; those of species without a later find have no date."""
    n: int
    """Test photos with a date."""
    strength: float
    top1: float
    top1_with_month: float
    top1_error: float
    """Of the difference."""
    loss: float
    """Mean negative log-likelihood of the right name, nats."""
    loss_with_month: float
    loss_error: float


def model_gain(run_folder: Path, data: Path, first_year: int, draws: int = DRAWS) -> ModelGain:
    """Measure a run's test photos with and without months.

    Args:
        run_folder: of a run whose species are in Mushroom Observer's table.
        data: folder of the table.
        first_year: priors are built from the years before; the photos' dates are of this year or later.
        draws: of dates.

    Raises:
        BadInput: no run, or one of other species.
    """
    record = read_run(run_folder).record
    names = [item.scientific_name for item in record.classes]
    dated = read_dates(data, names)
    old = dated.year < first_year
    built = Dated(names, dated.label[old], dated.month[old], dated.year[old])
    part = season_part(votes_of(built), number_genera([item.taxonomy.genus for item in record.classes]))
    if part is None:
        raise BadInput(
            "The run's species have dated finds in Mushroom Observer's table",
            received=f"{len(built.label)} before {first_year}",
            next_step="Name a run with other species",
        )
    later = [dated.month[~old & (dated.label == label)] for label in range(len(names))]
    splits = {split: _scores(run_folder, record, split) for split in ("val", "test")}
    rows = [_one_draw(splits, later, part.levels, np.random.default_rng(seed)) for seed in range(draws)]
    means, errors = np.mean(rows, axis=0), np.std(rows, axis=0)
    return ModelGain(
        run=record.id,
        n_built=part.n,
        n_validation=int(means[0]),
        n=int(means[1]),
        strength=float(means[2]),
        top1=float(means[3]),
        top1_with_month=float(means[3] + means[4]),
        top1_error=float(errors[4]),
        loss=float(means[5]),
        loss_with_month=float(means[5] - means[6]),
        loss_error=float(errors[6]),
    )


def _scores(run_folder: Path, record: RunRecord, split: str) -> tuple[NDArray[np.float64], Indices]:
    with tables.open_file(run_folder / PREDICTIONS_FILE) as file:
        photos, logits = file.root.photos.read(), file.root.logits.read()
    rows = photos["split"] == split.encode()
    return softmax(logits[rows], record.temperature), photos["label"][rows].astype(np.int64)


def _one_draw(
    splits: dict[str, tuple[NDArray[np.float64], Indices]],
    later: list[Indices],
    levels: Levels,
    random: np.random.Generator,
) -> tuple[float, ...]:
    val, test = (_examples(*splits[split], later, levels, random) for split in ("val", "test"))
    strengths = fit_strengths(val).strengths
    after = test.scores * np.exp(strengths[0] * STEP * test.levels[0])
    right = [(scores.argmax(axis=1) == test.labels).mean() for scores in (test.scores, after)]
    loss = test.loss((0.0, 0.0))
    return (
        *(len(val.labels), len(test.labels), strengths[0]),
        *(right[0], right[1] - right[0], loss, loss - test.loss(strengths)),
    )


def _examples(
    scores: NDArray[np.float64], labels: Indices, later: list[Indices], levels: Levels, random: np.random.Generator
) -> Examples:
    dated = np.array([len(later[label]) > 0 for label in labels])
    scores, labels = scores[dated], labels[dated]
    months = np.array([random.choice(later[label]) for label in labels])
    return Examples(scores, labels, (levels.T[months], np.zeros_like(levels.T[months])))
