from __future__ import annotations

import numpy as np
import pytest

from sporeprint_training.evaluate.intervals import auroc, bootstrap_mean, holm, mcnemar, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (60, 60, 0.9398, 1.0),
        (1, 2, 0.0945, 0.9055),
    ],
)
def test_the_interval_of_a_share_is_wilsons(hits, n, low, high):
    found = wilson(hits, n)
    assert (found.value, found.n) == (hits / n, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_share_of_nothing_is_open():
    assert wilson(0, 0).model_dump() == {"value": None, "low": None, "high": None, "n": 0}


def test_the_area_under_the_curve_counts_ties_half():
    assert auroc(np.array([3.0, 4.0]), np.array([1.0, 2.0])).value == 1.0
    assert auroc(np.array([1.0, 1.0]), np.array([1.0])).value == 0.5
    mixed = auroc(np.array([2.0, 4.0]), np.array([1.0, 3.0, 4.0]))
    assert mixed.value == pytest.approx((1 + 2.5) / 6)
    assert mixed.low < mixed.value < mixed.high
    assert auroc(np.zeros(0), np.array([1.0])).value is None


def test_mcnemar_is_the_exact_binomial_test():
    assert mcnemar(10, 2) == pytest.approx(2 * (1 + 12 + 66) / 4096)
    assert mcnemar(2, 10) == mcnemar(10, 2)
    assert mcnemar(0, 0) == mcnemar(5, 5) == 1.0
    assert 0 < mcnemar(50_000, 51_000) < 0.01


def test_holm_corrects_for_the_number_of_tests_and_keeps_their_order():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_drawing_whole_finds_gives_a_wider_interval_than_drawing_their_photos():
    values = np.repeat([0.0, 1.0, 1.0, 0.0, 1.0, 0.0], 10)
    finds = np.repeat(list("abcdef"), 10).tolist()
    low, high = bootstrap_mean(values, finds)
    single_low, single_high = bootstrap_mean(values, [str(index) for index in range(60)])
    assert low < single_low < 0.5 < single_high < high
    assert bootstrap_mean(values, finds) == (low, high), "the same draws every time"
