"""All measures of one set of answers: of photos, or of observations."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.calibrate import softmax
from sporeprint_training.decision import Rank, Taxon, Thresholds
from sporeprint_training.evaluate.answers import Answers, alarm, answer, costs, not_sure, rank_answers
from sporeprint_training.evaluate.intervals import share, wilson
from sporeprint_training.evaluate.schema import BandRate, Measures, ReliabilityBin, RiskPoint, Share
from sporeprint_training.metrics import Labels, Matrix, calibration_error, macro_f1
from sporeprint_training.predictions import Predictions

BINS = 10
RISK_POINTS = 100


def measure(
    rows: Predictions, taxa: Sequence[Taxon], temperature: float, thresholds: Thresholds
) -> tuple[Measures, Answers]:
    """Measure answers, and give the decisions on which some of the measures rest."""
    scores = softmax(rows.logits, temperature) if len(rows) else np.zeros(rows.logits.shape)
    labels, best = rows.label, scores.argmax(axis=1)
    answers = answer(scores, rows.familiarity, labels, taxa, thresholds)
    places = right_places(rows.logits, labels)
    ranks = rank_answers(answers)
    curve, area = risk_coverage(scores, labels)
    measures = Measures(
        n=len(rows),
        top1=share(places < 1),
        top3=share(places < 3),
        top5=share(places < 5),
        top10=share(places < 10),
        macro_f1=macro_f1(rows.logits, labels),
        genus=rank_share(best, labels, taxa, "genus"),
        family=rank_share(best, labels, taxa, "family"),
        order=rank_share(best, labels, taxa, "order"),
        ece=calibration_error(scores, labels),
        reliability=reliability(scores, labels),
        risk_coverage=curve,
        aurc=area,
        species_precision=ranks["species"].right,
        species_coverage=ranks["species"].shown,
        ranks=ranks,
        not_sure=not_sure(answers),
        unknown=share(answers.unknown),
        cost=costs(answers, best, labels, taxa),
        alarm=alarm(answers, labels, taxa, rows.photo_id.tolist()),
        bands=band_rates(scores, labels, thresholds),
    )
    return measures, answers


def right_places(logits: Matrix, labels: Labels) -> NDArray[np.int64]:
    """Place of each photo's class among its classes, 0 the best; ties go to the earlier class."""
    own = logits[np.arange(len(labels)), labels][:, None]
    earlier = np.arange(logits.shape[1]) < labels[:, None]
    return np.asarray(((logits > own) | ((logits == own) & earlier)).sum(axis=1), np.int64)


def taxon_places(taxa: Sequence[Taxon], rank: Rank) -> NDArray[np.int64] | None:
    """A number per class, equal for the classes of one taxon; None where no class has a name at this rank.

    A class that has none is alone in its taxon.
    """
    names = [taxon.names.get(rank) for taxon in taxa]
    if not any(names):
        return None
    first = {name: place for place, name in reversed([*enumerate(names)])}
    return np.array([first[name] if name else place for place, name in enumerate(names)])


def rank_share(best: Labels, labels: Labels, taxa: Sequence[Taxon], rank: Rank) -> Share:
    """Photos whose best class is of the right taxon at a rank, as in `evaluation.rank_accuracy`."""
    places = taxon_places(taxa, rank)
    return wilson(0, 0) if places is None else share(places[best] == places[labels])


def reliability(scores: Matrix, labels: Labels) -> tuple[ReliabilityBin, ...]:
    """Right rate by best score, in ten ranges of equal width; ranges without photos are left out."""
    if not len(labels):
        return ()
    best, right = scores.max(axis=1), scores.argmax(axis=1) == labels
    place = np.minimum((best * BINS).astype(int), BINS - 1)
    return tuple(
        ReliabilityBin(
            from_score=index / BINS,
            to_score=(index + 1) / BINS,
            mean_score=float(best[place == index].mean()),
            right=share(right[place == index]),
        )
        for index in np.unique(place).tolist()
    )


def risk_coverage(scores: Matrix, labels: Labels) -> tuple[tuple[RiskPoint, ...], float | None]:
    """The risk–coverage curve of the best score, and the area under it (Geifman & El-Yaniv 2017).

    Photos with equal scores are answered together, so that their order does not count.
    """
    n = len(labels)
    if not n:
        return (), None
    best, wrong = scores.max(axis=1), scores.argmax(axis=1) != labels
    order = np.argsort(-best, kind="stable")
    ranked = best[order]
    # The risk within a run of equal scores is the one at its end.
    ends = np.searchsorted(-ranked, -ranked, side="right") - 1
    risks = (np.cumsum(wrong[order]) / np.arange(1, n + 1))[ends]
    shown = np.unique(ends)
    if len(shown) > RISK_POINTS:
        shown = shown[np.unique(np.linspace(0, len(shown) - 1, RISK_POINTS).astype(int))]
    points = [RiskPoint(coverage=(k + 1) / n, risk=float(risks[k]), score=float(ranked[k])) for k in shown.tolist()]
    return tuple(points), float(risks.mean())


def band_rates(scores: Matrix, labels: Labels, thresholds: Thresholds) -> tuple[BandRate, ...]:
    """How often the best species was right in each band, with its interval."""
    best, right = scores.max(axis=1, initial=0.0), scores.argmax(axis=1) == labels
    upper, rates = math.inf, []
    for band in thresholds.bands:
        inside = (best >= band.from_score) & (best < upper)
        rates.append(BandRate(name=band.name, from_score=band.from_score, right=share(right[inside])))
        upper = band.from_score
    return tuple(rates)
