from __future__ import annotations

import numpy as np
import pytest

from sporeprint_training.calibrate import softmax
from sporeprint_training.config_schema import DecisionConfig
from sporeprint_training.decision import RANKS, Band, Taxon, Thresholds, UnknownRule, decide
from sporeprint_training.evaluation import measure
from sporeprint_training.thresholds import (
    ALARM_DEFAULT,
    LEAST_ALARM,
    LEAST_SCORE,
    MARGIN,
    NEVER,
    alarm_threshold,
    choose_thresholds,
    lowest_score,
    measure_bands,
    measure_unknown,
    rank_answers,
    unknown_rule,
)

LOW = (Band(name="low", from_score=0),)
USUAL = DecisionConfig()


def taxon(species: str, family: str = "", toxicity: str = "not_assessed") -> Taxon:
    names = {"species": species, "genus": species.split()[0], **({"family": family} if family else {})}
    return Taxon(names=names, toxicity=toxicity)


TAXA = [
    taxon("Amanita virosa", "Amanitaceae", "deadly"),
    taxon("Amanita muscaria", "Amanitaceae", "poisonous"),
    taxon("Galerina marginata", "", "deadly"),
    taxon("Boletus edulis", "Boletaceae"),
    taxon("Boletus reticulatus", "Boletaceae"),
]


def drawn(n: int, sharpness: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated scores and labels: each label is drawn from its own scores."""
    draw = np.random.default_rng(seed)
    scores = softmax(draw.normal(0, sharpness, (n, len(TAXA))), 1.0)
    return scores, np.array([draw.choice(len(TAXA), p=row) for row in scores])


def levels(**changes: object) -> Thresholds:
    """Thresholds for the decision rule, whatever they were chosen for."""
    ranks = dict.fromkeys(RANKS, 0.5)
    aims = {"target_precision": 0.9, "target_deadly_recall": 0.99}
    return Thresholds.model_validate({**ranks, "deadly": 0.3, **aims, "bands": LOW, **changes})


def only(rank: str) -> Thresholds:
    """Thresholds under which `decide` can answer at one rank alone."""
    return levels(**{name: (0.0 if name == rank else 1.0) for name in RANKS}, deadly=1.0)


@pytest.mark.parametrize("rank", RANKS)
def test_sums_and_names_are_those_of_the_decision_rule(rank):
    scores, labels = drawn(60, 1.0)
    answers = rank_answers(scores, labels, TAXA, rank)
    for row, label, score, right in zip(scores, labels, answers.score, answers.right, strict=True):
        decision = decide(row.tolist(), TAXA, only(rank))
        if decision.rank is None:
            assert score == 0
        else:
            assert score == pytest.approx(decision.score)
            assert right == (decision.taxon == TAXA[label].names.get(rank))


def test_the_lowest_score_keeps_the_answers_above_it_nine_in_ten_right():
    score = np.linspace(0.99, 0.6, 40)
    right = np.ones(40, bool)
    right[30:] = False
    chosen = lowest_score(score, right, 0.9)
    assert right[score >= chosen].mean() >= 0.9
    assert right[score >= np.sort(score[score < chosen])[-1]].mean() < 0.9


def test_photos_of_one_score_are_answered_together_or_not_at_all():
    score, right = np.full(20, 0.8), np.arange(20) < 15
    assert lowest_score(score, right, 0.9) == NEVER
    assert lowest_score(score, right, 0.75) == pytest.approx(0.8)


def test_too_few_answers_prove_nothing_and_none_is_below_one_half():
    assert lowest_score(np.full(9, 0.9), np.ones(9, bool), 0.9) == NEVER
    assert lowest_score(np.full(12, 0.2), np.ones(12, bool), 0.9) == LEAST_SCORE
    assert lowest_score(np.zeros(0), np.zeros(0, bool), 0.9) == NEVER


def test_answers_at_every_rank_are_right_nine_times_in_ten_on_new_photos():
    thresholds = choose_thresholds(*drawn(4000, 2.0, seed=1), TAXA, USUAL)
    scores, labels = drawn(4000, 2.0, seed=2)
    answered: dict[str, list[bool]] = {}
    for row, label in zip(scores, labels, strict=True):
        decision = decide(row.tolist(), TAXA, thresholds)
        if decision.rank:
            answered.setdefault(decision.rank, []).append(decision.taxon == TAXA[label].names.get(decision.rank))
    assert {"species", "genus"} <= set(answered)
    for rank, right in answered.items():
        assert np.mean(right) >= 0.85, rank


def test_a_rank_at_which_all_classes_are_one_taxon_is_never_said():
    amanitas = [taxon(f"Amanita {name}", "Amanitaceae") for name in ("virosa", "muscaria", "citrina")]
    scores = np.full((40, 3), 1 / 3)
    thresholds = choose_thresholds(scores, np.arange(40) % 3, amanitas, USUAL)
    assert (thresholds.genus, thresholds.family) == (NEVER, NEVER)
    assert decide([0.4, 0.3, 0.3], amanitas, thresholds).rank is None


def test_the_alarm_sounds_on_99_of_100_deadly_photos():
    scores, labels = drawn(5000, 1.5)
    chosen = alarm_threshold(scores, labels, TAXA, 0.99)
    deadly = np.isin(labels, [0, 2])
    sums = scores[:, [0, 2]].sum(axis=1)
    assert LEAST_ALARM < chosen < ALARM_DEFAULT
    assert 0.99 <= (sums[deadly] >= chosen).mean() < 0.995


def test_with_few_deadly_photos_none_is_missed_and_without_any_the_default_holds():
    scores = np.array([[0.2, 0.8, 0, 0, 0], [0.9, 0.1, 0, 0, 0]])
    assert alarm_threshold(scores, np.array([0, 0]), TAXA, 0.99) == pytest.approx(0.2 * MARGIN, rel=0.01)
    assert alarm_threshold(scores, np.array([1, 1]), TAXA, 0.99) == ALARM_DEFAULT
    assert alarm_threshold(np.array([[0.0, 1, 0, 0, 0]]), np.array([0]), TAXA, 0.99) == LEAST_ALARM


def test_a_higher_precision_is_asked_of_higher_scores_and_recorded():
    scores, labels = drawn(4000, 2.0)
    targets = [DecisionConfig(target_precision=value) for value in (0.8, 0.9, 0.97)]
    chosen = [choose_thresholds(scores, labels, TAXA, one) for one in targets]
    assert [one.target_precision for one in chosen] == [0.8, 0.9, 0.97]
    assert chosen[0].species < chosen[1].species < chosen[2].species < NEVER
    answers = rank_answers(scores, labels, TAXA, "species")
    for one in chosen:
        assert answers.right[answers.score >= one.species].mean() == pytest.approx(one.target_precision, abs=0.005)


def test_a_higher_precision_is_shown_by_more_answers():
    # Of fewer than 50, one wrong answer would be more than 2 in 100.
    assert lowest_score(np.full(49, 0.9), np.ones(49, bool), 0.98) == NEVER
    assert lowest_score(np.full(50, 0.9), np.arange(50) > 0, 0.98) == pytest.approx(0.9)


def test_a_higher_recall_lowers_the_alarms_threshold_and_is_recorded():
    scores, labels = drawn(5000, 1.5)
    targets = [DecisionConfig(target_deadly_recall=value) for value in (0.9, 0.95, 0.99, 1)]
    chosen = [choose_thresholds(scores, labels, TAXA, one) for one in targets]
    assert [one.target_deadly_recall for one in chosen] == [0.9, 0.95, 0.99, 1]
    assert chosen[0].deadly > chosen[1].deadly > chosen[2].deadly > chosen[3].deadly
    sums = scores[np.isin(labels, [0, 2])][:, [0, 2]].sum(axis=1)
    for one in chosen:
        assert one.target_deadly_recall <= (sums >= one.deadly).mean() < one.target_deadly_recall + 0.005


@pytest.mark.parametrize(("recall", "enough"), [(0.9, 10), (0.95, 20), (0.99, 100)])
def test_the_recall_says_how_many_deadly_photos_are_too_few_to_miss_one(recall, enough):
    weakest_first = np.linspace(0.1, 0.9, enough)
    scores = np.zeros((enough, len(TAXA)))
    scores[:, 0], scores[:, 3] = weakest_first, 1 - weakest_first
    labels = np.zeros(enough, int)
    assert alarm_threshold(scores[:-1], labels[:-1], TAXA, recall) == pytest.approx(0.1 * MARGIN)
    assert alarm_threshold(scores, labels, TAXA, recall) == pytest.approx(weakest_first[1], rel=0.01)
    assert alarm_threshold(scores, labels, TAXA, 1.0) == pytest.approx(0.1 * MARGIN)


def test_bands_are_measured_on_the_photos_given_and_cover_all_of_them():
    thresholds = choose_thresholds(*drawn(2000, 2.0, seed=3), TAXA, USUAL)
    scores, labels = drawn(2000, 2.0, seed=4)
    bands = measure_bands(thresholds, scores, labels).bands
    assert [band.name for band in bands] == ["high", "medium", "low"]
    assert bands[0].from_score > bands[1].from_score > bands[2].from_score == 0
    assert sum(band.n for band in bands) == 2000
    assert bands[0].right == pytest.approx(0.95, abs=0.03)
    assert bands[0].right > bands[1].right > bands[2].right
    assert all(band.right is None for band in measure_bands(thresholds, scores[:0], labels[:0]).bands)


def test_deadly_recall_and_false_alarm_are_those_of_the_decision_rule():
    thresholds = levels()
    rows = [[0.9, 0.1, 0, 0, 0], [0.1, 0.1, 0, 0.7, 0.1], [0.2, 0, 0.2, 0.6, 0], [0, 0, 0, 1, 0]]
    logits = np.log(np.array(rows) + 1e-9)
    metrics = measure(logits, np.array([0, 2, 3, 4]), TAXA, 1.0, thresholds)
    assert (metrics.deadly_recall, metrics.deadly_false_alarm) == (0.5, 0.5)
    assert (metrics.n_deadly, metrics.n_unrelated) == (2, 2)
    assert (metrics.top1, metrics.n) == (0.5, 4)
    assert measure(logits[3:], np.array([3]), TAXA, 1.0, thresholds).deadly_recall is None


def test_an_alarm_for_a_look_alike_of_a_deadly_species_is_not_a_false_one():
    taxa = [*TAXA[:4], TAXA[4].model_copy(update={"deadly_look_alikes": ("Amanita virosa",)})]
    thresholds = levels()
    logits = 9 * np.eye(5)[[0, 3, 4, 4]]
    metrics = measure(logits, np.array([0, 3, 4, 4]), taxa, 1.0, thresholds)
    assert (metrics.look_alike_alarm, metrics.deadly_false_alarm, metrics.n_unrelated) == (1.0, 0.0, 1)
    # A deadly photo that is taken for its look-alike is warned of, though not for its score.
    taken = measure(logits[2:], np.array([0, 0]), taxa, 1.0, thresholds)
    assert (taken.deadly_recall, taken.deadly_by_score) == (1.0, 0.0)


def test_species_names_are_counted_with_those_that_unfamiliar_finds_lose():
    thresholds = levels(genus=1, family=1, order=1, unknown=UnknownRule(below=0, target=0.05))
    metrics = measure(
        9 * np.eye(5)[[3, 3, 3, 3]], np.array([3, 3, 4, 4]), TAXA, 1.0, thresholds, np.array([1.0, 1, 1, -1])
    )
    assert (metrics.species_precision, metrics.species_coverage) == (pytest.approx(2 / 3), 0.75)


def test_one_in_twenty_known_validation_photos_may_be_called_unknown():
    values = np.random.default_rng(0).normal(0, 1, 2000)
    rule = unknown_rule(values, 0.05)
    assert (values < rule.below).mean() == pytest.approx(rule.target, abs=0.001)
    assert unknown_rule(values[:0], 0.05) is None
    thresholds = levels(genus=1, family=1, order=1, unknown=rule)
    measured = measure_unknown(thresholds, np.array([rule.below - 1, rule.below, 0, 0])).unknown
    assert (measured.refused, measured.n) == (0.25, 4)


def test_a_larger_share_of_unknown_asks_for_more_familiar_finds_and_none_refuses_no_validation_photo():
    values = np.random.default_rng(0).normal(0, 1, 2000)
    none, few, many = (unknown_rule(values, target) for target in (0, 0.02, 0.2))
    assert none.below < few.below < many.below
    assert (none.target, few.target, many.target) == (0, 0.02, 0.2)
    assert [(values < one.below).mean() for one in (none, few, many)] == pytest.approx([0, 0.02, 0.2], abs=0.001)
