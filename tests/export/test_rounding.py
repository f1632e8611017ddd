"""Rounding weights: each value near its own, and together nearer to what the matrix computes."""

import numpy as np
import pytest

from sporeprint_export.rounding import round_on_inputs, round_to_nearest

RANDOM = np.random.default_rng(0)
WEIGHTS = RANDOM.normal(0, RANDOM.uniform(0.01, 2, 24), (64, 24))
"""Channels of very different size, as batch norm leaves them when it is folded."""


def correlated_inputs(count=2000):
    """Inputs that say much the same things, as features do."""
    return RANDOM.normal(0, 1, (count, 12)) @ RANDOM.normal(0, 1, (12, 64)) + RANDOM.normal(0, 0.1, (count, 64))


def error(inputs, rounded):
    """Mean square of what the product is off by."""
    return float(((inputs @ (rounded.weights() - WEIGHTS)) ** 2).mean())


@pytest.mark.parametrize("bits", [4, 5, 6, 7, 8])
def test_each_channel_has_its_own_step(bits):
    rounded = round_to_nearest(WEIGHTS, 24, bits)
    assert np.abs(rounded.integers).max() <= 2 ** (bits - 1) - 1
    off = np.abs(rounded.weights() - WEIGHTS)
    assert (off <= rounded.scales / 2 * 1.001).mean() > (0.99 if bits > 5 else 0.8), "all but what is cut off"
    assert rounded.scales.max() > 10 * rounded.scales.min()


@pytest.mark.parametrize("bits", [4, 6, 8])
def test_known_inputs_halve_the_error_at_least(bits):
    inputs = correlated_inputs()
    moments = inputs.T @ inputs / len(inputs)
    rounded = round_on_inputs(WEIGHTS, moments, bits)
    assert rounded.integers.dtype == np.int8
    assert np.abs(rounded.integers).max() <= 2 ** (bits - 1) - 1
    assert error(inputs, rounded) < error(inputs, round_to_nearest(WEIGHTS, 24, bits)) / 2


def test_inputs_that_never_occur_are_no_obstacle():
    inputs = correlated_inputs()
    inputs[:, 7] = 0
    rounded = round_on_inputs(WEIGHTS, inputs.T @ inputs / len(inputs), 8)
    assert np.isfinite(rounded.scales).all()
    assert np.abs(rounded.weights()[7] - WEIGHTS[7]).max() <= rounded.scales.max()
    nothing = round_on_inputs(WEIGHTS, np.zeros((64, 64)), 8)
    assert np.abs(nothing.weights() - WEIGHTS).max() <= nothing.scales.max()


def test_a_channel_of_zeros_stays_zero():
    weights = WEIGHTS.copy()
    weights[:, 3] = 0
    for rounded in (round_to_nearest(weights, 24, 8), round_on_inputs(weights, np.eye(64), 8)):
        assert (rounded.weights()[:, 3] == 0).all()


def test_noise_in_the_fifteenth_digit_changes_no_integer():
    inputs = correlated_inputs()
    moments = inputs.T @ inputs / len(inputs)
    noisy = moments * (1 + RANDOM.uniform(-1e-15, 1e-15, moments.shape))
    first, second = round_on_inputs(WEIGHTS, moments, 6), round_on_inputs(WEIGHTS, (noisy + noisy.T) / 2, 6)
    np.testing.assert_array_equal(first.integers, second.integers)
    np.testing.assert_array_equal(first.scales, second.scales)
