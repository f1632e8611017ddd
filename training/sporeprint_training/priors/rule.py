"""Applying the priors to one photo's scores.

The browser applies the same rule (`app/shared/priors.js`); a change here is a change there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from sporeprint_training.decision import Decision
from sporeprint_training.priors.file import MONTHS, STEP, Priors, cell_of

Flag = Literal["unusual_month", "rare_here"]
FLAG_LEVEL = -8
"""At this level and below a name is marked: reported a fifth as often as elsewhere or at other times, or less.
Smoothing keeps a class away from it for which that few reports would be no surprise."""


@dataclass(frozen=True)
class Context:
    """When and where a photo was taken, as far as is known. A value that cannot be counts as unknown."""

    month: float | None = None
    """1 to 12."""
    latitude: float | None = None
    """Degrees north; alone it still tells the hemisphere."""
    longitude: float | None = None
    """Degrees east, -180 to 180."""


@dataclass(frozen=True)
class Reweighed:
    """Scores after the priors."""

    scores: list[float]
    """One per class, with the sum 1; the very scores given where nothing is known of the context."""
    flags: list[tuple[Flag, ...]]
    """What to say beside each class's name."""
    used: tuple[Literal["season", "place"], ...]
    """Parts that could say something."""


def reweigh(
    scores: Sequence[float], priors: Priors | None, context: Context, strengths: tuple[float, float]
) -> Reweighed:
    """Multiply each score by its class's ratios for the month and the cell, and bring the sum back to 1.

    No ratio is below 1/20 or above 20, so that no score above zero becomes zero.

    Args:
        scores: calibrated, one per class, finite and not negative.
        priors: of the model; None changes nothing.
        context: of the photo.
        strengths: exponents of the season's and the place's ratios; 0 leaves that part out, flags included.

    Raises:
        ValueError: no scores, or another number than the priors have classes, or scores that are no shares.
    """
    if not scores or not all(math.isfinite(score) and score >= 0 for score in scores) or not any(scores):
        raise ValueError("scores must be finite, not negative and not all zero")
    if priors is not None and priors.classes != len(scores):
        raise ValueError(f"{len(scores)} scores for priors of {priors.classes} classes")
    season = _season_levels(priors, context) if strengths[0] > 0 else None
    place = _place_levels(priors, context) if strengths[1] > 0 else None
    nothing = [0] * len(scores)
    pairs = list(zip(season or nothing, place or nothing, strict=True))
    weighted = [
        score * math.exp(STEP * (strengths[0] * a + strengths[1] * b))
        for score, (a, b) in zip(scores, pairs, strict=True)
    ]
    total = math.fsum(weighted)
    used: tuple[Literal["season", "place"], ...] = (
        *(("season",) if season else ()),
        *(("place",) if place else ()),
    )
    return Reweighed(
        scores=[score / total for score in weighted] if used else list(scores),
        flags=[_flags(a, b) for a, b in pairs],
        used=used,
    )


@dataclass(frozen=True)
class Weighed:
    """Scores after the priors and what is decided on them."""

    scores: list[float]
    decision: Decision
    flags: list[tuple[Flag, ...]]
    used: tuple[Literal["season", "place"], ...]


def weigh(
    scores: Sequence[float],
    decide_on: Callable[[Sequence[float]], Decision],
    priors: Priors | None,
    context: Context,
    strengths: tuple[float, float],
) -> Weighed:
    """Reweigh the scores of a find and decide: the answer on what comes out, the alarm on both.

    Args:
        scores: calibrated, one per class.
        decide_on: the decision on some scores, whatever else it looks at.
        priors: as for `reweigh`, like the rest.
        context: of the find.
        strengths: of the two parts.

    Raises:
        ValueError: as `reweigh` and `decide_on`.
    """
    found = reweigh(scores, priors, context, strengths)
    decision = keep_alarm(decide_on(found.scores), decide_on(scores))
    return Weighed(found.scores, decision, found.flags, found.used)


def keep_alarm(after: Decision, before: Decision) -> Decision:
    """The decision on the scores after the priors, with the alarm of both: a prior may raise one, never silence it.

    The alarm sounds when it does on either; of the reasons the graver one is given, and all deadly species that either
    one means are named.
    """
    reasons = ("score", "look_alike", "group")
    reason = next((one for one in reasons if one in (after.alarm_reason, before.alarm_reason)), None)
    deadly = tuple(dict.fromkeys((*after.deadly, *before.deadly)))
    alarm = after.alarm or before.alarm
    return after.model_copy(update={"alarm": alarm, "alarm_reason": reason, "deadly": deadly})


def _flags(season: int, place: int) -> tuple[Flag, ...]:
    return (
        *(("unusual_month",) if season <= FLAG_LEVEL else ()),
        *(("rare_here",) if place <= FLAG_LEVEL else ()),
    )


def _season_levels(priors: Priors | None, context: Context) -> list[int] | None:
    month = context.month
    if priors is None or priors.season is None or month is None or month not in range(1, MONTHS + 1):
        return None
    latitude = _degrees(context.latitude, 90)
    return list(priors.season[folded_month(int(month), latitude) :: MONTHS])


def folded_month(month: int, latitude: float | None) -> int:
    """Number from 0 of the month, moved by half a year south of the equator; an unknown latitude counts as north."""
    south = latitude is not None and latitude < 0
    return (month - 1 + (MONTHS // 2 if south else 0)) % MONTHS


def _place_levels(priors: Priors | None, context: Context) -> list[int] | None:
    latitude, longitude = _degrees(context.latitude, 90), _degrees(context.longitude, 180)
    if priors is None or priors.place is None or latitude is None or longitude is None:
        return None
    # The point that broken devices and tables name, in the sea off Africa.
    if latitude == longitude == 0:
        return None
    place = priors.place
    try:
        column = place.cells.index(cell_of(latitude, longitude, place.degrees))
    except ValueError:
        return None
    return list(place.levels[column :: len(place.cells)])


def _degrees(value: float | None, limit: float) -> float | None:
    return value if value is not None and math.isfinite(value) and abs(value) <= limit else None
