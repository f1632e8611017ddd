"""The app's answers to test photos: names at each rank, "not sure", the alarm, and what its mistakes would cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.decision import RANKS, Decision, Rank, Taxon, Thresholds, decide
from sporeprint_training.evaluate.intervals import share
from sporeprint_training.evaluate.schema import Alarm, AlarmReason, Cost, Costs, RankAnswers, Share
from sporeprint_training.metrics import Labels, Matrix

POISONOUS = ("deadly", "poisonous")
WRONG, UNKNOWN_NAMED, KNOWN_NOT_NAMED = 1.0, 10.0, 0.1
POISON_MISSED, POISON_FEARED = 100.0, 1.0
"""Costs of FungiCLEF 2023 and 2024: Picek et al. 2024, "Overview of FungiCLEF 2024: Revisiting Fungi Species
Recognition Beyond 0-1 Cost". There, what is not named counts as harmless; here it counts as possibly poisonous, so that
it has no part in the second pair."""
NOT_NAMED = -1
"""In place of a class: no species is named."""


@dataclass(frozen=True)
class Answers:
    """What the app says to each photo."""

    decisions: tuple[Decision, ...]
    right: NDArray[np.bool_]
    """The named taxon is the label's of that rank; false where none is named."""
    named: NDArray[np.int64]
    """The class whose species is named, or `NOT_NAMED`."""

    def at(self, rank: Rank | None) -> NDArray[np.bool_]:
        """Photos answered at a rank; None for those that get no name."""
        return np.array([decision.rank == rank for decision in self.decisions], bool)

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Photos that are taken for none of the classes."""
        return np.array([decision.unknown for decision in self.decisions], bool)


def answer(
    scores: Matrix, familiarity: NDArray[np.float64], labels: Labels, taxa: Sequence[Taxon], thresholds: Thresholds
) -> Answers:
    """Decide on every row of calibrated scores `(photos, classes)` and the photo's familiarity `(photos,)`."""
    rows = zip(scores, familiarity.tolist(), strict=True)
    decisions = tuple(decide(row.tolist(), taxa, thresholds, familiar) for row, familiar in rows)
    pairs = list(zip(decisions, labels.tolist(), strict=True))
    right = [d.rank is not None and taxa[label].names.get(d.rank) == d.taxon for d, label in pairs]
    places = {taxon.names.get("species"): place for place, taxon in reversed([*enumerate(taxa)])}
    named = [places[d.taxon] if d.rank == "species" else NOT_NAMED for d in decisions]
    return Answers(decisions, np.array(right, bool), np.array(named, np.int64))


def rank_answers(answers: Answers) -> dict[Rank, RankAnswers]:
    """How often each rank is the answer, and how often it is right."""
    return {
        rank: RankAnswers(shown=share(answers.at(rank)), right=share(answers.right[answers.at(rank)])) for rank in RANKS
    }


def alarm(answers: Answers, labels: Labels, taxa: Sequence[Taxon], ids: Sequence[str]) -> Alarm:
    """When the alarm sounds; the same shares as in `evaluation.measure`.

    Args:
        answers: to the photos.
        labels: their right classes.
        taxa: the classes.
        ids: of the photos.
    """
    deadly = np.array([taxa[label].toxicity == "deadly" for label in labels.tolist()], bool)
    alike = ~deadly & np.array([bool(taxa[label].deadly_look_alikes) for label in labels.tolist()], bool)
    sounded = np.array([decision.alarm for decision in answers.decisions], bool)
    reasons = [decision.alarm_reason for decision in answers.decisions]

    def count(kind: NDArray[np.bool_]) -> dict[AlarmReason, int]:
        found = Counter(reason for reason, chosen in zip(reasons, kind.tolist(), strict=True) if chosen and reason)
        return dict(sorted(found.items()))

    missed = deadly & ~sounded
    return Alarm(
        recall=share(sounded[deadly]),
        by_score=share(np.array([reason == "score" for reason in reasons], bool)[deadly]),
        false_alarm=share(sounded[~deadly & ~alike]),
        look_alike=share(sounded[alike]),
        deadly_by_reason=count(deadly),
        other_by_reason=count(~deadly),
        missed=tuple(name for name, chosen in zip(ids, missed.tolist(), strict=True) if chosen),
    )


def costs(answers: Answers, best: Labels, labels: Labels, taxa: Sequence[Taxon]) -> Costs:
    """Mean cost of naming the best class `best` every time, and of the app's answers."""
    return Costs(best_species=cost(best, labels, taxa), app=cost(answers.named, labels, taxa))


def cost(named: Labels, labels: Labels, taxa: Sequence[Taxon], unknown_named: Labels | None = None) -> Cost:
    """Mean cost of naming `named` for photos of `labels`.

    Args:
        named: class per known photo, or `NOT_NAMED`.
        labels: the right ones.
        taxa: the classes.
        unknown_named: the same for photos of what is no class; None without any.
    """
    others = np.zeros(0, np.int64) if unknown_named is None else unknown_named
    n = len(labels) + len(others)
    if n == 0:
        return Cost(naming=None, poison=None, total=None)
    known = np.where(named == NOT_NAMED, KNOWN_NOT_NAMED, np.where(named == labels, 0.0, WRONG))
    naming = (known.sum() + UNKNOWN_NAMED * (others != NOT_NAMED).sum()) / n
    poisonous = np.array([taxon.toxicity in POISONOUS for taxon in taxa])
    is_named = named != NOT_NAMED
    missed = is_named & poisonous[labels] & ~poisonous[named]
    feared = is_named & ~poisonous[labels] & poisonous[named]
    poison = (POISON_MISSED * missed.sum() + POISON_FEARED * feared.sum()) / n
    return Cost(naming=float(naming), poison=float(poison), total=float(naming + poison))


def not_sure(answers: Answers) -> Share:
    """Photos for which no rank's score passes its threshold."""
    return share(answers.at(None) & ~answers.unknown)
