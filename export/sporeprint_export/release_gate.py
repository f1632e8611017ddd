"""The release gate: a new model may not recognise danger less well than the one before it."""

from __future__ import annotations

from collections.abc import Iterable

from sporeprint_export.manifest import Manifest, Metrics
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.evaluate.intervals import wilson
from sporeprint_training.run import ClassFacts, Run, RunMetrics, RunRecord

_SAME = 1e-9
"""Recalls that differ by less are the same share of photos."""


def check_declared(run: Run) -> None:
    """Refuse a run whose list of deadly species never seen names no table: no site could be built of it.

    Raises:
        BadInput: the run has none, is not of drawings, and is not declared to be of something else than fungi.
    """
    record = run.record
    if record.deadly_table is None and not (record.dataset.drawn or record.dataset.not_fungi):
        raise BadInput(
            "A run says which deadly species its model has never seen, and by which table",
            received=f"{run.folder}: {len(record.never_seen)} listed, no table named",
            next_step="Train again with this version; photos that show no fungi declare it with "
            "`sporeprint ingest --not-fungi`",
        )


def check_release(new: RunRecord, old: Manifest) -> None:
    """Refuse a model that is worse at danger than an earlier one.

    The share of deadly test photos with an alarm may not fall, and no deadly species may be gone. The rule is literal,
    chance or not: whoever releases a model that missed one photo more is to decide it. Drawings warn nobody in
    earnest, so that nothing is compared with them.

    Raises:
        StepFailed: with both recalls, their numbers of photos and 95 % intervals, and the species that are gone.
    """
    if new.dataset.drawn or old.provenance.drawn:
        return
    faults = [*_recall_fell(new, old), *_species_gone(new.classes, old.classes)]
    if faults:
        raise StepFailed(
            "A new model is no worse at deadly species than the earlier one",
            received="; ".join(faults),
            next_step="Look at the deadly photos it missed, add photos of these species and train again, or release "
            "it all the same with --allow-deadly-drop",
        )


def _recall_fell(new: RunRecord, old: Manifest) -> Iterable[str]:
    before, after = old.metrics.deadly_recall, new.metrics.deadly_recall
    if before is None or (after is not None and after >= before - _SAME):
        return
    n_before, n_after = _n_deadly(old.metrics, old.classes), _n_deadly(new.metrics, new.classes)
    text = f"deadly recall {_recall(after, n_after)}, before {_recall(before, n_before)}"
    if after is not None and n_before and n_after and _ends(after, n_after)[1] >= _ends(before, n_before)[0]:
        text += ", which chance alone can do, as the intervals overlap"
    if new.dataset.sha256 != old.provenance.dataset_sha256:
        text += ", on other test photos"
    yield text


def _n_deadly(metrics: RunMetrics | Metrics, classes: Iterable[ClassFacts]) -> int:
    # 0 in bundles of before it was counted.
    return metrics.n_deadly or sum(item.n_test for item in classes if item.toxicity == "deadly")


def _recall(share: float | None, n: int) -> str:
    if share is None:
        return "not measured"
    if not n:
        return f"{share:.3f} of an unknown number of photos"
    low, high = _ends(share, n)
    return f"{round(share * n)} of {n} photos ({share:.3f}, 95 % interval {low:.3f} to {high:.3f})"


def _ends(share: float, n: int) -> tuple[float, float]:
    found = wilson(round(share * n), n)
    return found.low or 0.0, 1.0 if found.high is None else found.high


def _species_gone(new: Iterable[ClassFacts], old: Iterable[ClassFacts]) -> Iterable[str]:
    now = {item.scientific_name for item in new if item.toxicity == "deadly"}
    gone = [item.scientific_name for item in old if item.toxicity == "deadly" and item.scientific_name not in now]
    if gone:
        yield f"no longer among the deadly species that it knows: {', '.join(gone)}"
