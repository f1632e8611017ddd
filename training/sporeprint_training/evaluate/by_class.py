"""Each class's own numbers, and which classes are taken for which."""

from __future__ import annotations

from collections import Counter

import numpy as np

from sporeprint_training.evaluate.intervals import wilson
from sporeprint_training.evaluate.schema import ClassMeasures, Confusion
from sporeprint_training.metrics import Labels
from sporeprint_training.run import ClassRecord


def class_measures(best: Labels, labels: Labels, classes: tuple[ClassRecord, ...]) -> tuple[ClassMeasures, ...]:
    """Recall, precision and F1 of every class, in the run's order.

    Args:
        best: best class per photo.
        labels: right class per photo.
        classes: the run's.
    """
    size = len(classes)
    of_class = np.bincount(labels, minlength=size).tolist()
    named = np.bincount(best, minlength=size).tolist()
    hits = np.bincount(labels[best == labels], minlength=size).tolist()
    return tuple(
        ClassMeasures(
            scientific_name=record.scientific_name,
            toxicity=record.toxicity,
            recall=wilson(hits[index], of_class[index]),
            precision=wilson(hits[index], named[index]),
            f1=2 * hits[index] / (of_class[index] + named[index]) if of_class[index] else None,
        )
        for index, record in enumerate(classes)
    )


def confusions(best: Labels, labels: Labels, classes: tuple[ClassRecord, ...]) -> tuple[Confusion, ...]:
    """Pairs of right and named class that differ, most frequent first."""
    of_class = np.bincount(labels, minlength=len(classes))
    wrong = best != labels
    pairs = Counter(zip(labels[wrong].tolist(), best[wrong].tolist(), strict=True))
    return tuple(
        Confusion(
            given=classes[given].scientific_name,
            named=classes[named].scientific_name,
            n=n,
            share=n / int(of_class[given]),
            listed=classes[named].scientific_name in classes[given].look_alikes,
        )
        for (given, named), n in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    )
