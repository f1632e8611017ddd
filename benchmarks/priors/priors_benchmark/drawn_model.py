"""What the months do for a model of thousands of species: real names and dates, drawn scores.

No model of that size is at hand. Each name gets a place in a space of features, names of one genus close together; a
photo lies near its name's place, and the scores are the exact posterior, base rates included. How near decides how good
the model is. It is calibrated, it confuses relatives most, and a photo tells nothing of the month beyond its name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from priors_benchmark.observations import Dated
from priors_benchmark.sizes import genera, votes_of
from sporeprint_training.calibrate import softmax
from sporeprint_training.priors.file import STEP
from sporeprint_training.priors.fit import number_genera, season_part
from sporeprint_training.priors.ratios import Indices
from sporeprint_training.priors.strength import Examples, fit_strengths

FEATURES = 64
GENUS_SHARE = 0.6
"""Of the squared length of a name's place; the rest is the species' own."""
VALIDATION = 4000


@dataclass(frozen=True)
class DrawnGain:
    """Held-out finds with and without their months."""

    noise: float
    """Standard deviation of a photo's features around its name's."""
    n_built: int
    n: int
    strength: float
    top1: float
    top1_with_month: float
    top1_error: float
    """Standard error of the difference: finds are the same ones on both sides."""
    loss: float
    loss_with_month: float


def drawn_gain(dated: Dated, first_year: int, noise: float, seed: int = 0) -> DrawnGain:
    """Build from the years before, choose the strength on some later finds, and measure on the other ones.

    Args:
        dated: finds of some names.
        first_year: of the held-out finds.
        noise: the more, the worse the model.
        seed: of the features, the photos and the division of the later finds.

    Raises:
        ValueError: too few finds before `first_year`.
    """
    random = np.random.default_rng(seed)
    old, genus = dated.year < first_year, number_genera(genera(dated.names))
    part = season_part(votes_of(Dated(dated.names, dated.label[old], dated.month[old], dated.year[old])), genus)
    if part is None:
        raise ValueError(f"{old.sum()} finds before {first_year}")
    base = np.bincount(dated.label[old], minlength=len(dated.names))
    later = random.permutation(np.flatnonzero(~old & (base[dated.label] > 0)))
    places = _places(genus, random)
    examples = [
        _photos(dated.label[rows], part.levels.T[dated.month[rows]], places, base, noise, random)
        for rows in (later[:VALIDATION], later[VALIDATION:])
    ]
    strengths = fit_strengths(examples[0]).strengths
    test = examples[1]
    after = test.scores * np.exp(strengths[0] * STEP * test.levels[0])
    right = [scores.argmax(axis=1) == test.labels for scores in (test.scores, after)]
    change = right[1].astype(float) - right[0]
    return DrawnGain(
        noise=noise,
        n_built=int(old.sum()),
        n=len(test.labels),
        strength=strengths[0],
        top1=float(right[0].mean()),
        top1_with_month=float(right[1].mean()),
        top1_error=float(change.std() / np.sqrt(len(change))),
        loss=test.loss((0.0, 0.0)),
        loss_with_month=test.loss(strengths),
    )


def _places(genus: Indices, random: np.random.Generator) -> NDArray[np.float64]:
    of_genus = _units(int(genus.max()) + 1, random)[genus]
    return np.asarray(np.sqrt(GENUS_SHARE) * of_genus + np.sqrt(1 - GENUS_SHARE) * _units(len(genus), random))


def _units(count: int, random: np.random.Generator) -> NDArray[np.float64]:
    rows = random.normal(size=(count, FEATURES))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _photos(
    labels: Indices,
    levels: NDArray[np.int8],
    places: NDArray[np.float64],
    base: Indices,
    noise: float,
    random: np.random.Generator,
) -> Examples:
    looks = places[labels] + noise * random.normal(size=(len(labels), FEATURES))
    with np.errstate(divide="ignore"):
        # Names that were never seen have no score.
        rates = np.maximum(np.log(base), -50.0)
    logits = (looks @ places.T - (places**2).sum(axis=1) / 2) / noise**2 + rates
    return Examples(softmax(logits, 1.0), labels, (levels, np.zeros_like(levels)))
