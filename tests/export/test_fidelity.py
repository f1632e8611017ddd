"""What a precision costs, and what it may cost."""

import numpy as np
import pytest

from sporeprint_export.answers import Answers
from sporeprint_export.fidelity import measure
from sporeprint_export.precision import DEFAULT_BUDGET, Budget


def answers_of(best, labels, classes=4):
    """Answers whose best classes are `best`, all with the same certainty."""
    empty = np.zeros((1, 32, 32, 3), np.uint8)
    return Answers(
        photos=(),
        images=np.zeros((len(best), 32, 32, 3), np.uint8),
        labels=np.array(labels),
        logits=logits_of(best, classes),
        calibration=empty,
        self_test_image=empty,
        self_test_logits=logits_of([0], classes),
    )


def logits_of(best, classes=4):
    return (np.eye(classes, dtype=np.float32) * 3)[list(best)]


LABELS = [0] * 50 + [1] * 50 + [2] * 50 + [3] * 50


def changed(*changes):
    best = list(LABELS)
    for place, name in changes:
        best[place] = name
    return best


def test_equal_answers_cost_nothing(record):
    fidelity = measure(answers_of(LABELS, LABELS), logits_of(LABELS), record)
    assert (fidelity.accuracy, fidelity.accuracy_drop, fidelity.worst_class_drop) == (1.0, 0.0, 0.0)
    assert fidelity.faults("int8", DEFAULT_BUDGET) == []


def test_a_lost_photo_costs_accuracy_agreement_and_its_class(record):
    fidelity = measure(answers_of(LABELS, LABELS), logits_of(changed((60, 2))), record)
    assert fidelity.accuracy_drop == pytest.approx(1 / 200)
    assert fidelity.parity.agreement == 199 / 200
    assert (fidelity.worst_class, fidelity.worst_class_drop) == ("Boletus edulis", pytest.approx(1 / 50))
    assert fidelity.faults("int8", DEFAULT_BUDGET) == [], "half a point is allowed"


def test_photos_that_were_wrong_before_may_be_right_now(record):
    fidelity = measure(answers_of(changed((60, 2)), LABELS), logits_of(LABELS), record)
    assert fidelity.accuracy_drop == pytest.approx(-1 / 200)
    assert fidelity.worst_class_drop <= 0


def test_one_deadly_photo_less_is_too_many(record):
    fidelity = measure(answers_of(LABELS, LABELS), logits_of(changed((3, 1))), record)
    assert fidelity.deadly_lost == ("Amanita virosa",)
    assert fidelity.faults("int8", DEFAULT_BUDGET) == ["fewer photos recognised of Amanita virosa"]


def test_an_alarm_that_no_longer_sounds_counts_although_the_name_was_wrong_before(record):
    """The photo was never named right, but its score for the deadly class raised the alarm."""
    reference = answers_of(changed((3, 1)), LABELS)
    reference.logits[3] = [2.9, 3.0, -9, -9]
    found = reference.logits.copy()
    found[3] = [-9, 3.0, -9, -9]
    assert measure(reference, found, record).deadly_lost == ("Amanita virosa",)
    assert measure(reference, reference.logits, record).deadly_lost == ()


def test_every_limit_that_is_passed_is_told_with_both_numbers(record):
    swapped = changed(*((place, 2) for place in range(60, 68)))
    faults = measure(answers_of(LABELS, LABELS), logits_of(swapped), record).faults("int8", DEFAULT_BUDGET)
    assert [fault.split(" ")[0] for fault in faults] == ["agreement", "mean", "accuracy"]
    assert faults[0] == "agreement 96.0%, limit 99.0%"
    assert faults[2] == "accuracy drop 4.0 points, limit 0.5"


def test_a_wider_budget_allows_more(record):
    swapped = changed(*((place, 2) for place in range(60, 68)))
    fidelity = measure(answers_of(LABELS, LABELS), logits_of(swapped), record)
    assert fidelity.faults("int8", Budget(agreement=0.95, mean_abs_dp=1.0, accuracy_drop=0.05)) == []


def test_float32_is_exact_or_wrong(record):
    reference = answers_of(LABELS, LABELS)
    assert measure(reference, reference.logits + 1e-5, record).faults("float32", DEFAULT_BUDGET) == []
    moved = reference.logits * np.float32(1.01)
    assert measure(reference, moved, record).faults("float16", DEFAULT_BUDGET) == []
    (fault,) = measure(reference, moved, record).faults("float32", DEFAULT_BUDGET)
    assert fault.startswith("largest |Δp| 0.0")
    assert fault.endswith("limit 0.001")
