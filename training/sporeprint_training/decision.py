"""From scores to an answer: species, broader group, or "not sure", and the deadly alarm.

The browser applies the same rule (`app/shared/decision.js`); a change here is a change there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Rank = Literal["species", "genus", "family", "order"]
RANKS: tuple[Rank, ...] = ("species", "genus", "family", "order")
"""Ranks that an answer can have, from the narrowest; the first one that passes its threshold is the answer."""

Toxicity = Literal["deadly", "poisonous", "not_assessed"]
"""Danger only goes upward: there is no "harmless", and `not_assessed` must never be shown as safe."""

NEVER = 1.0
"""A rank with this threshold is never the answer, also when the scores of all classes add up to 1."""

MAIN_PART = 0.9
"""Share of the deadly classes' summed score that the alarm names; the rest is left unsaid."""


class Band(BaseModel):
    """A range of scores with the rate at which answers in it were right in testing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Literal["high", "medium", "low"]
    from_score: float = Field(ge=0, le=1)
    """Lower end of the band, inclusive; the upper end is the next band's lower end."""
    right: float | None = Field(None, ge=0, le=1)
    """Share of right species among test photos whose best species scored in this band; null when n is 0."""
    n: int = Field(0, ge=0)
    """Number of test photos in the band."""


class Thresholds(BaseModel):
    """What a score must reach before the app says it; chosen on validation photos, never on test photos.

    A rank whose threshold is `NEVER` is never said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    species: float = Field(ge=0, le=1)
    genus: float = Field(ge=0, le=1)
    family: float = Field(ge=0, le=1)
    order: float = Field(ge=0, le=1)
    deadly: float = Field(gt=0, le=1)
    """The alarm sounds when the deadly taxa's summed score reaches this."""
    target_precision: float = Field(0.9, gt=0, le=1)
    """The share of right answers that the rank thresholds were chosen for."""
    target_deadly_recall: float = Field(0.99, gt=0, le=1)
    """The share of deadly photos on which the alarm was to sound."""
    bands: tuple[Band, ...]
    """From the highest band to the lowest; the last one starts at 0."""


class Taxon(BaseModel):
    """What the decision needs to know of one class."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: dict[Rank, str]
    """Name at each rank that is known, e.g. `{"species": "Amanita virosa", "genus": "Amanita"}`."""
    toxicity: Toxicity
    deadly_look_alikes: tuple[str, ...] = ()
    """Deadly species that this one is known to be mistaken for."""


class Decision(BaseModel):
    """The answer for one find."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    taxon: str | None
    """Name of the answer; None when no rank passes its threshold ("not sure")."""
    rank: Rank | None
    score: float
    """Summed score of the answer's classes; of the best species when the answer is "not sure"."""
    band: Literal["high", "medium", "low"]
    """Band of the best species' score."""
    alarm: bool
    """Show the deadly alarm above the first name."""
    alarm_reason: Literal["score", "look_alike", "group", None]
    """The deadly score sum, a first name with a deadly look-alike, or an answered group that holds deadly species."""
    deadly: tuple[str, ...]
    """The deadly species meant, most probable first; of those that only add crumbs to the summed score, none."""


def calibrated_scores(logits: Sequence[float], temperature: float) -> list[float]:
    """Softmax of `logits / temperature`.

    Args:
        logits: one per class, in the manifest's order.
        temperature: above 0; fitted on validation photos.

    Raises:
        ValueError: no logits, or one of them is NaN or infinite: the model "could not identify".
    """
    if not logits or not all(math.isfinite(logit) for logit in logits):
        raise ValueError("logits must be finite numbers, at least one")
    peak = max(logits)
    powers = [math.exp((logit - peak) / temperature) for logit in logits]
    total = math.fsum(powers)
    return [power / total for power in powers]


def decide(scores: Sequence[float], taxa: Sequence[Taxon], thresholds: Thresholds) -> Decision:
    """Apply the rule of FIELD safety to calibrated scores.

    The answer is the narrowest rank at which some taxon's summed score reaches the rank's threshold (unless `NEVER`).
    Ties go to the taxon whose first class comes first. The alarm sounds when the deadly classes' summed score
    reaches `thresholds.deadly`, when the best species is deadly or a known look-alike of a deadly one, or when the
    answer is a group that holds a deadly species.

    Args:
        scores: calibrated probabilities, one per class.
        taxa: the classes, in the same order.
        thresholds: from the manifest.

    Raises:
        ValueError: the lengths differ, there are none, or a score is not finite.
    """
    if not scores or len(scores) != len(taxa) or not all(math.isfinite(score) for score in scores):
        raise ValueError(f"one finite score per class is needed: {len(scores)} scores, {len(taxa)} classes")
    best = max(range(len(scores)), key=scores.__getitem__)
    answer, rank, score = _narrowest(scores, taxa, thresholds)
    ranked = sorted(range(len(scores)), key=lambda index: -scores[index])
    deadly = [index for index in ranked if taxa[index].toxicity == "deadly"]
    reason: Literal["score", "look_alike", "group"] | None = None
    meant = [_narrowest_name(taxa[index]) for index in _main_part(deadly, scores)]
    if deadly and (best in deadly or math.fsum(scores[index] for index in deadly) >= thresholds.deadly):
        reason = "score"
    elif taxa[best].deadly_look_alikes:
        reason, meant = "look_alike", list(taxa[best].deadly_look_alikes)
    elif rank is not None and rank != "species":
        meant = [_narrowest_name(taxa[i]) for i in deadly if taxa[i].names.get(rank) == answer]
        reason = "group" if meant else None
    return Decision(
        taxon=answer,
        rank=rank,
        score=score if rank is not None else scores[best],
        band=next(band.name for band in thresholds.bands if scores[best] >= band.from_score),
        alarm=reason is not None,
        alarm_reason=reason,
        deadly=tuple(meant) if reason else (),
    )


def _main_part(ranked: Sequence[int], scores: Sequence[float]) -> list[int]:
    # The fewest classes that hold `MAIN_PART` of their summed score: twenty deadly names with a thousandth each
    # would bury the one that matters.
    total = math.fsum(scores[index] for index in ranked)
    counts = range(1, len(ranked) + 1)
    enough = (n for n in counts if math.fsum(scores[index] for index in ranked[:n]) >= MAIN_PART * total)
    return list(ranked[: next(enough, 0)])


def _narrowest_name(taxon: Taxon) -> str:
    # A class may be a whole genus, and a deadly one needs a name all the same.
    return next(taxon.names[rank] for rank in RANKS if rank in taxon.names)


def _narrowest(
    scores: Sequence[float], taxa: Sequence[Taxon], thresholds: Thresholds
) -> tuple[str | None, Rank | None, float]:
    for rank in RANKS:
        threshold: float = getattr(thresholds, rank)
        sums: dict[str, float] = {}
        for score, taxon in zip(scores, taxa, strict=True):
            name = taxon.names.get(rank)
            if name:
                sums[name] = sums.get(name, 0.0) + score
        if sums:
            name = max(sums, key=sums.__getitem__)
            if NEVER > threshold <= sums[name]:
                return name, rank, sums[name]
    return None, None, 0.0
