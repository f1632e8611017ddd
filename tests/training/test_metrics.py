from __future__ import annotations

import numpy as np
import pytest

from sporeprint_training.metrics import calibration_error, macro_f1, mistaken, recalls, top_k

LOGITS = np.array([[3.0, 2, 1, 0], [0, 3, 2, 1], [3, 0, 2, 1], [0, 1, 2, 3]])
LABELS = np.array([0, 2, 0, 1])


def test_top_k_counts_the_right_class_among_the_best_k():
    assert top_k(LOGITS, LABELS, 1) == 0.5
    assert top_k(LOGITS, LABELS, 2) == 0.75
    assert top_k(LOGITS, LABELS, 3) == 1.0


def test_recall_is_per_class_and_open_without_photos():
    assert recalls(LOGITS, LABELS) == [1.0, 0.0, 0.0, None]


def test_macro_f1_is_the_mean_over_tested_classes_whatever_their_size():
    logits = np.eye(3)[[0, 0, 0, 1, 1]]
    labels = np.array([0, 0, 0, 0, 1])
    f1_of_0 = 2 * 1.0 * 0.75 / 1.75
    f1_of_1 = 2 * 0.5 * 1.0 / 1.5
    assert macro_f1(logits, labels) == pytest.approx((f1_of_0 + f1_of_1) / 2)


def test_calibration_error_is_the_gap_between_score_and_right_rate():
    scores = np.array([[0.8, 0.2]] * 10)
    assert calibration_error(scores, np.array([0] * 8 + [1] * 2)) == pytest.approx(0.0)
    assert calibration_error(scores, np.array([0] * 5 + [1] * 5)) == pytest.approx(0.3)
    assert calibration_error(np.array([[1.0, 0.0]]), np.array([0])) == pytest.approx(0.0)


def test_without_photos_every_measure_is_open():
    none, labels = np.zeros((0, 3)), np.zeros(0, int)
    assert (top_k(none, labels, 1), macro_f1(none, labels), calibration_error(none, labels)) == (None, None, None)
    assert recalls(none, labels) == [None, None, None]


def test_wrong_names_are_counted_by_the_right_class_most_frequent_first():
    named, labels = np.array([1, 2, 2, 0, 1, 0]), np.array([0, 0, 0, 0, 1, 2])
    logits = np.eye(3)[named]
    assert mistaken(logits, labels, 2) == [[(2, 2), (1, 1)], [], [(0, 1)]]
    assert mistaken(logits, labels, 1)[0] == [(2, 2)]
