"""Numbers as people read them, and the summary in words."""

from __future__ import annotations

from sporeprint_training.evaluate.schema import Evaluation, Measures, Share
from sporeprint_training.run import Run

PER_CENT = "\u00a0%"
"""The sign after its number, on the same line."""
FEW_PHOTOS = 300
"""Test photos below which the summary says that intervals are wide."""


def per_cent(value: float | None, digits: int = 0) -> str:
    """A share as text; a dash where there is none. Only what is exactly none or all is said to be 0 % or 100 %."""
    if value is None:
        return "–"
    text = f"{value * 100:.{digits}f}"
    if float(text) == 100 and value < 1:
        text = f"{100 - 10**-1:.1f}" if value < 0.9995 else f"{100 - 10**-2:.2f}"
    if float(text) == 0 and value > 0:
        return f"under 0.1{PER_CENT}" if value < 0.001 else f"{value * 100:.1f}{PER_CENT}"
    return f"{text}{PER_CENT}"


def interval(share: Share) -> str:
    """The 95 % interval as text; a narrow one with a decimal, so that its ends differ."""
    if share.low is None or share.high is None:
        return "–"
    digits = 1 if share.high - share.low < 0.02 else 0
    # Word joiners keep both ends on one line.
    return f"{share.low * 100:.{digits}f}\u2060–\u2060{share.high * 100:.{digits}f}{PER_CENT}"


def counted(share: Share) -> str:
    """Hits of all, such as "58 of 60"."""
    return f"{hits(share):,} of {share.n:,}"


def hits(share: Share) -> int:
    """How many a share counts."""
    return 0 if share.value is None else round(share.value * share.n)


def plural(n: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def summary(run: Run, evaluation: Evaluation) -> list[str]:
    """What matters of an evaluation, a paragraph each."""
    measures = evaluation.by_photo
    if not measures.n:
        return [
            "No photo was held out for testing, so that nothing can be said of how well this model knows its species."
        ]
    said = [_knowledge(run, evaluation), _answers(measures), _calibration(measures), *_alarm(measures)]
    if evaluation.unknown:
        unknown = evaluation.unknown
        said.append(
            f"Of {plural(unknown.n, 'photo')} of things that are none of its classes, it recognises "
            f"{per_cent(unknown.refused.value)} as such and names {per_cent(unknown.named.value)} as a species all the "
            f"same ({interval(unknown.named)})."
        )
    if run.record.never_seen:
        said.append(
            f"It has never seen {len(run.record.never_seen)} of the deadly species in the reference table and cannot "
            "warn of them by name."
        )
    if measures.n < FEW_PHOTOS:
        said.append(f"All this rests on {plural(measures.n, 'photo')}; the intervals say how little that is.")
    return said


def _knowledge(run: Run, evaluation: Evaluation) -> str:
    measures, finds = evaluation.by_photo, evaluation.by_observation
    text = (
        f"Shown {plural(measures.n, 'photo')} that it had never seen, of {len(run.record.classes):,} species, it names "
        f"{per_cent(measures.top1.value, 1)} right at first guess ({interval(measures.top1)}); for "
        f"{per_cent(measures.top3.value, 1)} the right species is among its first three."
    )
    if finds.n < measures.n:
        text += (
            f" With all photos of a find taken together it names {per_cent(finds.top1.value, 1)} of {finds.n:,} finds."
        )
    weak = [item for item in evaluation.classes if item.recall.value is not None and item.recall.n >= 3]
    weak = sorted(weak, key=lambda item: item.recall.value or 0.0)[:3]
    weak = [item for item in weak if (item.recall.value or 0.0) < 1]
    if weak:
        text += " Weakest: " + "; ".join(f"{item.scientific_name}, {counted(item.recall)}" for item in weak) + "."
    return text


def _answers(measures: Measures) -> str:
    broader = sum(hits(measures.ranks[rank].shown) for rank in ("genus", "family", "order"))
    text = f"The app shows a species name for {per_cent(measures.species_coverage.value, 1)} of the photos"
    if measures.species_precision.n:
        text += (
            f", and {per_cent(measures.species_precision.value, 1)} of these names are right "
            f"({interval(measures.species_precision)})"
        )
    return (
        f"{text}. For {broader:,} it gives a broader group, for {hits(measures.not_sure):,} it says “Not sure”, and "
        f"{hits(measures.unknown):,} it takes for none of its species."
    )


def _calibration(measures: Measures) -> str:
    gap = measures.ece or 0.0
    return (
        f"Its scores are off by {gap * 100:.1f} percentage points on average: of answers that score 80 %, "
        f"about {80 - gap * 100:.0f} to {min(100.0, 80 + gap * 100):.0f} in 100 are right."
    )


def _alarm(measures: Measures) -> list[str]:
    alarm = measures.alarm
    if not alarm.recall.n:
        return ["No test photo shows a deadly species: how reliably the alarm sounds was not measured."]
    text = (
        f"The deadly alarm sounds for {counted(alarm.recall)} photos of deadly species ({interval(alarm.recall)})"
        f" and for {counted(alarm.false_alarm)} of species that have nothing to do with them"
        f" ({per_cent(alarm.false_alarm.value, 1)})."
    )
    if alarm.look_alike.n:
        text += f" It also sounds for {counted(alarm.look_alike)} of their look-alikes, as it is meant to."
    missed = len(alarm.missed)
    return [text + (f" It misses {missed:,}." if missed else "")]
