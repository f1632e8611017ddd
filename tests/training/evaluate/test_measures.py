from __future__ import annotations

import numpy as np
import pytest

from evaluated_runs import CLASSES, THRESHOLDS, answers_to, logits_for
from sporeprint_training import evaluation
from sporeprint_training.artefact import canonical_json
from sporeprint_training.calibrate import softmax
from sporeprint_training.decision import UnknownRule
from sporeprint_training.evaluate.by_class import class_measures, confusions
from sporeprint_training.evaluate.measures import measure, right_places, risk_coverage
from sporeprint_training.evaluate.observations import by_observation
from sporeprint_training.metrics import top_k
from sporeprint_training.thresholds import measure_bands

CAMPESTRIS, MUSCARIA, VIROSA, EDULIS = range(4)
TAXA = [item.taxon() for item in CLASSES]


def measured(labels, logits, **changes):
    return measure(answers_to(labels, logits, **changes), TAXA, 1.0, THRESHOLDS)[0]


@pytest.fixture
def noisy():
    """Labels and logits of 200 photos, mostly right."""
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 4, 200)
    return labels, (draw.normal(0, 1.5, (200, 4)) + 3 * np.eye(4)[labels]).astype(np.float32)


def test_the_numbers_are_those_that_training_wrote_into_the_run(noisy):
    labels, logits = noisy
    familiar = np.zeros(len(labels))
    here, there = measured(labels, logits), evaluation.measure(logits, labels, TAXA, 1.0, THRESHOLDS, familiar)
    assert (here.top1.value, here.top3.value, here.macro_f1, here.ece, here.n) == (
        there.top1, there.top3, there.macro_f1, there.ece, there.n,
    )  # fmt: skip
    assert (here.genus.value, here.family.value) == (there.top1_genus, there.top1_family)
    assert here.order.value is there.top1_order is None
    alarm = here.alarm
    assert (alarm.recall.value, alarm.recall.n) == (there.deadly_recall, there.n_deadly)
    assert (alarm.false_alarm.value, alarm.false_alarm.n) == (there.deadly_false_alarm, there.n_unrelated)
    assert (alarm.by_score.value, alarm.look_alike.value) == (there.deadly_by_score, there.look_alike_alarm)
    assert (here.species_precision.value, here.species_coverage.value) == (
        there.species_precision, there.species_coverage,
    )  # fmt: skip
    bands = measure_bands(THRESHOLDS, softmax(logits, 1.0), labels).bands
    assert [(band.right.value, band.right.n) for band in here.bands] == [(band.right, band.n) for band in bands]


def test_top_k_is_the_place_of_the_right_class_with_ties_to_the_first(noisy):
    labels, logits = noisy
    assert float((right_places(logits, labels) < 2).mean()) == top_k(logits, labels, 2)
    assert right_places(np.zeros((2, 4)), np.array([0, 3])).tolist() == [0, 3]


def test_what_the_app_names_is_counted_by_rank():
    sure = logits_for([EDULIS, EDULIS, MUSCARIA], [EDULIS, CAMPESTRIS, MUSCARIA])
    genus = np.log([[0.02, 0.5, 0.46, 0.02]])
    unsure = np.log([[0.4, 0.1, 0.1, 0.4]])
    found = measured([EDULIS, EDULIS, MUSCARIA, VIROSA, EDULIS], np.concatenate([sure, genus, unsure]))
    assert (found.species_coverage.value, found.species_precision.value) == (3 / 5, 2 / 3)
    assert (found.ranks["genus"].shown.value, found.ranks["genus"].right.value) == (1 / 5, 1.0)
    assert found.ranks["family"].right.value is None
    assert found.not_sure.value == 1 / 5


def test_what_looks_like_no_class_has_no_name_and_is_counted_apart():
    strict = THRESHOLDS.model_copy(update={"unknown": UnknownRule(below=-1.0, target=0.05)})
    labels = [EDULIS, VIROSA]
    rows = answers_to(labels, logits_for(labels, labels), familiarity=-2.0)
    found, answers = measure(rows, TAXA, 1.0, strict)
    assert (found.unknown.value, found.not_sure.value, found.species_coverage.value) == (1.0, 0.0, 0.0)
    assert found.alarm.recall.value == 1.0, "the alarm is decided all the same"
    assert found.cost.app.total == pytest.approx(0.1)
    assert answers.unknown.all()


def test_the_alarm_is_counted_by_what_raised_it_and_names_the_photos_it_missed():
    labels = [VIROSA, VIROSA, EDULIS, EDULIS]
    logits = logits_for(labels, [VIROSA, EDULIS, CAMPESTRIS, EDULIS], score=0.9999)
    found = measured(labels, logits, photos=["a", "b", "c", "d"]).alarm
    assert (found.recall.value, found.recall.n, found.false_alarm.value) == (0.5, 2, 0.5)
    assert found.look_alike.value is None
    assert (found.deadly_by_reason, found.other_by_reason) == ({"score": 1}, {"look_alike": 1})
    assert found.missed == ("b",)


def test_taking_a_poisonous_species_for_another_costs_a_hundred_times_the_reverse():
    def cost(label, named, score=0.99):
        return measured([label], logits_for([label], [named], score=score)).cost

    assert cost(EDULIS, EDULIS).app.total == 0
    assert cost(EDULIS, CAMPESTRIS).app.model_dump() == {"naming": 1, "poison": 0, "total": 1}
    assert cost(VIROSA, EDULIS).app.model_dump() == {"naming": 1, "poison": 100, "total": 101}
    assert cost(EDULIS, VIROSA).app.model_dump() == {"naming": 1, "poison": 1, "total": 2}
    assert cost(VIROSA, MUSCARIA).app.poison == 0
    unsure = cost(EDULIS, CAMPESTRIS, score=0.55)
    assert (unsure.app.total, unsure.best_species.total) == (0.1, 1)


def test_risk_does_not_depend_on_the_order_of_equal_scores():
    scores = np.array([[0.9, 0.1], [0.6, 0.4], [0.6, 0.4]])
    one, area = risk_coverage(scores, np.array([0, 0, 1]))
    other, other_area = risk_coverage(scores, np.array([0, 1, 0]))
    assert one == other
    assert area == other_area == pytest.approx((0 + 1 / 3 + 1 / 3) / 3)
    assert [(point.coverage, point.risk) for point in one] == [(1 / 3, 0), (1, pytest.approx(1 / 3))]


@pytest.mark.parametrize("labels", [[], [VIROSA], [EDULIS, EDULIS, EDULIS]])
def test_few_photos_or_none_leave_gaps_and_never_a_number_that_is_none(labels):
    logits = logits_for(labels, labels)
    found = measured(labels, logits)
    canonical_json(found.model_dump(mode="json"))  # refuses NaN
    assert found.n == len(labels)
    assert (found.top1.value is None) is (not labels)
    classes = class_measures(np.array(labels, int), np.array(labels, int), CLASSES)
    assert [item.f1 is None for item in classes] == [index not in labels for index in range(4)]


def test_photos_of_one_find_are_one_answer():
    logits = np.array([[4.0, 0, 0, 0], [0, 3, 0, 0], [0, 0, 0, 5], [0, 0, 0, 2]])
    photos = answers_to([0, 0, 3, 3], logits, finds=["x", "x", "y", "y"])
    rows = by_observation(photos, 1.0)
    assert rows.logits.tolist() == [[4, 3, 0, 0], [0, 0, 0, 7]]
    assert by_observation(photos, 0.0).logits.tolist() == [[2, 1.5, 0, 0], [0, 0, 0, 3.5]]
    assert (rows.label.tolist(), rows.observation_id.tolist()) == ([0, 3], ["x", "y"])


def test_photos_of_one_find_under_two_names_stay_apart():
    rows = by_observation(answers_to([0, 1], np.zeros((2, 4)), finds=["x", "x"]), 0.5)
    assert rows.label.tolist() == [0, 1]


def test_confusions_come_by_number_and_know_the_listed_look_alikes():
    labels = np.array([CAMPESTRIS, EDULIS, EDULIS, EDULIS, MUSCARIA])
    best = np.array([VIROSA, CAMPESTRIS, CAMPESTRIS, EDULIS, MUSCARIA])
    first, second = confusions(best, labels, CLASSES)
    assert (first.given, first.named, first.n, first.listed) == ("Boletus edulis", "Agaricus campestris", 2, False)
    assert first.share == pytest.approx(2 / 3)
    assert (second.given, second.named, second.n, second.listed) == ("Agaricus campestris", "Amanita virosa", 1, True)
    precision = class_measures(best, labels, CLASSES)[CAMPESTRIS].precision
    assert (precision.value, precision.n) == (0.0, 2)
