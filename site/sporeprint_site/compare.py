"""The browser's scores against Keras's scores and against the labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Scores = Sequence[float]


@dataclass(frozen=True)
class Agreement:
    """How far two sets of scores for the same photos agree."""

    n: int
    """Photos that both sides scored."""
    agreement: float
    """Share of photos with the same best class."""
    mean_abs_dp: float
    """Mean over photos of |Δp| of the class that the reference names."""
    max_abs_dp: float
    """Largest |Δp| of any class on any photo."""


def compare_scores(found: Sequence[Scores | None], reference: Sequence[Scores | None]) -> Agreement | None:
    """Compare score vectors photo by photo; photos that one side could not score are left out.

    Returns:
        None when no photo was scored by both.

    Raises:
        ValueError: the two sides have different numbers of photos or of classes.
    """
    pairs = [(a, b) for a, b in zip(found, reference, strict=True) if a is not None and b is not None]
    if not pairs:
        return None
    best = [(best_class(a), best_class(b)) for a, b in pairs]
    differences = [[abs(p - q) for p, q in zip(a, b, strict=True)] for a, b in pairs]
    return Agreement(
        n=len(pairs),
        agreement=sum(a == b for a, b in best) / len(pairs),
        mean_abs_dp=sum(row[named] for row, (_, named) in zip(differences, best, strict=True)) / len(pairs),
        max_abs_dp=max(map(max, differences)),
    )


def top1(found: Sequence[Scores | None], labels: Sequence[int | None]) -> float | None:
    """Share of labelled photos whose best class is the label; a photo without an answer counts as wrong."""
    rows = [(scores, label) for scores, label in zip(found, labels, strict=True) if label is not None]
    if not rows:
        return None
    return sum(scores is not None and best_class(scores) == label for scores, label in rows) / len(rows)


def best_class(scores: Scores) -> int:
    """Index of the highest score; the first one of equals, as in the decision rule."""
    return max(range(len(scores)), key=scores.__getitem__)
