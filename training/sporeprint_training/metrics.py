"""Numbers about a classifier's answers. Logits and scores have shape `(photos, classes)`, labels `(photos,)`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]


def top_k(logits: Matrix, labels: Labels, k: int) -> float | None:
    """Share of photos whose label is among the `k` best classes; None without photos."""
    if not len(labels):
        return None
    best = np.argsort(-logits, axis=1, kind="stable")[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


def recalls(logits: Matrix, labels: Labels) -> list[float | None]:
    """Per class, the share of its photos that were named right; None for a class without photos."""
    right = logits.argmax(axis=1) == labels
    return [float(right[labels == index].mean()) if (labels == index).any() else None for index in _classes(logits)]


def mistaken(logits: Matrix, labels: Labels, most: int) -> list[list[tuple[int, int]]]:
    """Per class, the wrong classes that its photos were named as and how many were: the most frequent ones first.

    Args:
        logits: of the photos.
        labels: the right classes.
        most: at most so many per class.
    """
    found = []
    named = logits.argmax(axis=1)
    for index in _classes(logits):
        counts = np.bincount(named[labels == index], minlength=logits.shape[1])
        counts[index] = 0
        order = np.argsort(-counts, kind="stable")[:most].tolist()
        found.append([(other, int(counts[other])) for other in order if counts[other]])
    return found


def macro_f1(logits: Matrix, labels: Labels) -> float | None:
    """Mean F1 over the classes that have photos; None without photos.

    A class without photos has no recall; wrong answers that name it still cost the right class its recall.
    """
    named = logits.argmax(axis=1)
    values = []
    for index in _classes(logits):
        hits, of_class = np.sum((named == index) & (labels == index)), np.sum(labels == index)
        if of_class:
            values.append(2 * hits / (of_class + np.sum(named == index)))
    return float(np.mean(values)) if values else None


def calibration_error(scores: Matrix, labels: Labels, bins: int = 15) -> float | None:
    """Expected calibration error of the best class's score (Guo et al. 2017), bins of equal width.

    Returns:
        The mean gap between score and right rate, weighted by the photos in each bin; None without photos.
    """
    if not len(labels):
        return None
    best, right = scores.max(axis=1), scores.argmax(axis=1) == labels
    place = np.minimum((best * bins).astype(int), bins - 1)
    gaps = [abs(best[place == b].mean() - right[place == b].mean()) * np.sum(place == b) for b in np.unique(place)]
    return float(sum(gaps) / len(labels))


def _classes(logits: Matrix) -> range:
    return range(logits.shape[1])
