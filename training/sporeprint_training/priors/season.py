"""Months: bins on a circle."""

from __future__ import annotations

import numpy as np

from sporeprint_training.priors.file import MONTHS
from sporeprint_training.priors.ratios import Kernel

WIDTHS = (0.0, 0.4, 0.6, 0.8, 1.0, 1.5)
"""Months; among these one is chosen."""


def month_kernel(width: float) -> Kernel:
    """A von Mises kernel over the twelve months, `(12, 12)`: a normal distribution wrapped around the year.

    Args:
        width: standard deviation in months, a little more where it is wide; 0 spreads nothing.
    """
    if width == 0:
        return np.eye(MONTHS)
    concentration = (MONTHS / (2 * np.pi * width)) ** 2
    angles = 2 * np.pi * np.arange(MONTHS) / MONTHS
    powers = np.exp(concentration * (np.cos(angles[:, None] - angles[None, :]) - 1))
    return np.asarray(powers / powers.sum(axis=0))
