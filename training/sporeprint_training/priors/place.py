"""Cells of the map: bins on the globe."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.priors.file import cell_of
from sporeprint_training.priors.ratios import Counts, Indices, Kernel

DEGREES = (2.5, 5.0, 10.0, 20.0, 30.0)
"""Sides of a cell, finest first; the finest whose file is small enough is taken."""
WIDTHS = (0.0, 0.35, 0.5, 0.7, 1.0, 1.5)
"""In sides of a cell; among these one is chosen."""


def cells_of(latitude: Counts, longitude: Counts, degrees: float) -> tuple[tuple[int, ...], Indices]:
    """Numbers of the cells in use, ascending, and for each place the position of its cell among them."""
    pairs = zip(latitude.tolist(), longitude.tolist(), strict=True)
    numbers = np.array([cell_of(north, east, degrees) for north, east in pairs], np.int64)
    used, places = np.unique(numbers, return_inverse=True)
    return tuple(used.tolist()), places.astype(np.int64)


def cell_kernel(cells: Sequence[int], degrees: float) -> Callable[[float], Kernel]:
    """For a width in sides of a cell, the kernel over cells, `(cells, cells)`.

    A normal distribution of the distance between the cells' centres along the globe, where a side is as long as at the
    equator: near the poles neighbours are close and share more.
    """
    distances = _distances(np.array(cells), degrees)

    def kernel(width: float) -> Kernel:
        if width == 0:
            return np.eye(len(cells))
        powers = np.exp(-((distances / (width * np.radians(degrees))) ** 2) / 2)
        return np.asarray(powers / powers.sum(axis=0))

    return kernel


def _distances(cells: Indices, degrees: float) -> NDArray[np.float64]:
    # Angles between the centres, in radians; half the chord of close neighbours is exact where a cosine is not.
    columns = round(360 / degrees)
    latitude = np.radians((cells // columns + 0.5) * degrees - 90)
    longitude = np.radians((cells % columns + 0.5) * degrees - 180)
    around = np.cos(latitude)
    points = np.stack([around * np.cos(longitude), around * np.sin(longitude), np.sin(latitude)], axis=1)
    squares = (points**2).sum(axis=1)
    chords = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2 * points @ points.T, 0))
    return np.asarray(2 * np.arcsin(np.minimum(chords / 2, 1)))
