"""Rounding a weight matrix to few bits so that what it computes changes least.

The error of each rounded row is made good by the rows that are not rounded yet, as far as calibration photos show them
to work on the same inputs (Frantar et al. 2023, "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
Transformers"). All of it is computed in float64: two processors then differ in the fifteenth digit, which no rounding
to integers sees, so that the same run gives the same bytes anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
DAMPING = 0.01
"""Added to the diagonal of the inputs' second moments, as a share of its mean: what is never seen stays solvable."""
_BLOCK = 128
_LEAST = 1e-30
_CLIPPINGS = tuple(step / 20 for step in range(20, 9, -1))


@dataclass(frozen=True)
class Rounded:
    """A tensor as integers with one scale per channel: its values are `integers * scales`."""

    integers: NDArray[np.int8]
    """Shape of the tensor; between -(2^(bits-1) - 1) and 2^(bits-1) - 1."""
    scales: NDArray[np.float32]
    """`(channels,)`; channel of the i-th value, counted row by row, is `i % channels`."""
    bits: int
    """From 4 to 8."""

    def weights(self) -> NDArray[np.float32]:
        """What a reader computes with, in the shape of the tensor."""
        rows = self.integers.reshape(-1, len(self.scales)).astype(np.float32) * self.scales
        return rows.reshape(self.integers.shape)


def round_to_nearest(weights: NDArray[np.floating], channels: int, bits: int) -> Rounded:  # type: ignore[type-arg]
    """Round every value on its own.

    Args:
        weights: any shape whose trailing dimensions multiply to `channels`.
        channels: number of scales.
        bits: from 4 to 8.
    """
    rows = weights.reshape(-1, channels).astype(np.float64)
    scales = _scales(rows, np.ones(len(rows)), bits)
    return Rounded(_nearest(rows, scales, bits).reshape(weights.shape), scales.astype(np.float32), bits)


def round_on_inputs(weights: Matrix, moments: Matrix, bits: int) -> Rounded:
    """Round a matrix so that its product with typical inputs changes least.

    Args:
        weights: `(inputs, channels)`.
        moments: `(inputs, inputs)`, mean of `outer(x, x)` over typical inputs x.
        bits: from 4 to 8.
    """
    damped = dampen(moments)
    scales = _scales(weights, np.diag(damped), bits)
    # The inputs that matter most come first, while most others are left to make good their error.
    order = np.argsort(-np.diag(moments), kind="stable")
    errors_spread = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    integers = np.empty(weights.shape, np.int8)
    integers[order] = _round_in_order(weights[order], errors_spread, scales, bits)
    return Rounded(integers, _refitted(integers, weights, damped, scales).astype(np.float32), bits)


def _refitted(integers: NDArray[np.int8], weights: Matrix, moments: Matrix, scales: Matrix) -> Matrix:
    # Least squares again: the integers were chosen for the first scales, and are worth slightly others.
    seen = moments @ integers.astype(np.float64)
    best = (seen * weights).sum(axis=0) / np.maximum((seen * integers).sum(axis=0), _LEAST)
    return np.where(best > 0, best, scales)


def dampen(moments: Matrix, damping: float = DAMPING) -> Matrix:
    """The matrix with more on its diagonal, as a share of the diagonal's mean, so that it can be inverted."""
    mean = float(np.diag(moments).mean())
    return moments + np.eye(len(moments)) * (damping * mean or 1.0)


def _round_in_order(weights: Matrix, spread: Matrix, scales: Matrix, bits: int) -> NDArray[np.int8]:
    rest = weights.copy()
    integers = np.empty(weights.shape, np.int8)
    for start in range(0, len(rest), _BLOCK):
        stop = min(start + _BLOCK, len(rest))
        errors = np.empty((stop - start, rest.shape[1]))
        for row in range(start, stop):
            integers[row] = _nearest(rest[row], scales, bits)
            errors[row - start] = (rest[row] - integers[row] * scales) / spread[row, row]
            rest[row + 1 : stop] -= np.outer(spread[row, row + 1 : stop], errors[row - start])
        # Rows outside the block hear of it once: one large product instead of many small ones.
        rest[stop:] -= spread[start:stop, stop:].T @ errors
    return integers


def _nearest(values: Matrix, scales: Matrix, bits: int) -> NDArray[np.int8]:
    top = _top(bits)
    integers: NDArray[np.int8] = np.clip(np.round(values / scales), -top, top).astype(np.int8)
    return integers


def _top(bits: int) -> int:
    return int(2 ** (bits - 1) - 1)


def _scales(weights: Matrix, importance: Matrix, bits: int) -> Matrix:
    """Per channel the step with the least weighted error: with few bits it pays to cut off the largest values."""
    peak = np.abs(weights).max(axis=0)
    peak[peak == 0] = 1
    best: Matrix = peak
    least = np.full(len(peak), np.inf)
    for clipping in _CLIPPINGS if bits < 8 else (1.0,):
        # Exactly what is stored, or the integers would be rounded for another step.
        scales = (peak * clipping / _top(bits)).astype(np.float32).astype(np.float64)
        error = importance @ (_nearest(weights, scales, bits) * scales - weights) ** 2
        best, least = np.where(error < least, scales, best), np.minimum(error, least)
    return best
