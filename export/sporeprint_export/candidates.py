"""A graph in every precision, each measured from its own bytes; and the one to ship."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np

from sporeprint_export.activation import add_class_activation
from sporeprint_export.answers import Answers, Logits
from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.fidelity import Fidelity, measure
from sporeprint_export.large_head import smaller_head
from sporeprint_export.manifest import MAX_TOLERANCE, Precision
from sporeprint_export.parity import compare
from sporeprint_export.precision import Budget, bits_for
from sporeprint_export.quantise import Quantised, find_products, quantise
from sporeprint_export.replay import replay
from sporeprint_export.shards import GraphFiles, read_graph, write_graph
from sporeprint_export.transfer import compressed_bytes
from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.errors import StepFailed
from sporeprint_training.progress import Progress
from sporeprint_training.run import RunRecord

WORTH_A_DOWNLOAD = 0.75
SELF_TEST_TOLERANCE = 0.01
"""How far any score of a phone may be from what a bundle gives here; it covers another JPEG decoder and backend."""


@dataclass(frozen=True)
class Candidate:
    """The graph in one precision, and what it costs."""

    precision: Precision
    files: GraphFiles
    bytes: int
    """Of the graph and its weights."""
    bytes_brotli: int
    """The same as a web server compresses them."""
    fidelity: Fidelity
    faults: tuple[str, ...]
    """Limits of the budget that it passes; empty when it may be shipped."""
    logits: Logits
    """What it answers to the held-out photos, `(n, classes)`."""
    self_test_difference: float
    """Largest |Δp| of its answer to the self-test picture."""

    def graph(self) -> ConvertedGraph:
        """The graph, read back from the files' bytes."""
        return read_graph(self.files.model_json, {**self.files.backbone, **self.files.head}.__getitem__)

    def as_dict(self) -> dict[str, object]:
        """What parity.json says of it."""
        sizes = {"bytes": self.bytes, "bytes_brotli": self.bytes_brotli}
        return {**sizes, **self.fidelity.as_dict(), "faults": list(self.faults)}


def make_candidates(
    graph: ConvertedGraph,
    precisions: Sequence[Precision],
    answers: Answers,
    record: RunRecord,
    budget: Budget,
    progress: Progress,
) -> tuple[list[Candidate], dict[Precision, str]]:
    """Encode a graph in each of some precisions, read it back and let it identify the run's photos.

    Args:
        graph: canonical.
        precisions: without repetition.
        answers: the Keras model's, to be repeated.
        record: of the run.
        budget: what a precision may cost.
        progress: told of each step.

    Returns:
        The candidates, and why the other precisions gave none.

    Raises:
        StepFailed: a weight that a precision cannot hold, when it is the only one asked for.
    """
    rounded = _rounded(graph, precisions, answers, record, budget, progress)
    found: list[Candidate] = []
    unusable: dict[Precision, str] = {}
    with progress.step("Compare with the Keras model", len(answers.images) * len(precisions)) as advance:
        for precision in precisions:
            form = rounded.get(precision, Quantised(graph))
            try:
                files = write_graph(
                    add_class_activation(form.graph) or form.graph,
                    precision,
                    size=record.input.size,
                    classes=len(record.classes),
                    rounded=form.rounded,
                )
            except StepFailed as error:
                if len(precisions) == 1:
                    raise
                unusable[precision] = error.received
                continue
            logits = replay(_read_back(files), np.concatenate([answers.images, answers.self_test_image]), advance)
            if np.isfinite(logits).all():
                found.append(_judge(precision, files, logits, answers, record, budget))
            else:
                unusable[precision] = "NaN or infinite scores"
    return found, unusable


def _rounded(
    graph: ConvertedGraph,
    precisions: Sequence[Precision],
    answers: Answers,
    record: RunRecord,
    budget: Budget,
    progress: Progress,
) -> dict[Precision, Quantised]:
    ours = [precision for precision in precisions if bits_for(precision, 0)]
    if not ours:
        return {}
    graph = smaller_head(graph, answers, record, budget, progress)
    with progress.step("Round the weights", len(find_products(graph))) as advance:
        found = quantise(graph, [partial(bits_for, precision) for precision in ours], answers.calibration, advance)
    return dict(zip(ours, found, strict=True))


def _read_back(files: GraphFiles) -> ConvertedGraph:
    return read_graph(files.model_json, {**files.backbone, **files.head}.__getitem__)


def _judge(
    precision: Precision, files: GraphFiles, logits: Logits, answers: Answers, record: RunRecord, budget: Budget
) -> Candidate:
    fidelity = measure(answers, logits[:-1], record)
    difference = compare(answers.self_test_logits, logits[-1:], record.temperature).max_abs_dp
    parts = [files.model_json, *files.backbone.values(), *files.head.values()]
    return Candidate(
        precision=precision,
        files=files,
        bytes=sum(map(len, parts)),
        bytes_brotli=sum(map(compressed_bytes, parts)),
        fidelity=fidelity,
        faults=(*fidelity.faults(precision, budget), *_self_test_faults(difference)),
        logits=logits[:-1],
        self_test_difference=difference,
    )


def _self_test_faults(difference: float) -> list[str]:
    limit = MAX_TOLERANCE - 2 * SELF_TEST_TOLERANCE
    return [f"self-test picture off by {difference:.2g}, limit {limit:g}"] if difference > limit else []


def choose(
    candidates: Sequence[Candidate],
    known: frozenset[str] = frozenset(),
    unusable: Mapping[Precision, str] = MappingProxyType({}),
) -> Candidate:
    """The smallest candidate within the budget, or one whose backbone phones have already.

    Args:
        candidates: of one graph.
        known: SHA-256 of what phones have. A candidate whose backbone is among it is preferred to one that is
            smaller by less than a quarter: it costs them next to nothing.
        unusable: why there are no further candidates; for the error.

    Raises:
        StepFailed: there is none; with every candidate's faults.
    """
    sound = [candidate for candidate in candidates if not candidate.faults]
    if sound:
        smallest = min(sound, key=_bytes)
        familiar = [candidate for candidate in sound if _has_backbone(candidate, known)]
        return min(
            [one for one in familiar if one.bytes * WORTH_A_DOWNLOAD <= smallest.bytes] or [smallest], key=_bytes
        )
    reasons = {candidate.precision: ", ".join(candidate.faults) for candidate in candidates} | dict(unusable)
    said = "; ".join(f"{precision}: {reason}" for precision, reason in reasons.items())
    raise StepFailed(
        "A bundle answers as its Keras model does, within the budget for its precision",
        received=said,
        next_step="Nothing was written; try --precision auto or float32, or allow more with --max-accuracy-drop and "
        "--min-agreement",
    )


def _bytes(candidate: Candidate) -> int:
    return candidate.bytes


def _has_backbone(candidate: Candidate, known: frozenset[str]) -> bool:
    shards = candidate.files.backbone.values()
    return bool(shards) and all(sha256_bytes(shard) in known for shard in shards)
