"""Choosing, on validation photos, what a score must reach before the app says it.

Scores have shape `(photos, classes)` and are calibrated; labels `(photos,)`. With few validation photos the numbers
are rough: a threshold rests on at least `LEAST_ANSWERS` answers, and one photo among ten moves a precision by a tenth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.config_schema import DecisionConfig
from sporeprint_training.decision import NEVER, RANKS, Band, Rank, Taxon, Thresholds, UnknownRule
from sporeprint_training.metrics import Labels, Matrix

LEAST_ANSWERS = 10
"""Answers that a threshold rests on, and more for a target above 0.9: among fewer, all would have to be right, and few
that are all right do not show it."""
LEAST_SCORE = 0.5
"""A name that is less probable than not is never said, however easy the validation photos were: the app also meets
photos that no validation photo resembles."""
_ROUNDING = 1e-9
ALARM_DEFAULT = 0.5
"""Alarm threshold when no validation photo is deadly, and its highest value."""
MARGIN = 0.5
"""Where so few validation photos are deadly that none may be missed, the least of their scores says little about the
next photo's: half of it counts. On 26 species with 24 such photos that cost no further false alarm in 155."""
LEAST_ALARM = 0.01
"""Its lowest value: an alarm on every photo would soon be read as none."""
HIGH_FROM, MEDIUM_FROM = 0.9, 0.6
"""Lower ends of the bands. Scores are calibrated, so that a fixed cut means the same in every model; how often answers
in a band are really right is measured on test photos."""


@dataclass(frozen=True)
class RankAnswers:
    """The best taxon at one rank, by the summing rule of `decision.decide`."""

    score: NDArray[np.float64]
    """Summed score of the best taxon, per photo; 0 when no class has a name at this rank."""
    right: NDArray[np.bool_]
    """Whether it is the photo's taxon."""


def rank_answers(scores: Matrix, labels: Labels, taxa: Sequence[Taxon], rank: Rank) -> RankAnswers:
    """Sum scores by taxon and compare the best one with the label's."""
    named = [taxon.names.get(rank) for taxon in taxa]
    groups = list(dict.fromkeys(name for name in named if name))
    if not groups:
        return RankAnswers(np.zeros(len(scores)), np.zeros(len(scores), bool))
    places = {name: place for place, name in enumerate(groups)}
    of_class = np.array([places[name] if name else -1 for name in named])
    member = (of_class[:, None] == np.arange(len(groups))).astype(np.float64)
    sums = scores.astype(np.float64) @ member
    return RankAnswers(sums.max(axis=1), sums.argmax(axis=1) == of_class[labels])


def choose_thresholds(scores: Matrix, labels: Labels, taxa: Sequence[Taxon], targets: DecisionConfig) -> Thresholds:
    """Choose the thresholds of every rank and of the alarm on validation photos.

    A rank's threshold is the lowest score from which on the target share of answers is right, counted over the
    photos that no narrower rank answers: only those reach this rank. Where no score gives that, it is `NEVER`, and so
    it is where all classes have one name: that would be right of every validation photo, and said of any other photo.
    The bands' right rates are left open; `measure_bands` fills them on test photos.
    """
    open_photos = np.ones(len(scores), bool)
    chosen: dict[Rank, float] = {}
    for rank in RANKS:
        if len({taxon.names.get(rank) for taxon in taxa}) < 2:
            chosen[rank] = NEVER
            continue
        answers = rank_answers(scores, labels, taxa, rank)
        chosen[rank] = lowest_score(answers.score[open_photos], answers.right[open_photos], targets.target_precision)
        open_photos &= (answers.score < chosen[rank]) | (chosen[rank] == NEVER)
    return Thresholds(
        species=chosen["species"],
        genus=chosen["genus"],
        family=chosen["family"],
        order=chosen["order"],
        deadly=alarm_threshold(scores, labels, taxa, targets.target_deadly_recall),
        target_precision=targets.target_precision,
        target_deadly_recall=targets.target_deadly_recall,
        bands=(
            Band(name="high", from_score=HIGH_FROM, right=None, n=0),
            Band(name="medium", from_score=MEDIUM_FROM, right=None, n=0),
            Band(name="low", from_score=0.0, right=None, n=0),
        ),
    )


def lowest_score(score: NDArray[np.float64], right: NDArray[np.bool_], target: float) -> float:
    """The lowest score from which on at least `target` (below 1) of the answers are right; `NEVER` if there is none."""
    order = np.argsort(-score, kind="stable")
    ranked, hits = score[order], np.cumsum(right[order])
    counts = np.arange(1, len(ranked) + 1)
    last_of_ties = np.append(ranked[1:] < ranked[:-1], True)[: len(ranked)]
    # From this number on, one of them may be wrong.
    least = max(LEAST_ANSWERS, math.ceil(1 / (1 - target) - _ROUNDING))
    good = (hits / counts >= target) & (counts >= least) & last_of_ties
    if not good.any():
        return NEVER
    return max(LEAST_SCORE, float(ranked[good].min()))


def alarm_threshold(scores: Matrix, labels: Labels, taxa: Sequence[Taxon], recall: float) -> float:
    """The highest alarm threshold that `recall` of the deadly photos reach, within `LEAST_ALARM` and 0.5.

    With fewer than 1 / (1 - recall) deadly validation photos (a hundred for 0.99, any number for 1) it may miss none,
    and keeps `MARGIN` from the weakest.
    """
    deadly = np.array([taxon.toxicity == "deadly" for taxon in taxa])
    sums = np.sort(scores[deadly[labels]][:, deadly].sum(axis=1))
    if not len(sums):
        return ALARM_DEFAULT
    missed = math.floor(len(sums) * (1 - recall) + _ROUNDING)
    # A hair below the photo's own score, which the other language may sum in another order.
    margin = 0.999 if missed else MARGIN
    return float(np.clip(sums[missed] * margin, LEAST_ALARM, ALARM_DEFAULT))


def unknown_rule(familiarity: NDArray[np.float64], target: float) -> UnknownRule | None:
    """Choose how unfamiliar a find may be, from the familiarity `(photos,)` of validation photos, all of known species.

    The `target` share of them is less familiar; of 0, none. None without photos. `measure_unknown` fills in the share
    of test photos that it refuses.
    """
    if not len(familiarity):
        return None
    return UnknownRule(below=float(np.quantile(familiarity, target)), target=target)


def measure_unknown(thresholds: Thresholds, familiarity: NDArray[np.float64]) -> Thresholds:
    """Fill in how many test photos, all of known species, are called unknown."""
    rule, n = thresholds.unknown, len(familiarity)
    if rule is None or not n:
        return thresholds
    measured = rule.model_copy(update={"refused": float((familiarity < rule.below).mean()), "n": n})
    return thresholds.model_copy(update={"unknown": measured})


def measure_bands(thresholds: Thresholds, scores: Matrix, labels: Labels) -> Thresholds:
    """Fill in how often the best species was right in each band, on test photos."""
    best, right = scores.max(axis=1), scores.argmax(axis=1) == labels
    upper, bands = math.inf, []
    for band in thresholds.bands:
        inside = (best >= band.from_score) & (best < upper)
        n = int(inside.sum())
        bands.append(
            Band(name=band.name, from_score=band.from_score, right=float(right[inside].mean()) if n else None, n=n)
        )
        upper = band.from_score
    return thresholds.model_copy(update={"bands": tuple(bands)})
