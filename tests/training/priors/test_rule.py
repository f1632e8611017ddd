"""What a month and a place do to scores, and what they must never do."""

from __future__ import annotations

import math
import random
from array import array

import pytest

from sporeprint_training.decision import Band, Taxon, Thresholds, decide
from sporeprint_training.priors.file import STEP, PlaceLevels, Priors, cell_of
from sporeprint_training.priors.rule import Context, keep_alarm, reweigh, weigh

OXFORD, SYDNEY = (51.75, -1.25), (-33.87, 151.2)
AUTUMN = [-15] * 8 + [5] * 4
SPRING = [10] * 4 + [0] * 8
CELLS = tuple(sorted((cell_of(*OXFORD, 5.0), cell_of(*SYDNEY, 5.0))))
# The southern cell comes first: cells are numbered from the south.
PRIORS = Priors(
    3, array("b", [*AUTUMN, *SPRING, *[0] * 12]), PlaceLevels(5.0, CELLS, array("b", [-15, 15, 0, -7, 0, -8]))
)
EVEN = [1 / 3] * 3


def test_the_month_moves_the_names_by_its_ratios():
    found = reweigh(EVEN, PRIORS, Context(month=10), (1.0, 1.0))
    weights = [math.exp(5 * STEP), 1.0, 1.0]
    assert found.scores == pytest.approx([weight / sum(weights) for weight in weights])
    assert found.used == ("season",)
    assert found.flags == [(), (), ()]


def test_a_strength_is_an_exponent():
    weights = [math.exp(-0.4 * 15 * STEP), math.exp(0.4 * 10 * STEP), 1.0]
    found = reweigh(EVEN, PRIORS, Context(month=2), (0.4, 1.0)).scores
    assert found == pytest.approx([weight / sum(weights) for weight in weights])


def test_place_and_month_multiply():
    both = reweigh(EVEN, PRIORS, Context(2, *OXFORD), (1.0, 0.5))
    weights = [math.exp(-15 * STEP + 0.5 * 15 * STEP), math.exp(10 * STEP - 0.5 * 7 * STEP), math.exp(-0.5 * 8 * STEP)]
    assert both.scores == pytest.approx([weight / sum(weights) for weight in weights])
    assert both.used == ("season", "place")
    assert both.flags == [("unusual_month",), (), ("rare_here",)]


@pytest.mark.parametrize("longitude", [151.2, None])
def test_april_in_the_south_is_october_in_the_north(longitude):
    south = reweigh(EVEN, PRIORS, Context(4, -33.87, longitude), (1.0, 0.0))
    assert south.scores == reweigh(EVEN, PRIORS, Context(10, 33.87, longitude), (1.0, 0.0)).scores
    assert (
        reweigh(EVEN, PRIORS, Context(12, -1.0, None), (1.0, 0.0)).scores
        == reweigh(EVEN, PRIORS, Context(6), (1.0, 0.0)).scores
    )


@pytest.mark.parametrize(
    "context",
    [
        Context(),
        Context(month=0),
        Context(month=13),
        Context(month=4.5),
        Context(month=math.nan),
        Context(latitude=51.75),
        Context(longitude=-1.25),
        Context(latitude=math.nan, longitude=-1.25),
        Context(latitude=51.75, longitude=math.inf),
        Context(latitude=95, longitude=-1.25),
        Context(latitude=0, longitude=0),
        # No training observation lies there.
        Context(latitude=0, longitude=100),
    ],
)
def test_an_unknown_context_changes_nothing(context):
    scores = [0.1, 0.2, 0.4]
    found = reweigh(scores, PRIORS, context, (1.0, 1.0))
    assert (found.scores, found.flags, found.used) == (scores, [()] * 3, ())


def test_null_island_is_nowhere_even_if_somebody_was_there():
    priors = Priors(3, None, PlaceLevels(5.0, (cell_of(0, 0, 5.0),), array("b", [9, 0, -9])))
    assert reweigh(EVEN, priors, Context(latitude=0.001, longitude=0), (1.0, 1.0)).used == ("place",)
    assert reweigh(EVEN, priors, Context(latitude=0.0, longitude=-0.0), (1.0, 1.0)).used == ()


@pytest.mark.parametrize(("level", "marked"), [(-9, True), (-8, True), (-7, False), (9, False)])
def test_a_fifth_and_less_is_marked(level, marked):
    assert math.exp(-8 * STEP) == pytest.approx(1 / 5, rel=0.02)
    priors = Priors(1, array("b", [level] * 12), PlaceLevels(5.0, CELLS, array("b", [level] * 2)))
    found = reweigh([1.0], priors, Context(1, *OXFORD), (1.0, 1.0))
    assert found.flags == [("unusual_month", "rare_here") if marked else ()]


def test_without_priors_or_without_strength_nothing_changes():
    context = Context(10, *OXFORD)
    for priors, strengths in ((None, (1.0, 1.0)), (PRIORS, (0.0, 0.0)), (Priors(3, None, None), (1.0, 1.0))):
        assert reweigh(EVEN, priors, context, strengths).scores == EVEN


def test_half_of_the_priors_is_enough():
    context = Context(10, *OXFORD)
    assert reweigh(EVEN, Priors(3, PRIORS.season, None), context, (1.0, 1.0)).used == ("season",)
    assert reweigh(EVEN, Priors(3, None, PRIORS.place), context, (1.0, 1.0)).used == ("place",)


def test_no_name_is_lost():
    """The least favoured class against the most favoured one, as strong as strengths can be."""
    priors = Priors(2, array("b", [-15] * 12 + [15] * 12), PlaceLevels(5.0, CELLS, array("b", [-15, -15, 15, 15])))
    found = reweigh([1 - 1e-9, 1e-9], priors, Context(5, *OXFORD), (1.5, 1.5))
    assert min(found.scores) > 0
    assert math.fsum(found.scores) == pytest.approx(1)
    assert found.flags[0] == ("unusual_month", "rare_here")


@pytest.mark.parametrize("scores", [[], [0.5, 0.5], [0.0] * 3, [0.5, math.nan, 0.5], [1.5, -0.5, 0.0]])
def test_scores_that_are_none_are_refused(scores):
    with pytest.raises(ValueError, match="scores"):
        reweigh(scores, PRIORS, Context(10), (1.0, 1.0))


THRESHOLDS = Thresholds(
    species=0.6,
    genus=0.7,
    family=0.8,
    order=0.9,
    deadly=0.1,
    target_precision=0.9,
    target_deadly_recall=0.99,
    bands=(Band(name="low", from_score=0),),
)


def taxa(source, count):
    kinds = ["deadly", "poisonous", "not_assessed", "not_assessed", "not_assessed"]
    return [
        Taxon(
            names={"species": f"S {index}", "genus": f"G {index // 3}", "family": f"F {index // 7}"},
            toxicity=source.choice(kinds),
            deadly_look_alikes=("S elsewhere",) if source.random() < 0.1 else (),
        )
        for index in range(count)
    ]


def test_a_prior_never_silences_an_alarm():
    source = random.Random(5)
    silenced = raised = 0
    for _ in range(2000):
        count = source.choice([2, 5, 20])
        classes = taxa(source, count)
        priors = Priors(count, array("b", [source.choice([-15, -15, 0, 15]) for _ in range(12 * count)]), None)
        powers = [source.random() ** 8 + 1e-9 for _ in classes]
        scores = [power / sum(powers) for power in powers]

        def decide_on(row, classes=classes):
            return decide(row, classes, THRESHOLDS)

        weighed = weigh(scores, decide_on, priors, Context(month=7), (1.5, 0.0))
        after, before, kept = decide_on(weighed.scores), decide_on(scores), weighed.decision
        assert kept.alarm == (before.alarm or after.alarm)
        assert (kept.alarm_reason is not None) == kept.alarm == bool(kept.deadly)
        assert set(kept.deadly) == {*before.deadly, *after.deadly}
        assert kept.model_dump(exclude={"alarm", "alarm_reason", "deadly"}) == after.model_dump(
            exclude={"alarm", "alarm_reason", "deadly"}
        )
        silenced += before.alarm and not after.alarm
        raised += after.alarm and not before.alarm
    # Without the rule these alarms would have been lost.
    assert silenced > 50
    assert raised > 50


def test_the_graver_reason_is_given():
    classes = [
        Taxon(names={"species": "Amanita virosa"}, toxicity="deadly"),
        Taxon(
            names={"species": "Agaricus campestris"}, toxicity="not_assessed", deadly_look_alikes=("Amanita virosa",)
        ),
    ]
    before, after = decide([0.9, 0.1], classes, THRESHOLDS), decide([0.05, 0.95], classes, THRESHOLDS)
    assert (before.alarm_reason, after.alarm_reason) == ("score", "look_alike")
    kept = keep_alarm(after, before)
    assert (kept.taxon, kept.alarm_reason, kept.deadly) == ("Agaricus campestris", "score", ("Amanita virosa",))
    assert keep_alarm(before, after).alarm_reason == "score"
