"""A head for thousands of classes in fewer weights, if the photos do not notice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sporeprint_export.answers import Answers
from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.factorise import factorise, head_features, linear_head
from sporeprint_export.head import find_head
from sporeprint_export.low_rank import HeldOut, RankBudget, choose_rank
from sporeprint_export.precision import Budget
from sporeprint_export.quantise import BATCH
from sporeprint_export.streams import Pieces, tensor_name
from sporeprint_training.progress import Progress
from sporeprint_training.run import RunRecord

SMALLEST_FACTORISED = 1 << 18
"""Weights of a head below which a smaller one is not looked for: it would save less than a photo weighs."""
SHARE = 0.5
"""Of the budget; rounding the weights takes the rest."""


def smaller_head(
    graph: ConvertedGraph, answers: Answers, record: RunRecord, budget: Budget, progress: Progress
) -> ConvertedGraph:
    """Replace a large head by two thin matrices of the smallest rank that costs no more than `SHARE` of the budget.

    Args:
        graph: canonical.
        answers: photos to fit on (calibration) and to measure on (held out).
        record: of the run.
        budget: of the whole precision.
        progress: told of the photos.

    Returns:
        The graph itself where the head is small, ends otherwise, or needs its full rank.
    """
    head = linear_head(graph)
    if head is None or head.kernel.size < SMALLEST_FACTORISED:
        return graph
    share = RankBudget(1 - (1 - budget.agreement) * SHARE, budget.accuracy_drop * SHARE)
    with progress.step("Look for a smaller head", len(answers.images) + len(answers.calibration)) as advance:
        fitted = _exact_features(graph, answers.calibration, advance)
        held_out = HeldOut(head_features(graph, answers.images, advance), answers.labels)
        deadly = [label for label, item in enumerate(record.classes) if item.toxicity == "deadly"]
        rank = choose_rank(head.kernel, head.bias, fitted, held_out, deadly, share).rank
    return graph if rank is None else factorise(graph, rank, fitted)


def _exact_features(
    graph: ConvertedGraph, images: NDArray[np.uint8], advance: Callable[[int], None]
) -> NDArray[np.float32]:
    # In float64, as everything that decides about bytes: see `rounding`.
    head = find_head(graph)
    assert head is not None  # linear_head found it
    pieces = Pieces(graph, min(BATCH, len(images)))
    first = next(place for place, node in enumerate(graph.nodes) if node["name"] == head.products[0]["name"])
    (states,) = pieces.run(0, first, [(pieces.begin(images), graph.weights)])
    advance(len(images))
    return np.concatenate([state[tensor_name(head.features)].reshape(pieces.batch, -1) for state in states])
