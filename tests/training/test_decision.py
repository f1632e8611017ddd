"""From scores to an answer; the alarm never depends on which name came first."""

import math
import random

import pytest

from sporeprint_training.decision import NEVER, Band, Taxa, Taxon, Thresholds, UnknownRule, calibrated_scores, decide

THRESHOLDS = Thresholds(
    species=0.6,
    genus=0.7,
    family=0.8,
    order=0.9,
    deadly=0.1,
    target_precision=0.9,
    target_deadly_recall=0.99,
    bands=(Band(name="high", from_score=0.9), Band(name="medium", from_score=0.6), Band(name="low", from_score=0)),
)


def taxon(name, *, deadly=False, family="", look_alikes=()):
    names = {"species": name, "genus": name.split()[0], **({"family": family} if family else {})}
    return Taxon(names=names, toxicity="deadly" if deadly else "not_assessed", deadly_look_alikes=look_alikes)


TAXA = [
    taxon("Amanita virosa", deadly=True, family="Amanitaceae"),
    taxon("Amanita muscaria", family="Amanitaceae"),
    taxon("Agaricus campestris", look_alikes=("Amanita virosa",)),
    taxon("Boletus edulis"),
]


UNKNOWN = THRESHOLDS.model_copy(update={"unknown": UnknownRule(below=-1.5, target=0.05)})


def test_an_unfamiliar_find_has_no_name_however_sure_the_scores_are():
    answer = decide([0.0, 0.01, 0.0, 0.99], TAXA, UNKNOWN, familiarity=-1.6)
    assert (answer.unknown, answer.taxon, answer.rank, answer.score) == (True, None, None, 0.99)
    assert decide([0.0, 0.01, 0.0, 0.99], TAXA, UNKNOWN, familiarity=-1.5).taxon == "Boletus edulis"


def test_the_alarm_of_an_unfamiliar_find_sounds_all_the_same():
    assert decide([0.2, 0.2, 0.0, 0.6], TAXA, UNKNOWN, familiarity=-9.0).alarm_reason == "score"
    assert decide([0.0, 0.0, 1.0, 0.0], TAXA, UNKNOWN, familiarity=-9.0).alarm_reason == "look_alike"


def test_without_a_rule_or_a_measure_nothing_is_unknown():
    scores = [0.0, 0.01, 0.0, 0.99]
    assert not decide(scores, TAXA, THRESHOLDS, familiarity=-9.0).unknown
    assert not decide(scores, TAXA, UNKNOWN).unknown


def test_a_familiarity_that_is_no_number_is_an_error():
    with pytest.raises(ValueError, match="familiarity"):
        decide([0.0, 0.01, 0.0, 0.99], TAXA, UNKNOWN, familiarity=math.nan)


def test_a_species_above_its_threshold_is_the_answer():
    answer = decide([0.01, 0.01, 0.01, 0.97], TAXA, THRESHOLDS)
    assert (answer.taxon, answer.rank, answer.band, answer.alarm) == ("Boletus edulis", "species", "high", False)


def test_below_the_threshold_the_answer_rolls_up_to_the_genus_and_keeps_the_danger():
    answer = decide([0.05, 0.55, 0.0, 0.4], TAXA, THRESHOLDS.model_copy(update={"genus": 0.6, "deadly": 0.2}))
    assert (answer.taxon, answer.rank) == ("Amanita", "genus")
    assert answer.score == pytest.approx(0.6)
    assert (answer.alarm, answer.alarm_reason, answer.deadly) == (True, "group", ("Amanita virosa",))


def test_when_no_rank_passes_the_answer_is_not_sure():
    answer = decide([0.05, 0.3, 0.3, 0.35], TAXA, THRESHOLDS)
    assert (answer.taxon, answer.rank, answer.band) == (None, None, "low")


def test_a_rank_that_is_never_said_is_not_said_when_all_scores_add_up_to_one():
    never = THRESHOLDS.model_copy(update=dict.fromkeys(("species", "genus", "family", "order"), NEVER))
    answer = decide([0.0, 1.0, 0.0, 0.0], TAXA, never)
    assert (answer.taxon, answer.rank) == (None, None)


def test_the_alarm_sounds_on_the_summed_score_although_the_first_name_is_harmless():
    answer = decide([0.1, 0.0, 0.0, 0.9], TAXA, THRESHOLDS)
    assert answer.taxon == "Boletus edulis"
    assert (answer.alarm, answer.alarm_reason) == (True, "score")


def test_the_alarm_names_the_deadly_species_that_matter_and_no_crumbs():
    deadly = [taxon(f"Galerina {letter}", deadly=True) for letter in "abc"]
    assert decide([0.5, 0.2, 0.01, 0.29], [*deadly, TAXA[3]], THRESHOLDS).deadly == ("Galerina a", "Galerina b")
    assert decide([0.9, 0.01, 0.01, 0.08], [*deadly, TAXA[3]], THRESHOLDS).deadly == ("Galerina a",)


def test_the_alarm_sounds_for_a_look_alike_however_sure_the_answer_is():
    answer = decide([0.0, 0.0, 1.0, 0.0], TAXA, THRESHOLDS)
    assert (answer.alarm_reason, answer.deadly) == ("look_alike", ("Amanita virosa",))


def test_the_alarm_sounds_when_the_best_species_is_deadly_even_below_the_threshold():
    answer = decide([0.4, 0.3, 0.2, 0.1], TAXA, THRESHOLDS.model_copy(update={"deadly": 0.99}))
    assert answer.alarm


def test_ties_go_to_the_class_that_comes_first():
    answer = decide([0.0, 0.5, 0.0, 0.5], TAXA, THRESHOLDS.model_copy(update={"species": 0.5}))
    assert answer.taxon == "Amanita muscaria"


def test_classes_that_are_grouped_once_decide_every_find_as_if_it_were_the_first():
    known, draw = Taxa(TAXA), random.Random(0)
    thresholds = THRESHOLDS.model_copy(update={"species": 0.5, "genus": 0.6})
    finds = [draw.choices([0, 0.1, 0.3, 0.4, 0.5], k=4) for _ in range(60)]
    answers = [decide(scores, known, thresholds) for scores in finds]
    assert answers == [decide(scores, TAXA, thresholds) for scores in finds]
    assert {answer.rank for answer in answers} == {None, "species", "genus"}


def test_a_groups_scores_are_added_in_the_order_of_its_classes():
    russulas = [taxon(f"Russula {letter}") for letter in "abc"]
    answer = decide([0.1, 0.2, 0.3], russulas, THRESHOLDS.model_copy(update={"genus": 0.6}))
    assert (answer.rank, answer.score) == ("genus", 0.1 + 0.2 + 0.3)
    assert answer.score != math.fsum([0.1, 0.2, 0.3])


def test_a_class_that_is_a_whole_deadly_genus_is_named_in_the_alarm():
    galerina = Taxon(names={"genus": "Galerina", "family": "Hymenogastraceae"}, toxicity="deadly")
    answer = decide([0.9, 0.1], [galerina, TAXA[1]], THRESHOLDS)
    assert (answer.alarm_reason, answer.deadly) == ("score", ("Galerina",))


@pytest.mark.parametrize("scores", [[], [0.5, 0.5], [math.nan, 0, 0, 1], [math.inf, 0, 0, 0]])
def test_a_wrong_number_of_scores_or_a_nan_is_never_an_answer(scores):
    with pytest.raises(ValueError, match="finite score per class"):
        decide(scores, TAXA, THRESHOLDS)


def test_calibrated_scores_sum_to_one_and_survive_large_logits():
    scores = calibrated_scores([1000.0, 999.0, -1000.0], temperature=0.5)
    assert math.fsum(scores) == pytest.approx(1)
    assert scores[0] / scores[1] == pytest.approx(math.e**2)


@pytest.mark.parametrize("logits", [[], [math.nan], [1.0, math.inf]])
def test_logits_that_are_not_finite_are_refused(logits):
    with pytest.raises(ValueError, match="finite"):
        calibrated_scores(logits, 1.0)
