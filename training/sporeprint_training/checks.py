"""What a data set must have before a model can learn from it."""

from __future__ import annotations

from collections import Counter

import numpy as np

from sporeprint_training.dataset.store import SPLITS, Dataset
from sporeprint_training.errors import BadInput

LEAST_TRAIN = 2
"""Training photos that every class needs."""


def check_trainable(data: Dataset) -> None:
    """Refuse a data set that cannot be learned, naming every class that stands in the way.

    Raises:
        BadInput: fewer than two classes, labels that are not the rows of `species`, no validation photos, or
            classes with too few training photos or absent from a split.
    """
    _check_labels(data)
    if len(data.species) < 2:
        raise BadInput(
            "A model tells at least two classes apart",
            received=f"{len(data.species)} in {data.folder}",
            next_step="Ingest more species",
        )
    if data.info.split_val == 0:
        raise BadInput(
            "Training stops early and calibrates on validation photos",
            received=f"{data.folder} was ingested without any",
            next_step="Ingest again with a validation share above 0",
        )
    faults = _thin_classes(data)
    if faults:
        raise BadInput(
            f"Every class has at least {LEAST_TRAIN} training photos and one in each other split",
            received="; ".join(faults),
            next_step="Add photos of these species, or ingest again with a higher --min-photos to leave them out",
        )


def _check_labels(data: Dataset) -> None:
    labels, n_classes = data.species["label"].to_numpy(), len(data.species)
    if not np.array_equal(labels, np.arange(n_classes)) or not data.photos["label"].between(0, n_classes - 1).all():
        raise BadInput(
            "The labels of a data set are the rows of its species table",
            received=f"another order or range in {data.folder}",
            next_step="Ingest the photos again",
        )


def _thin_classes(data: Dataset) -> list[str]:
    counts = Counter(zip(data.photos["label"].tolist(), data.photos["split"].tolist(), strict=True))
    least = {"train": LEAST_TRAIN, "val": 1, "test": 1 if data.info.split_test > 0 else 0}
    return [
        f"{name} has {counts[label, split]} in {split}"
        for label, name in enumerate(data.species["scientific_name"])
        for split in SPLITS
        if counts[label, split] < least[split]
    ]
