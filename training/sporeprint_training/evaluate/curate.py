"""Photos that somebody should look at: most likely mislabelled, duplicated, or not a fungus at all."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.dataset.store import Dataset
from sporeprint_training.evaluate.neighbours import Neighbours, neighbours
from sporeprint_training.evaluate.probe import out_of_fold
from sporeprint_training.metrics import Labels
from sporeprint_training.spreadsheet import inert

ALIKE = 0.76
"""Cosine from which on two photos count as one picture or one find.

Measured on 1,608 photos of 26 species (MobileNetV2): of the 14 pairs above it 13 show one picture or one specimen,
three of them on both sides of the split, which perceptual hashes had let pass; below 0.74 most show two finds of a
species.
"""
ODD_SHARE = 0.03
"""Share of the photos that is listed as odd, the most distant first."""
SURE = 0.8
"""A score that is enough for a suggestion, however sure the suggested class's own photos are."""
_COLUMNS = ("photo_id", "source_file", "given", "suggested", "reason", "score", "split", "other_photo_id")

Reason = Literal["mislabelled", "duplicate", "odd"]


@dataclass(frozen=True)
class Candidate:
    """A photo to look at; rows are those of the data set's photos."""

    row: int
    reason: Reason
    score: float
    """Margin of the suggested class, cosine with the other photo, or distance to everything; the higher the surer."""
    suggested: int | None = None
    """The class that it seems to be of."""
    other: int | None = None
    """The photo that it looks like."""


@dataclass(frozen=True)
class Curation:
    """All candidates, the surest of each reason first."""

    candidates: tuple[Candidate, ...]
    accuracy: float
    """Of the out-of-fold scores."""
    typical: tuple[int, ...]
    """For each class the photo that is nearest to its middle."""

    def of(self, reason: Reason) -> tuple[Candidate, ...]:
        """The candidates of one reason."""
        return tuple(item for item in self.candidates if item.reason == reason)


def curate(data: Dataset, features: NDArray[np.float32]) -> Curation:
    """Look for photos to curate among all photos of a data set; `features` has one row per photo."""
    labels, groups = data.photos["label"].to_numpy(), data.photos["group_id"].tolist()
    opinion = out_of_fold(features, labels, groups, len(data.species))
    scores = opinion.scores
    found = (*mislabelled(scores, labels), *duplicates(data, neighbours(features)), *odd(opinion.distances.min(axis=1)))
    inside = opinion.distances[np.arange(len(labels)), labels]
    nearest_first = np.lexsort((inside, labels))
    typical = nearest_first[np.searchsorted(labels[nearest_first], np.arange(len(data.species)))]
    return Curation(found, float((scores.argmax(axis=1) == labels).mean()), tuple(typical.tolist()))


def mislabelled(scores: NDArray[np.float32], labels: Labels) -> list[Candidate]:
    """Photos whose suggested class scores at least what photos of that class usually score, by falling margin.

    Confident learning (Northcutt, Jiang & Chuang 2021): the usual score of a class is the mean of its own photos'.
    Where that is above `SURE`, `SURE` is enough: of an easy class half of the photos score below the mean.

    Args:
        scores: out of fold, `(photos, classes)`.
        labels: as given, `(photos,)`.
    """
    own = scores[np.arange(len(labels)), labels]
    counts = np.bincount(labels, minlength=scores.shape[1])
    usual = np.bincount(labels, own, minlength=scores.shape[1]) / np.maximum(counts, 1)
    enough = np.where(counts > 0, np.minimum(usual, SURE), np.inf)
    confident = np.where(scores >= enough, scores, -1.0)
    suggested = confident.argmax(axis=1)
    margin = confident.max(axis=1) - own
    rows = np.flatnonzero((suggested != labels) & (margin > 0))
    ordered = rows[np.argsort(-margin[rows], kind="stable")]
    return [Candidate(row, "mislabelled", float(margin[row]), int(suggested[row])) for row in ordered.tolist()]


def duplicates(data: Dataset, near: Neighbours) -> list[Candidate]:
    """Pairs of photos that look like one: those of two species first, then those of two splits, then the others.

    Photos of one observation are left out: they are known to show the same find.
    """
    photos = data.photos
    label, split = photos["label"].to_numpy(), np.asarray(photos["split"].astype(str))
    observation = photos["observation_id"].to_numpy()
    rows, columns = np.nonzero(near.similarity >= ALIKE)
    pairs: dict[tuple[int, int], float] = {}
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        other = int(near.index[row, column])
        if observation[row] != observation[other]:
            pairs[min(row, other), max(row, other)] = float(near.similarity[row, column])

    def urgency(item: tuple[tuple[int, int], float]) -> tuple[bool, bool, float]:
        (one, other), similarity = item
        return bool(label[one] == label[other]), bool(split[one] == split[other]), -similarity

    return [
        Candidate(one, "duplicate", similarity, other=other)
        for (one, other), similarity in sorted(pairs.items(), key=urgency)
    ]


def odd(distance: NDArray[np.float32]) -> list[Candidate]:
    """The photos that are most distant from every class, by falling distance `(photos,)`."""
    count = math.ceil(len(distance) * ODD_SHARE)
    order = np.argsort(-distance, kind="stable")[:count]
    return [Candidate(row, "odd", float(distance[row])) for row in order.tolist()]


def curation_csv(data: Dataset, curation: Curation) -> bytes:
    """curation.csv: one row per candidate, the surest of each reason first."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    names = data.species["scientific_name"].tolist()
    columns = {name: data.photos[name].astype(str).tolist() for name in ("photo_id", "source_file", "split")}
    labels = data.photos["label"].tolist()
    for item in curation.candidates:
        cells = (
            columns["photo_id"][item.row],
            inert(columns["source_file"][item.row]),
            inert(names[labels[item.row]]),
            "" if item.suggested is None else inert(names[item.suggested]),
            item.reason,
            f"{item.score:.4f}",
            columns["split"][item.row],
            "" if item.other is None else columns["photo_id"][item.other],
        )
        writer.writerow(cells)
    return stream.getvalue().encode("utf-8", "backslashreplace")
