"""Several photos of one find: one answer, as sure as such finds were found to deserve."""

import numpy as np
import pytest

from sporeprint_training.decision import Fusion, fuse
from sporeprint_training.fusion import LEAST_FINDS, fit_fusion, fused


def finds(n, copies, seed=0, photos=3, classes=5):
    """Calibrated logits of `photos` photos of each of `n` finds: the same photo again, or each drawn anew."""
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, classes, n)
    evidence = draw.normal(0, 1, (n, 1 if copies else photos, classes)) + 1.5 * np.eye(classes)[labels][:, None]
    # Log-likelihoods of Gaussians with one deviation are linear in what was seen.
    logits = np.broadcast_to(1.5 * evidence, (n, photos, classes)).reshape(-1, classes)
    return logits, np.repeat(labels, photos), [f"find {number}" for number in range(n) for _ in range(photos)]


def test_photos_that_show_something_new_count_fully_and_copies_count_once():
    assert fit_fusion(*finds(400, copies=False), temperature=1.0).exponent > 0.8
    assert fit_fusion(*finds(400, copies=True), temperature=1.0).exponent < 0.2


def test_with_few_finds_of_several_photos_the_middle_is_taken():
    few = finds(LEAST_FINDS - 1, copies=False)
    assert fit_fusion(*few, temperature=1.0) == Fusion(exponent=0.5, n=0)
    logits, labels, _ = finds(100, copies=False)
    assert fit_fusion(logits, labels, [str(row) for row in range(len(labels))], 1.0).n == 0
    assert fit_fusion(logits[:0], labels[:0], [], 1.0).n == 0


def test_only_finds_of_several_photos_count():
    logits, labels, names = finds(50, copies=False)
    alone = ["alone", *names[1:]]
    assert fit_fusion(logits, labels, alone, 1.0).n == 50
    assert fit_fusion(logits[2:], labels[2:], names[2:], 1.0).n == 49


def test_many_finds_at_once_are_fused_as_one_by_one():
    logits, _, _ = finds(4, copies=False)
    numbers = np.array([0, 0, 1, 2, 2, 2, 1, 0, 3, 3, 3, 3])
    expected = [fuse(logits[numbers == number].tolist(), 0.7) for number in range(4)]
    np.testing.assert_allclose(fused(logits, numbers, 0.7), expected, rtol=1e-12)


@pytest.mark.parametrize("photos", [[], [[1.0, 2.0], [1.0]], [[1.0, float("nan")]]])
def test_what_cannot_be_one_find_is_refused(photos):
    with pytest.raises(ValueError, match=r"photo|finite"):
        fuse(photos, 0.5)


def test_one_photo_stays_as_it_is():
    assert fuse([[1.5, -2.0]], 0.7) == [1.5, -2.0]
