"""From scores to an answer: species, broader group, "not sure" or "none of these", and the deadly alarm.

The browser applies the same rule (`app/shared/decision.js`); a change here is a change there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
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


class UnknownRule(BaseModel):
    """When a find is none of the classes: its features look like those of no class (`familiarity`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    below: float
    """A find less familiar than this is unknown; in standard deviations among validation photos."""
    target: float = Field(ge=0, lt=1)
    """Share of validation photos, all of known species, that the limit was chosen to call unknown; 0: none of them."""
    refused: float | None = Field(None, ge=0, le=1)
    """Share of test photos of known species that it calls unknown; null when n is 0."""
    n: int = Field(0, ge=0)
    """Number of test photos."""


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
    target_precision: float = Field(gt=0, le=1)
    """The share of right answers that the rank thresholds were chosen for."""
    target_deadly_recall: float = Field(gt=0, le=1)
    """The share of deadly photos on which the alarm was to sound."""
    unknown: UnknownRule | None = None
    """Null when the run could not learn what its classes look like."""
    bands: tuple[Band, ...]
    """From the highest band to the lowest; the last one starts at 0."""


class Fusion(BaseModel):
    """How much further photos of one find add; see `fuse`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    exponent: float = Field(0.5, ge=0, le=1)
    """0: no certainty; 1: as much as photos of new finds would."""
    n: int = Field(0, ge=0)
    """Validation finds with several photos that it was fitted on; 0: it is the middle, for want of any."""


class Taxon(BaseModel):
    """What the decision needs to know of one class."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: dict[Rank, str]
    """Name at each rank that is known, e.g. `{"species": "Amanita virosa", "genus": "Amanita"}`."""
    toxicity: Toxicity
    deadly_look_alikes: tuple[str, ...] = ()
    """Deadly species that this one is known to be mistaken for."""


@dataclass(frozen=True)
class Groups:
    """The taxa of one rank, each with the classes that belong to it."""

    names: tuple[str, ...]
    """In the order of their first classes, which decides ties; empty when no class has a name at this rank."""
    members: tuple[tuple[int, int], ...]
    """Number of a class and of its taxon, in the order of the classes."""

    def sums(self, scores: Sequence[float]) -> list[float]:
        """Summed score of each taxon."""
        # One after the other, as the browser adds: `sum` rounds otherwise from Python 3.12 on.
        sums = [0.0] * len(self.names)
        for index, place in self.members:
            sums[place] += scores[index]
        return sums


class Taxa(tuple[Taxon, ...]):
    """The classes in output order, grouped once for all finds: with 2,500 of them that takes longer than a decision."""

    @cached_property
    def groups(self) -> dict[Rank, Groups]:
        """The taxa of each rank, from the narrowest rank."""
        return {rank: _grouped([taxon.names.get(rank) for taxon in self]) for rank in RANKS}

    @cached_property
    def deadly(self) -> tuple[int, ...]:
        """Numbers of the deadly classes."""
        return tuple(index for index, taxon in enumerate(self) if taxon.toxicity == "deadly")


def _grouped(named: Sequence[str | None]) -> Groups:
    places = {name: place for place, name in enumerate(dict.fromkeys(name for name in named if name))}
    return Groups(tuple(places), tuple((index, places[name]) for index, name in enumerate(named) if name))


class Decision(BaseModel):
    """The answer for one find."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    taxon: str | None
    """Name of the answer; None when no rank passes its threshold ("not sure"), or when the find is unknown."""
    rank: Rank | None
    score: float
    """Summed score of the answer's classes; of the best species when there is no answer."""
    unknown: bool
    """It looks like none of the classes: "none of these", whatever the scores say."""
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


def fuse(photos: Sequence[Sequence[float]], exponent: float) -> list[float]:
    """Logits of one find from those of its photos: their mean, times a power of their number.

    An exponent of 0 takes further photos for copies of the first, which add no certainty; 1 takes each for a new
    find, as the product of their scores would. Real ones lie between (see `fusion.fit_exponent`).

    Args:
        photos: the logits of each photo, all of one length; at least one photo.
        exponent: from the manifest.

    Raises:
        ValueError: no photos, of different lengths, or values that are not finite.
    """
    if not photos or len({len(logits) for logits in photos}) != 1:
        raise ValueError("a find has at least one photo, and all have the same classes")
    if not all(math.isfinite(logit) for logits in photos for logit in logits):
        raise ValueError("logits must be finite numbers")
    count = len(photos)
    return [math.fsum(logits) / count * count**exponent for logits in zip(*photos, strict=True)]


def decide(
    scores: Sequence[float], taxa: Sequence[Taxon], thresholds: Thresholds, familiarity: float | None = None
) -> Decision:
    """Apply the rule of FIELD safety to calibrated scores.

    A find that is less familiar than `thresholds.unknown` allows has no answer; the alarm is decided all the same.
    Otherwise the answer is the narrowest rank at which some taxon's summed score reaches the rank's threshold (unless
    `NEVER`). Ties go to the taxon whose first class comes first. The alarm sounds when the deadly classes' summed
    score reaches `thresholds.deadly`, when the best species is deadly or a known look-alike of a deadly one, or when
    the answer is a group that holds a deadly species.

    Args:
        scores: calibrated probabilities, one per class.
        taxa: the classes, in the same order; for many finds as `Taxa`, or they are grouped again for each.
        thresholds: from the manifest.
        familiarity: of the find, from `Familiarity.of`, the mean over its photos; None where it is not known.

    Raises:
        ValueError: the lengths differ, there are none, or a score or the familiarity is not finite.
    """
    if not scores or len(scores) != len(taxa) or not all(map(math.isfinite, scores)):
        raise ValueError(f"one finite score per class is needed: {len(scores)} scores, {len(taxa)} classes")
    known = taxa if isinstance(taxa, Taxa) else Taxa(taxa)
    best = scores.index(max(scores))
    unknown = _unknown(familiarity, thresholds.unknown)
    answer, rank, score = (None, None, 0.0) if unknown else _narrowest(scores, known, thresholds)
    deadly = sorted(known.deadly, key=lambda index: -scores[index])
    reason: Literal["score", "look_alike", "group"] | None = None
    meant: list[str] = []
    if deadly and (best in deadly or math.fsum(scores[index] for index in deadly) >= thresholds.deadly):
        reason, meant = "score", [_narrowest_name(known[index]) for index in _main_part(deadly, scores)]
    elif known[best].deadly_look_alikes:
        reason, meant = "look_alike", list(known[best].deadly_look_alikes)
    elif rank is not None and rank != "species":
        meant = [_narrowest_name(known[i]) for i in deadly if known[i].names.get(rank) == answer]
        reason = "group" if meant else None
    return Decision(
        taxon=answer,
        rank=rank,
        score=score if rank is not None else scores[best],
        unknown=unknown,
        band=next(band.name for band in thresholds.bands if scores[best] >= band.from_score),
        alarm=reason is not None,
        alarm_reason=reason,
        deadly=tuple(meant),
    )


def _unknown(familiarity: float | None, rule: UnknownRule | None) -> bool:
    if familiarity is None or rule is None:
        return False
    if not math.isfinite(familiarity):
        raise ValueError("familiarity must be a finite number")
    return familiarity < rule.below


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


def _narrowest(scores: Sequence[float], taxa: Taxa, thresholds: Thresholds) -> tuple[str | None, Rank | None, float]:
    for rank, groups in taxa.groups.items():
        threshold: float = getattr(thresholds, rank)
        if not groups.names or threshold >= NEVER:
            continue
        sums = groups.sums(scores)
        top = max(sums)
        if top >= threshold:
            return groups.names[sums.index(top)], rank, top
    return None, None, 0.0
