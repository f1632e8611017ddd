"""How much certainty a second and third photo of one find add, fitted on validation finds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.calibrate import golden_section, softmax
from sporeprint_training.decision import Fusion
from sporeprint_training.metrics import Labels, Matrix

LEAST_FINDS = 20
"""With fewer finds of several photos the exponent would say more of those finds than of photos."""


def fused(logits: Matrix, finds: Labels, exponent: float) -> NDArray[np.float64]:
    """The same as `decision.fuse`, for many finds at once.

    Args:
        logits: `(photos, classes)`.
        finds: `(photos,)`, the number of each photo's find, from 0 without gaps.
        exponent: of the number of photos.

    Returns:
        `(finds, classes)`.
    """
    counts = np.bincount(finds)
    sums = np.zeros((len(counts), logits.shape[1]))
    np.add.at(sums, finds, logits.astype(np.float64))
    return np.asarray(sums / counts[:, None] * (counts**exponent)[:, None])


def fit_fusion(logits: Matrix, labels: Labels, observations: Sequence[str], temperature: float) -> Fusion:
    """The exponent with the least negative log-likelihood, on the finds that have several photos.

    Args:
        logits: of validation photos, `(photos, classes)`.
        labels: `(photos,)`.
        observations: `(photos,)`, each photo's observation.
        temperature: as fitted on single photos.

    Returns:
        The default with n = 0 where there are too few such finds.
    """
    _, finds, sizes = np.unique(list(observations), return_inverse=True, return_counts=True)
    several = sizes[finds] > 1
    names, places = np.unique(finds[several], return_inverse=True)
    if len(names) < LEAST_FINDS:
        return Fusion()
    known = np.zeros(len(names), np.int64)
    known[places] = labels[several]

    def loss(exponent: float) -> float:
        scores = softmax(fused(logits[several], places, exponent), temperature)
        return float(-np.log(np.maximum(scores[np.arange(len(known)), known], 1e-300)).mean())

    return Fusion(exponent=golden_section(loss, 0.0, 1.0), n=len(names))
