"""Two sets of scores: how far they agree."""

import pytest

from sporeprint_site.compare import compare_scores, top1


def test_agreement_and_differences_are_taken_photo_by_photo():
    found = [[0.9, 0.1], [0.4, 0.6]]
    reference = [[0.8, 0.2], [0.7, 0.3]]
    result = compare_scores(found, reference)
    assert result is not None
    assert (result.n, result.agreement) == (2, 0.5)
    assert result.mean_abs_dp == pytest.approx((0.1 + 0.3) / 2)
    assert result.max_abs_dp == pytest.approx(0.3)


def test_photos_that_one_side_refused_are_left_out_of_agreement_and_wrong_in_top1():
    assert compare_scores([None, [1.0]], [[1.0], [1.0]]).n == 1
    assert compare_scores([None], [[1.0]]) is None
    assert top1([None, [0.2, 0.8]], [0, 1]) == 0.5


def test_without_labels_there_is_no_top1():
    assert top1([[1.0]], [None]) is None
