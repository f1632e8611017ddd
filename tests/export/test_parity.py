"""Parity: how far two models' answers are apart."""

import numpy as np
import pytest

from sporeprint_export.parity import compare


def logits(*best):
    """Two classes; each number is the first one's score."""
    return np.array([[np.log(p / (1 - p)), 0] for p in best], np.float32)


def test_equal_logits_agree():
    parity = compare(logits(0.9, 0.4), logits(0.9, 0.4), 1.0)
    assert (parity.n, parity.agreement, parity.mean_abs_dp, parity.max_abs_dp) == (2, 1.0, 0.0, 0.0)


def test_differences_are_measured_on_scores():
    parity = compare(logits(0.9, 0.2), logits(0.8, 0.2), 1.0)
    assert parity.agreement == 1.0
    assert parity.mean_abs_dp == pytest.approx(0.05, abs=1e-6)
    assert parity.max_abs_dp == pytest.approx(0.1, abs=1e-6)


def test_another_best_class_is_a_disagreement():
    assert compare(logits(0.51, 0.9), logits(0.49, 0.9), 1.0).agreement == 0.5


def test_the_temperature_is_applied_to_both():
    assert compare(logits(0.9), logits(0.8), 10.0).max_abs_dp < 0.03


def test_other_shapes_and_no_numbers_are_no_comparison():
    with pytest.raises(ValueError, match="same photos"):
        compare(logits(0.9), logits(0.9, 0.8), 1.0)
    with pytest.raises(ValueError, match="finite"):
        compare(logits(0.9), logits(0.9) * np.nan, 1.0)
