"""What the classes' features look like: fungi that were never shown are less familiar than those that were."""

import numpy as np
import pytest

from sporeprint_training.errors import BadInput
from sporeprint_training.familiarity import MOST_DIRECTIONS, fit_familiarity, prepare, read_familiarity


def photos(classes, n, seed=0, n_features=40):
    """Features above zero, as after a rectifier, around a centre of their own for every class."""
    centres = np.random.default_rng(99).gamma(0.5, 2.0, (12, n_features))
    draw = np.random.default_rng(seed)
    labels = np.repeat(classes, n)
    return np.maximum(centres[labels] + draw.normal(0, 0.6, (len(labels), n_features)), 0).astype(np.float32), labels


@pytest.fixture(scope="module")
def known():
    (train, labels), (val, _) = photos(range(8), 30), photos(range(8), 10, seed=1)
    return fit_familiarity(train, labels, val, 8)


def test_photos_of_other_classes_are_less_familiar(known):
    seen, unseen = known.of(photos(range(8), 20, seed=2)[0]), known.of(photos(range(8, 12), 20, seed=3)[0])
    assert (unseen[:, None] < seen[None, :]).mean() >= 0.95


def test_it_is_counted_in_deviations_among_photos_of_known_species(known):
    # Two standardised measures are added: a mean of 0 and a deviation of 1 to 2, to which compression adds some.
    values = known.of(photos(range(8), 10, seed=1)[0])
    assert abs(values.mean()) < 0.001
    assert 1 < values.std() <= 2.5


def test_equal_photos_give_equal_bytes_which_read_back(known):
    (train, labels), (val, _) = photos(range(8), 30), photos(range(8), 10, seed=1)
    data = fit_familiarity(train, labels, val, 8).to_bytes()
    assert data == known.to_bytes()
    some = photos(range(8), 3, seed=4)[0]
    np.testing.assert_array_equal(read_familiarity(data).of(some), known.of(some))


def test_many_classes_share_a_limited_number_of_directions():
    draw = np.random.default_rng(0)
    features, labels = draw.gamma(1, 1, (400, 300)).astype(np.float32), np.arange(400) % 200
    found = fit_familiarity(features, labels, features[:50], 200)
    assert found.directions.shape == (MOST_DIRECTIONS, 300)
    # Two photos of each class: there are no more prototypes than that.
    assert found.measures.shape == (200 + 2 * 200, MOST_DIRECTIONS)


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b"", lambda b: b"\xff" * len(b)])
def test_a_file_of_another_length_than_it_says_is_refused(known, change):
    with pytest.raises(BadInput, match="announce"):
        read_familiarity(change(known.to_bytes()))


def test_a_number_that_is_not_finite_is_refused(known):
    data = bytearray(known.to_bytes())
    data[16:20] = np.float32(np.nan).tobytes()
    with pytest.raises(BadInput, match="not finite"):
        read_familiarity(bytes(data))


def test_features_may_be_negative_or_all_zero(known):
    np.testing.assert_allclose(prepare(np.array([[-4.0, 9.0], [0.0, 0.0]])), [[-2 / 13**0.5, 3 / 13**0.5], [0, 0]])
    assert np.isfinite(known.of(np.zeros((1, 40)))).all()
