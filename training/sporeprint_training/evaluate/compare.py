"""Two runs on the same photos: what got better, and whether chance alone could have done it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.calibrate import softmax
from sporeprint_training.errors import BadInput
from sporeprint_training.evaluate.answers import Answers, answer
from sporeprint_training.evaluate.intervals import bootstrap_mean, holm, mcnemar
from sporeprint_training.metrics import calibration_error, macro_f1
from sporeprint_training.predictions import Predictions, read_predictions
from sporeprint_training.run import Run

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Paired:
    """One yes-or-no measure of both runs on the same photos."""

    name: str
    n: int
    """Photos."""
    first: float
    """Share of them in the first run."""
    second: float
    gained: int
    """Photos for which only the second run has it."""
    lost: int
    """Photos for which only the first run has it."""
    p: float
    """Exact two-sided p-value (McNemar 1947); for classes corrected for all of them (Holm 1979)."""

    @property
    def significant(self) -> bool:
        """Whether chance alone would do this in fewer than one of twenty comparisons."""
        return self.p < SIGNIFICANT


@dataclass(frozen=True)
class Comparison:
    """The second run against the first one."""

    first: str
    second: str
    n: int
    """Photos that both tested, of the same species in both."""
    observations: int
    only_first: int
    """Test photos that only the first run tested."""
    only_second: int
    relabelled: int
    """Photos that both tested under two names; left out."""
    overall: tuple[Paired, ...]
    """`top1`, `top3`, `species_named` (a species name is shown), `species_right` (and it is the right one), and where
    there are such photos `deadly_alarm` and `false_alarm` (neither deadly nor a look-alike)."""
    top1_difference: tuple[float, float]
    """95 % interval of second minus first: observations drawn with replacement (Efron 1979)."""
    ece: tuple[float | None, float | None]
    macro_f1: tuple[float | None, float | None]
    classes: tuple[Paired, ...]
    """Photos named right, per species, the largest change first; species without a change are among them."""

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class _Side:
    run: Run
    test: Predictions
    names: NDArray[np.str_]
    """The right species of each photo."""


def compare(first: Run, second: Run) -> Comparison:
    """Compare two runs on the test photos that they share.

    Each run answers with its own temperature and thresholds, as its app would. Species that only one of them knows are
    compared too: for the other one their photos are no test photos.

    Raises:
        BadInput: predictions are missing, or the runs tested no photo in common.
    """
    sides = [_side(run) for run in (first, second)]
    _, one, two = np.intersect1d(sides[0].test.photo_id, sides[1].test.photo_id, return_indices=True)
    same = sides[0].names[one] == sides[1].names[two]
    if not same.any():
        raise BadInput(
            "Runs are compared on photos that both tested",
            received=f"none in {first.folder} and {second.folder}",
            next_step="Train both on the same data set, with the same split",
        )
    common = [_Side(side.run, side.test.rows(rows), side.names[rows])
              for side, rows in zip(sides, (one[same], two[same]), strict=True)]  # fmt: skip
    answers = [_answers(side) for side in common]
    right = [side.test.logits.argmax(axis=1) == side.test.label for side in common]
    return Comparison(
        first=first.record.id,
        second=second.record.id,
        n=int(same.sum()),
        observations=len(np.unique(common[0].test.observation_id)),
        only_first=len(sides[0].test) - len(one),
        only_second=len(sides[1].test) - len(two),
        relabelled=int((~same).sum()),
        overall=_overall(common, answers, right),
        top1_difference=bootstrap_mean(right[1].astype(np.float64) - right[0], common[0].test.observation_id.tolist()),
        ece=_both(calibration_error(_scores(side), side.test.label) for side in common),
        macro_f1=_both(macro_f1(side.test.logits, side.test.label) for side in common),
        classes=_classes(common[0].names, right),
    )


def _side(run: Run) -> _Side:
    test = read_predictions(run).of("test")
    names = np.array([item.scientific_name for item in run.record.classes], dtype=np.str_)
    return _Side(run, test, names[test.label])


def _scores(side: _Side) -> NDArray[np.float64]:
    return softmax(side.test.logits, side.run.record.temperature)


def _answers(side: _Side) -> Answers:
    record = side.run.record
    return answer(_scores(side), side.test.familiarity, side.test.label, record.taxa(), record.thresholds)


def _overall(
    sides: Sequence[_Side], answers: Sequence[Answers], right: Sequence[NDArray[np.bool_]]
) -> tuple[Paired, ...]:
    third = [_among(side, 3) for side in sides]
    named = [item.at("species") for item in answers]
    alarms = [np.array([decision.alarm for decision in item.decisions], bool) for item in answers]
    # A species that either run's reference table calls deadly counts: a table may have grown between them.
    deadly = np.logical_or(*(_deadly(side) for side in sides))
    unrelated = ~np.logical_or(deadly, np.logical_or(*(_look_alike(side) for side in sides)))
    found = [
        paired("top1", *right),
        paired("top3", *third),
        paired("species_named", *named),
        paired("species_right", *(shown & item.right for shown, item in zip(named, answers, strict=True))),
    ]
    if deadly.any():
        found.append(paired("deadly_alarm", *(alarm[deadly] for alarm in alarms)))
    if unrelated.any():
        found.append(paired("false_alarm", *(alarm[unrelated] for alarm in alarms)))
    return tuple(found)


def paired(name: str, first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Paired:
    """Compare one measure photo by photo; both have shape `(photos,)`."""
    gained, lost = int((second & ~first).sum()), int((first & ~second).sum())
    return Paired(name, len(first), float(first.mean()), float(second.mean()), gained, lost, mcnemar(gained, lost))


def _classes(names: NDArray[np.str_], right: Sequence[NDArray[np.bool_]]) -> tuple[Paired, ...]:
    found = [paired(name, *(item[names == name] for item in right)) for name in np.unique(names).tolist()]
    corrected = holm([item.p for item in found])
    tested = [Paired(**{**asdict(item), "p": p}) for item, p in zip(found, corrected, strict=True)]
    return tuple(sorted(tested, key=lambda item: (-abs(item.gained - item.lost), item.name)))


def _among(side: _Side, k: int) -> NDArray[np.bool_]:
    best = np.argsort(-side.test.logits, axis=1, kind="stable")[:, :k]
    return np.asarray((best == side.test.label[:, None]).any(axis=1))


def _deadly(side: _Side) -> NDArray[np.bool_]:
    toxic = np.array([item.toxicity == "deadly" for item in side.run.record.classes], bool)
    return toxic[side.test.label]


def _look_alike(side: _Side) -> NDArray[np.bool_]:
    alike = np.array([bool(item.deadly_look_alikes) for item in side.run.record.classes], bool)
    return alike[side.test.label]


def _both(values: Any) -> tuple[float | None, float | None]:
    one, two = values
    return one, two
