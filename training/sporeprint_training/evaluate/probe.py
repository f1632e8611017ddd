"""A second opinion on every label: a linear probe that never saw the photo, nor another one of its find.

Linear discriminant analysis on the features (Fisher 1936; one covariance for all classes, shrunk towards a multiple of
the identity, Friedman 1989). It is linear like the head, has a closed form, so that five folds over a hundred thousand
photos cost minutes, and gives the same answer every time. On 1,608 photos of 26 species, frozen MobileNetV2, 88.6 % of
its answers agree with the labels; logistic regression's 88.9 %. Without power normalisation it is 86.7 %.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.calibrate import fit_temperature, softmax
from sporeprint_training.metrics import Labels

FOLDS = 5
SHRINKAGE = 0.6
"""Share of the identity in the covariance."""
_UNSEEN = 1e6
"""Squared distance to a class without a photo in the other folds."""
_SAMPLE = 10_000
"""Photos that the temperature is fitted on, and that are calibrated at once: thousands of classes take memory."""

Array = NDArray[np.float64]


def folds(groups: Sequence[str]) -> NDArray[np.int64]:
    """Fold of each photo, 0 to `FOLDS` - 1, equal for equal groups; it depends on the group's name alone."""
    number = {group: int(hashlib.sha256(group.encode()).hexdigest(), 16) % FOLDS for group in set(groups)}
    return np.array([number[group] for group in groups], np.int64)


@dataclass(frozen=True)
class SecondOpinion:
    """What the probe says of every photo."""

    scores: NDArray[np.float32]
    """Calibrated, `(photos, classes)`."""
    distances: NDArray[np.float32]
    """Squared Mahalanobis distance to each class, `(photos, classes)`; the least says how far a photo is from all
    (Lee et al. 2018)."""


def out_of_fold(features: NDArray[np.float32], labels: Labels, groups: Sequence[str], n_classes: int) -> SecondOpinion:
    """Judge each photo by a probe fitted on the other folds' photos.

    Args:
        features: `(photos, n_features)`.
        labels: `(photos,)`.
        groups: photos that must not be divided, by name.
        n_classes: length of the scores.
    """
    values = normalised(features)
    place = folds(groups)
    parts = [_sums(values[place == fold], labels[place == fold], n_classes) for fold in range(FOLDS)]
    distances = np.zeros((len(values), n_classes), np.float32)
    for fold, part in enumerate(parts):
        inside = place == fold
        if inside.any():
            sums, counts, products = (sum(other[i] for other in parts) - part[i] for i in range(3))
            distances[inside] = _distances(values[inside], sums, counts, products)
    sample = np.random.default_rng(0).permutation(len(labels))[:_SAMPLE]
    temperature = fit_temperature(-distances[sample] / 2, labels[sample])
    blocks = np.array_split(np.arange(len(values)), max(1, len(values) // _SAMPLE))
    scores = [softmax(-distances[rows] / 2, temperature).astype(np.float32) for rows in blocks]
    return SecondOpinion(np.concatenate(scores), distances)


def normalised(features: NDArray[np.float32]) -> Array:
    """Features on one scale: the signed root, length 1 (power normalisation, Perronnin et al. 2010), spread 1.

    A feature that never changes becomes 0.
    """
    roots = np.sign(features) * np.sqrt(np.abs(features.astype(np.float64)))
    unit = roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), 1e-12)
    spread = unit.std(axis=0)
    return np.asarray((unit - unit.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _sums(values: Array, labels: Labels, n_classes: int) -> tuple[Array, Array, Array]:
    sums = np.zeros((n_classes, values.shape[1]))
    np.add.at(sums, labels, values)
    return sums, np.bincount(labels, minlength=n_classes).astype(np.float64), values.T @ values


def _distances(values: Array, sums: Array, counts: Array, products: Array) -> Array:
    seen = counts > 0
    means = sums / np.maximum(counts, 1)[:, None]
    within = (products - means.T @ (means * counts[:, None])) / max(1.0, counts.sum() - seen.sum())
    size = len(within)
    level = np.trace(within) / size or 1.0
    shrunk = (1 - SHRINKAGE) * within + SHRINKAGE * level * np.eye(size)
    # In these coordinates the covariance is the identity, and the distance is Euclid's.
    root = np.linalg.cholesky(np.linalg.inv(shrunk))
    white, centres = values @ root, means @ root
    squares = (white**2).sum(axis=1)[:, None] - 2 * white @ centres.T + (centres**2).sum(axis=1)
    return np.where(seen, np.maximum(squares, 0.0), _UNSEEN)
