"""How much a photo's features look like those of any class: low for fungi that the model was never shown.

Softmax scores cannot say "none of these": they only share one out among the classes. This looks at the features that
the head sees anyway, brought to unit length after a square root, which tames the few large ones (Hellinger). Two
measures are added, because each misses what the other sees: how much more likely the features are under the nearest
class than under all classes together, as Gaussians with one shrunk covariance (linear discriminants, Fisher 1936; the
difference to the background is what Ren et al. 2021 found to matter), and the distance to the nearest of a few typical
photos of each class.

The browser computes the same (`app/shared/familiarity.js`); a change here is a change there.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.errors import BadInput
from sporeprint_training.metrics import Labels, Matrix

SHRINKAGE = 0.8
"""Share of the covariance replaced by a round one. Measured on 20 species with 5 left out, ten draws: 0.6 to 0.9 give
the same; without shrinkage a third of the gain is lost."""
PROTOTYPES = 3
"""Typical photos of a class: the centres of that many groups (Lloyd 1982). On the same species, left out in twelve
other draws, 1 gives an AUROC of 0.875, 2 0.883, 3 0.886, 8 0.884, and all photos 0.894."""
MOST_DIRECTIONS = 128
"""Rank of the stored matrix; thousands of classes share these directions."""
KEPT = 0.97
"""Share of the matrix's sum of squares that the stored directions hold at least, unless they are too many. With 0.999
and numbers of 8 bits the AUROC is 0.886 instead of 0.883, and phones fetch three times as much."""
_ROUNDS = 20
FAMILIARITY_FILE = "familiarity.bin"
_LARGEST = 15
_HEADER = struct.Struct("<4I")

Directions = NDArray[np.int8]


@dataclass(frozen=True)
class Familiarity:
    """Two kinds of measures, each linear in the prepared features, as products of two small matrices."""

    classes: int

    directions: Directions
    """`(rank, n_features)`, whole numbers of -15 to 15: five bits each after compression."""
    direction_scales: NDArray[np.float32]
    """`(rank,)`: a direction is its whole numbers times this."""
    measures: Directions
    """`(classes + prototypes, rank)`: every class's discriminant, then the nearness of every prototype."""
    measure_scales: NDArray[np.float32]
    """`(classes + prototypes,)`."""
    offsets: NDArray[np.float32]
    """`(classes + prototypes,)`, added to the products."""

    def to_bytes(self) -> bytes:
        """The file, little-endian: rank, features, classes and prototypes as uint32, float32 values, int8 values."""
        (rank, n_features), rows = self.directions.shape, len(self.offsets)
        floats = (self.direction_scales, self.measure_scales, self.offsets)
        parts = [*(values.astype("<f4") for values in floats), self.directions, self.measures]
        return _HEADER.pack(rank, n_features, self.classes, rows - self.classes) + b"".join(
            part.tobytes() for part in parts
        )

    def of(self, features: Matrix) -> NDArray[np.float64]:
        """Familiarity of photos, in standard deviations among photos of known species: 0 is usual, negative is odd.

        Args:
            features: `(photos, n_features)`, the head's input.
        """
        return np.asarray(self.parts(prepare(features)).sum(axis=0))

    def parts(self, prepared: NDArray[np.float64]) -> NDArray[np.float64]:
        """The best discriminant's and the best prototype's measure, `(2, photos)`, of prepared features."""
        inner = prepared @ self.directions.T.astype(np.float64) * self.direction_scales
        values = inner @ self.measures.T.astype(np.float64) * self.measure_scales + self.offsets
        return np.stack([values[:, : self.classes].max(axis=1), values[:, self.classes :].max(axis=1)])


def read_familiarity(data: bytes) -> Familiarity:
    """Read what `Familiarity.to_bytes` wrote.

    Raises:
        BadInput: the length is not what the first sixteen bytes say, or a number is not finite.
    """
    rank, n_features, classes, prototypes = _HEADER.unpack_from(data.ljust(_HEADER.size, b"\0"))
    rows = classes + prototypes
    floats, whole = rank + 2 * rows, rank * (n_features + rows)
    if not (rank and classes and prototypes) or len(data) != _HEADER.size + 4 * floats + whole:
        raise _damaged(f"{len(data)} bytes for {rank} by {n_features} and {classes} + {prototypes} by {rank} numbers")
    values = np.frombuffer(data, "<f4", floats, _HEADER.size).astype(np.float32)
    if not np.isfinite(values).all():
        raise _damaged("a number that is not finite")
    numbers = np.frombuffer(data, np.int8, whole, _HEADER.size + 4 * floats)
    return Familiarity(
        classes=classes,
        directions=numbers[: rank * n_features].reshape(rank, n_features),
        direction_scales=values[:rank],
        measures=numbers[rank * n_features :].reshape(rows, rank),
        measure_scales=values[rank : rank + rows],
        offsets=values[rank + rows :],
    )


def _damaged(received: str) -> BadInput:
    return BadInput(
        f"{FAMILIARITY_FILE} holds the matrices that its first numbers announce",
        received=received,
        next_step="Train again, or export again from the run",
    )


def prepare(features: Matrix) -> NDArray[np.float64]:
    """Signed square roots, scaled to unit length; a photo without any feature stays zero. Shape as given."""
    roots = np.sign(features) * np.sqrt(np.abs(features, dtype=np.float64))
    length = np.sqrt((roots**2).sum(axis=1, keepdims=True))
    return np.asarray(roots / np.where(length > 0, length, 1))


def fit_familiarity(train: Matrix, train_labels: Labels, val: Matrix, n_classes: int) -> Familiarity:
    """Learn what the classes look like, in closed form: equal features give equal bytes.

    Args:
        train: features of the training photos, `(photos, n_features)`.
        train_labels: `(photos,)`; every class occurs.
        val: features of validation photos, which say how far known species usually vary.
        n_classes: number of classes.
    """
    prepared = prepare(train)
    centre = prepared.mean(axis=0)
    means = np.stack([prepared[train_labels == label].mean(axis=0) for label in range(n_classes)])
    discriminants, discriminant_offsets = _discriminants(prepared - means[train_labels], means, centre)
    typical = np.concatenate([_prototypes(prepared[train_labels == label]) for label in range(n_classes)])
    matrix = np.concatenate([discriminants, 2 * typical])
    offsets = np.concatenate([discriminant_offsets, -(typical**2).sum(axis=1)])
    known = prepare(val if len(val) else train)
    found = _compressed(*_standardised(matrix, offsets, n_classes, known), n_classes)
    # What compression cost the known photos on average is given back.
    lost = np.repeat(found.parts(known).mean(axis=1), [n_classes, len(typical)])
    return replace(found, offsets=(found.offsets - lost).astype(np.float32))


def _discriminants(
    residuals: NDArray[np.float64], means: NDArray[np.float64], centre: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # Log-likelihood under each class less that under one class at the centre, with one covariance: linear.
    covariance = residuals.T @ residuals / max(1, len(residuals))
    round_part = max(float(np.trace(covariance)) / len(covariance), 1e-12)
    covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * round_part * np.eye(len(covariance))
    weights = np.linalg.solve(covariance, (means - centre).T).T
    return weights, -((weights * (means + centre)).sum(axis=1)) / 2


def _prototypes(photos: NDArray[np.float64]) -> NDArray[np.float64]:
    # Begun with the most central photo and then, each time, the one farthest from those chosen: no luck is needed.
    distance = ((photos - photos.mean(axis=0)) ** 2).sum(axis=1)
    chosen = [int(distance.argmin())]
    distance = np.full(len(photos), np.inf)
    while len(chosen) < min(PROTOTYPES, len(photos)):
        distance = np.minimum(distance, ((photos - photos[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(distance.argmax()))
    centres = photos[chosen]
    for _ in range(_ROUNDS):
        nearest = (2 * photos @ centres.T - (centres**2).sum(axis=1)).argmax(axis=1)
        groups = [photos[nearest == number] for number in range(len(centres))]
        centres = np.stack(
            [group.mean(axis=0) if len(group) else centre for group, centre in zip(groups, centres, strict=True)]
        )
    return np.asarray(centres)


def _standardised(
    matrix: NDArray[np.float64], offsets: NDArray[np.float64], classes: int, known: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values = known @ matrix.T + offsets
    scaled, moved = matrix.copy(), offsets.copy()
    for part in (slice(0, classes), slice(classes, None)):
        best = values[:, part].max(axis=1)
        deviation = max(float(best.std()), 1e-9)
        scaled[part], moved[part] = matrix[part] / deviation, (offsets[part] - best.mean()) / deviation
    return scaled, moved


def _compressed(matrix: NDArray[np.float64], offsets: NDArray[np.float64], classes: int) -> Familiarity:
    left, sizes, right = np.linalg.svd(matrix, full_matrices=False)
    held = np.cumsum(sizes**2) / (sizes**2).sum()
    rank = min(MOST_DIRECTIONS, int((held < KEPT).sum()) + 1)
    # A singular vector's sign is the library's whim.
    signs = np.sign(right[np.arange(rank), np.abs(right[:rank]).argmax(axis=1)])
    directions, direction_scales = _whole_numbers(right[:rank] * signs[:, None])
    measures, measure_scales = _whole_numbers(left[:, :rank] * sizes[:rank] * signs)
    return Familiarity(classes, directions, direction_scales, measures, measure_scales, offsets.astype(np.float32))


def _whole_numbers(rows: NDArray[np.float64]) -> tuple[Directions, NDArray[np.float32]]:
    scales = np.maximum(np.abs(rows).max(axis=1) / _LARGEST, 1e-30).astype(np.float32)
    return np.rint(rows / scales[:, None]).clip(-_LARGEST, _LARGEST).astype(np.int8), scales
