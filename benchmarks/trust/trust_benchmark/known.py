"""Photos of known species: calibration, names, alarm, and what a second and third photo are worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.calibrate import softmax
from sporeprint_training.fusion import fused
from sporeprint_training.metrics import calibration_error
from sporeprint_training.run import Run
from sporeprint_training.thresholds import measure_bands
from trust_benchmark.runs import logits_of, trained

FUSED_DRAWS = 200
NOISE_DRAWS = 500


def measure_known(sources: Sequence[Path], weights: Path, work: Path) -> Iterator[str]:
    """Lines of results, for the usual test split and for one of four in ten photos, which measures finer."""
    for share in (0.15, 0.4):
        run = trained(sources, weights, work, f"all-{share}", share)
        metrics, thresholds = run.record.metrics, run.record.thresholds
        logits, labels = logits_of(run, "test")
        scores = softmax(logits, run.record.temperature)
        yield f"{len(run.record.classes)} species, {metrics.n} test photos: top-1 {metrics.top1:.3f}"
        floor = noise(scores)
        yield f"  ECE {calibration_error(scores, labels):.3f}; of a perfectly calibrated model {floor:.3f}"
        val = measure_bands(thresholds, *validation(run))
        for seen, stated in zip(val.bands, thresholds.bands, strict=True):
            if seen.right is not None and stated.right is not None:
                low, high = interval(stated.right, stated.n)
                yield (
                    f"  band {stated.name}: right {stated.right:.3f} in testing (n = {stated.n}, 95 % {low:.3f} to "
                    f"{high:.3f}), {seen.right:.3f} in validation (n = {seen.n})"
                )
        yield f"  named as a species {metrics.species_coverage:.3f}, right of those {metrics.species_precision:.3f}"
        yield (
            f"  deadly alarm on {metrics.deadly_recall:.3f} of {metrics.n_deadly} photos of deadly species (by score "
            f"alone {metrics.deadly_by_score:.3f}), on {metrics.deadly_false_alarm:.3f} of {metrics.n_unrelated} "
            f"photos of species unlike them, on {metrics.look_alike_alarm:.3f} of those of their look-alikes"
        )
        if thresholds.unknown:
            yield f"  called unknown {thresholds.unknown.refused:.3f} of {thresholds.unknown.n}"
        for count in (2, 3):
            yield f"  {count} photos of one species, as if of one find: {gain(logits, labels, count)}"


def validation(run: Run) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Calibrated scores and labels of the validation photos."""
    logits, labels = logits_of(run, "val")
    return softmax(logits, run.record.temperature), labels


def noise(scores: NDArray[np.float64]) -> float:
    """Mean ECE if every photo were right with exactly the probability that its score states."""
    draw, best = np.random.default_rng(0), scores.max(axis=1)
    # Class 0 for a right answer, 1 for a wrong one: the error depends on nothing else.
    binary = np.stack([best, np.zeros(len(best))], axis=1)
    values = [calibration_error(binary, (draw.random(len(best)) >= best).astype(int)) for _ in range(NOISE_DRAWS)]
    return float(np.mean([value for value in values if value is not None]))


def interval(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share."""
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return centre - half, centre + half


def gain(logits: NDArray[np.float32], labels: NDArray[np.int32], count: int) -> str:
    """Top-1 of single photos and of disjoint groups of one species, drawn at random again and again."""
    draw, singles, groups = np.random.default_rng(0), [], []
    for _ in range(FUSED_DRAWS):
        chosen = np.concatenate(
            [draw.permutation(np.flatnonzero(labels == label))[: (labels == label).sum() // count * count]
             for label in np.unique(labels)]
        )  # fmt: skip
        finds = np.repeat(np.arange(len(chosen) // count), count)
        singles.append((logits[chosen].argmax(axis=1) == labels[chosen]).mean())
        answers = fused(logits[chosen], finds, 0.5).argmax(axis=1)
        groups.append((answers == labels[chosen][::count]).mean())
    return f"top-1 {np.mean(singles):.3f} alone, {np.mean(groups):.3f} fused"
