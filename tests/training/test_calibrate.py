from __future__ import annotations

import math

import numpy as np
import pytest

from sporeprint_training.calibrate import HOTTEST, fit_temperature, golden_section, softmax
from sporeprint_training.decision import calibrated_scores


def drawn_labels(logits: np.ndarray) -> np.ndarray:
    draw = np.random.default_rng(0)
    return np.array([draw.choice(row.size, p=softmax(row[None], 1.0)[0]) for row in logits])


def test_softmax_gives_the_scores_of_the_decision_rule():
    logits = np.random.default_rng(0).normal(0, 5, (4, 6))
    expected = [calibrated_scores(row.tolist(), 1.7) for row in logits]
    np.testing.assert_allclose(softmax(logits, 1.7), expected, rtol=1e-12)


@pytest.mark.parametrize("factor", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_a_known_over_or_underconfidence(factor):
    logits = np.random.default_rng(1).normal(0, 2, (4000, 5))
    assert fit_temperature(logits * factor, drawn_labels(logits)) == pytest.approx(factor, rel=0.06)


def test_answers_that_are_always_right_or_always_wrong_stay_within_bounds():
    logits = np.eye(3) * 9
    assert 0.05 <= fit_temperature(logits, np.arange(3)) < 1
    assert fit_temperature(logits, np.array([1, 2, 0])) == pytest.approx(HOTTEST, rel=0.01)


def test_no_photos_leave_the_scores_as_they_are():
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, int)) == 1.0


def test_golden_section_finds_the_valley():
    assert golden_section(lambda x: (x - 1.25) ** 2, -3, 7) == pytest.approx(1.25, abs=1e-3)
    assert golden_section(math.exp, 0, 1) == pytest.approx(0, abs=1e-3)
