"""A head for thousands of classes: as small as its answers allow, and whole where they do not."""

import numpy as np
import pytest

from sporeprint_export.low_rank import HeldOut, RankBudget, candidate_ranks, choose_rank, decompose

FEATURES, CLASSES, TRUE_RANK = 160, 2000, 24


def photos(random, count, scale=1.0):
    """Features like those after a ReLU: positive, a few of them large."""
    return np.maximum(random.normal(0.3, 1, (count, FEATURES)) * scale, 0).astype(np.float32)


class Head:
    """A head and photos that it names right on nine of ten."""

    def __init__(self, kernel, seed=0):
        random = np.random.default_rng(seed)
        self.kernel = kernel.astype(np.float32)
        self.bias = random.normal(0, 0.1, kernel.shape[1]).astype(np.float32)
        self.features = photos(random, 500)
        seen = photos(random, 400)
        labels = (seen @ self.kernel + self.bias).argmax(axis=1)
        labels[::10] = random.integers(0, kernel.shape[1], len(labels[::10]))
        self.held_out = HeldOut(seen, labels)

    def choose(self, **options):
        return choose_rank(self.kernel, self.bias, self.features, self.held_out, **options)


@pytest.fixture(scope="module")
def low_rank_head():
    """Twenty-four directions and a little noise, as 2,000 species of a few genera have."""
    random = np.random.default_rng(1)
    exact = random.normal(size=(FEATURES, TRUE_RANK)) @ random.normal(size=(TRUE_RANK, CLASSES))
    return Head(exact + random.normal(0, 0.001 * exact.std(), exact.shape))


@pytest.fixture(scope="module")
def full_rank_head():
    return Head(np.random.default_rng(2).normal(size=(FEATURES, CLASSES)))


def test_only_ranks_that_save_a_quarter_of_the_values_are_tried():
    ranks = candidate_ranks(1280, 2451)
    assert [*ranks][:2] == [8, 16]
    assert max(ranks) * (1280 + 2451) < 0.75 * 1280 * 2451 <= (max(ranks) + 8) * (1280 + 2451)
    assert len(candidate_ranks(1280, 10)) == 0


def test_a_head_of_low_rank_is_found_out(low_rank_head):
    choice = low_rank_head.choose()
    assert TRUE_RANK <= choice.rank <= TRUE_RANK + 8
    found = choice.measured[-1]
    assert found.agreement >= 0.99
    assert found.accuracy_drop <= 0.005
    assert all(measure.agreement < 0.99 for measure in choice.measured[:-1]), "no smaller one would do"


def test_a_head_of_full_rank_stays_whole_and_the_figures_say_why(full_rank_head):
    choice = full_rank_head.choose()
    assert choice.rank is None
    assert [measure.rank for measure in choice.measured] == [*candidate_ranks(FEATURES, CLASSES)]
    assert max(measure.agreement for measure in choice.measured) < 0.99


def test_a_loose_budget_takes_a_smaller_rank(low_rank_head):
    loose = low_rank_head.choose(budget=RankBudget(agreement=0.2, accuracy_drop=0.9))
    assert loose.rank < low_rank_head.choose().rank


def test_a_drop_in_accuracy_counts_by_itself(low_rank_head):
    by_agreement = low_rank_head.choose(budget=RankBudget(agreement=0.2, accuracy_drop=1.0))
    by_accuracy = low_rank_head.choose(budget=RankBudget(agreement=0.2, accuracy_drop=0.0))
    assert by_agreement.rank < by_accuracy.rank
    assert by_accuracy.measured[-1].accuracy_drop <= 0


def test_no_deadly_class_may_be_recognised_less_often(low_rank_head):
    loose = RankBudget(agreement=0.2, accuracy_drop=0.9)
    without = low_rank_head.choose(budget=loose)
    head = low_rank_head
    factors = decompose(head.kernel, head.features).cut(without.rank)
    seen = head.held_out.features
    whole = (seen @ head.kernel + head.bias).argmax(axis=1)
    smaller = (seen @ factors.left @ factors.right + head.bias).argmax(axis=1)
    lost = head.held_out.labels[(whole == head.held_out.labels) & (smaller != head.held_out.labels)]
    deadly = [int(lost[0])]
    choice = head.choose(budget=loose, deadly=deadly)
    assert choice.rank > without.rank
    assert choice.measured[0].deadly_drop > 0
    assert choice.measured[-1].deadly_drop <= 0


def test_too_few_photos_prove_nothing(low_rank_head):
    seen = low_rank_head.held_out
    few = HeldOut(seen.features[:99], seen.labels[:99])
    head = low_rank_head
    assert choose_rank(head.kernel, head.bias, head.features, few).rank is None
    enough = HeldOut(seen.features[:100], seen.labels[:100])
    assert choose_rank(head.kernel, head.bias, head.features, enough).rank is not None


def test_a_head_too_small_to_save_anything_stays_whole():
    head = Head(np.random.default_rng(3).normal(size=(FEATURES, 8)))
    assert head.choose().rank is None
    assert head.choose().measured == ()


def test_the_features_decide_which_directions_are_kept():
    random = np.random.default_rng(4)
    kernel = random.normal(size=(FEATURES, 300)).astype(np.float32)
    scale = np.where(np.arange(FEATURES) < 20, 3.0, 0.05)
    factors = decompose(kernel, photos(random, 2000, scale)).cut(20)
    pattern, size, right = np.linalg.svd(kernel, full_matrices=False)
    plain = (pattern[:, :20] * size[:20]) @ right[:20]
    x = photos(random, 500, scale)
    error, plain_error = (np.square(x @ (kernel - close)).mean() for close in (factors.left @ factors.right, plain))
    assert error < plain_error / 20


def test_the_factors_are_the_same_each_time_and_in_any_order_of_the_photos(low_rank_head):
    head = low_rank_head
    first, again = (decompose(head.kernel, head.features).cut(TRUE_RANK) for _ in range(2))
    np.testing.assert_array_equal(first.left, again.left)
    np.testing.assert_array_equal(first.right, again.right)
    turned = decompose(head.kernel, head.features[::-1]).cut(TRUE_RANK)
    np.testing.assert_allclose(turned.left, first.left, rtol=1e-3, atol=1e-4)
    largest = np.take_along_axis(first.right, np.abs(first.right).argmax(axis=1)[:, None], axis=1)
    assert (largest > 0).all()


def test_fewer_photos_than_features_are_enough_to_fit(low_rank_head):
    head = low_rank_head
    factors = decompose(head.kernel, head.features[:40]).cut(TRUE_RANK)
    seen = head.held_out.features
    near, far = seen @ factors.left @ factors.right, seen @ head.kernel
    assert np.linalg.norm(near - far) < 0.05 * np.linalg.norm(far)


def test_features_of_another_width_are_refused(low_rank_head):
    with pytest.raises(ValueError, match="160"):
        decompose(low_rank_head.kernel, np.zeros((3, 10), np.float32))
