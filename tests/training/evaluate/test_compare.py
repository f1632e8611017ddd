from __future__ import annotations

import json
from itertools import count

import numpy as np
import pytest

from evaluated_runs import CLASSES, a_class, answers_to, logits_for, write_run
from sporeprint_training.errors import BadInput
from sporeprint_training.evaluate.compare import compare

CAMPESTRIS, MUSCARIA, VIROSA, EDULIS = range(4)
PHOTOS = [f"{index:016x}" for index in range(60)]
LABELS = [EDULIS] * 30 + [MUSCARIA] * 20 + [VIROSA] * 10


def named(labels, wrong):
    """What a run names that is wrong of some photos."""
    return [CAMPESTRIS if index in wrong else label for index, label in enumerate(labels)]


@pytest.fixture
def runs(tmp_path):
    """`runs(first wrong, second wrong)`: two runs on 60 photos, with the photos that each names wrong."""
    number = count()

    def make(*wrong, **changes):
        return [
            write_run(
                tmp_path / f"run {next(number)}",
                answers_to(LABELS, logits_for(LABELS, named(LABELS, photos)), **changes),
            )
            for photos in wrong
        ]

    return make


def test_what_got_better_and_worse_is_counted_photo_by_photo(runs):
    found = compare(*runs({0, 1, 2, 3, 4, 5, 6, 40}, {0, 41}))
    top1 = found.overall[0]
    assert (top1.name, top1.n, top1.gained, top1.lost) == ("top1", 60, 7, 1)
    assert (top1.first, top1.second) == (52 / 60, 58 / 60)
    assert top1.p == pytest.approx(2 * (1 + 8) / 2**8)
    assert top1.significant is False
    low, high = found.top1_difference
    assert 0 < low < 6 / 60 < high


def test_a_run_against_itself_differs_in_nothing(runs):
    found = compare(*runs({1, 2}, {1, 2}))
    assert {item.p for item in (*found.overall, *found.classes)} == {1.0}
    assert found.top1_difference == (0.0, 0.0)
    assert found.ece[0] == found.ece[1]
    json.dumps(found.to_dict(), allow_nan=False)


def test_species_come_by_their_change_with_p_values_for_all_of_them(runs):
    found = compare(*runs(set(range(10)) | {30}, set()))
    assert [(item.name, item.gained) for item in found.classes] == [
        ("Boletus edulis", 10), ("Amanita muscaria", 1), ("Amanita virosa", 0),
    ]  # fmt: skip
    assert found.classes[0].p == pytest.approx(3 * 2 / 2**10)
    assert found.classes[0].significant


def test_the_alarm_is_compared_on_deadly_photos_and_on_the_others(runs):
    # The second run names two deadly photos a look-alike (alarm), and one other photo so too (false alarm).
    found = {item.name: item for item in compare(*runs(set(), {0, 50, 51})).overall}
    assert (found["deadly_alarm"].n, found["deadly_alarm"].second) == (10, 1.0)
    assert (found["false_alarm"].n, found["false_alarm"].gained) == (50, 1)


def test_photos_that_only_one_run_tested_or_that_changed_their_name_are_left_out_and_counted(tmp_path):
    first = write_run(tmp_path / "a", answers_to(LABELS, logits_for(LABELS, LABELS), photos=PHOTOS))
    other_classes = (a_class("Amanita fulva"), *CLASSES)
    labels = [label + 1 for label in LABELS[10:]]
    labels[0] = 0
    logits = logits_for(labels, labels, 5)
    second = write_run(tmp_path / "b", answers_to(labels, logits, photos=PHOTOS[10:]), other_classes)
    found = compare(first, second)
    assert (found.n, found.only_first, found.only_second, found.relabelled) == (49, 10, 0, 1)
    assert found.overall[0].second == 1.0, "classes are matched by name, not by place"


def test_finds_are_drawn_whole(runs):
    apart = compare(*runs(set(), set(range(10))))
    together = compare(*runs(set(), set(range(10)), finds=[f"find {index // 10}" for index in range(60)]))
    assert together.observations == 6
    assert np.diff(together.top1_difference) > np.diff(apart.top1_difference)


def test_runs_without_a_photo_in_common_are_refused(tmp_path):
    one = write_run(tmp_path / "a", answers_to([0], logits_for([0], [0]), photos=["a" * 16]))
    two = write_run(tmp_path / "b", answers_to([0], logits_for([0], [0]), photos=["b" * 16]))
    with pytest.raises(BadInput, match="both tested"):
        compare(one, two)
