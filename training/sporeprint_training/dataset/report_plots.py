"""The plots of a data set's report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from sporeprint_training.reports.figures import BARK, LINE, MOSS, MUTED, STYLE, figure, grid, short, svg

MOST_BARS = 30
"""Species that have a bar each; of more, the tail is a line."""
_CELLS = (90, 60)
"""The map counts photos in this many columns and rows, so that it stays small however many there are."""
_MONTHS = "JFMAMJJASOND"
_SIDES = (32, 128, 224, 320, 480, 640, 800, 1024, 1600)
_WHOLE = FuncFormatter(lambda value, _: f"{value:,.0f}")


def long_tail(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    """Photos by species, the most frequent first, before and after what was left out."""
    ranked = sorted(before, key=lambda name: (-after.get(name, 0), -before[name], name))
    bars = len(ranked) <= MOST_BARS
    with mpl.rc_context(STYLE):
        if bars:
            drawn, axes = figure(0.235 * len(ranked) + 0.9)
            places = np.arange(len(ranked))[::-1]
            axes.barh(places, [before[name] for name in ranked], 0.72, color=LINE, label="stated")
            axes.barh(places, [after.get(name, 0) for name in ranked], 0.72, color=MOSS, label="taken")
            axes.set_yticks(places, [short(name) for name in ranked], fontsize=9.5, style="italic")
            axes.set_ylim(-0.7, len(ranked) - 0.3)
            axes.spines["left"].set_visible(False)
            axes.tick_params(axis="y", length=0)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            axes.set_xlabel("photos")
            grid(axes, "x")
        else:
            drawn, axes = figure(3.2)
            for counts, colour, label in ((before, BARK, "stated"), (after, MOSS, "taken")):
                values = sorted(counts.values(), reverse=True)
                axes.plot(range(1, len(values) + 1), values, color=colour, linewidth=1.8, label=label)
            axes.set(xscale="log", yscale="log", xlabel="species, the most frequent first", ylabel="photos")
            axes.xaxis.set_major_formatter(_WHOLE)
            axes.yaxis.set_major_formatter(_WHOLE)
            grid(axes)
        # Above the bars, which fill the whole width; a falling line leaves its corner free.
        place = {"loc": "lower right", "bbox_to_anchor": (1, 1), "ncols": 2} if bars else {"loc": "upper right"}
        axes.legend(frameon=False, fontsize=10, labelcolor=MUTED, **place)
        return svg(drawn, "tail", "Photos by species, as stated and as taken")


def months(counts: Sequence[int]) -> str:
    """Photos by month of the year, January first."""
    with mpl.rc_context(STYLE):
        drawn, axes = figure(2.2)
        axes.bar(range(12), counts, 0.78, color=MOSS)
        axes.set_xticks(range(12), list(_MONTHS))
        _count_axis(axes)
        return svg(drawn, "months", "Photos by month")


def places(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> str:
    """Where the photos were taken: one dot for each of 90 times 60 cells of the region, its area the number of photos.

    Args:
        longitude: degrees east, one per photo.
        latitude: degrees north, likewise.
    """
    west, east = _padded(longitude, 180)
    south, north = _padded(latitude, 90)
    counts, x, y = np.histogram2d(longitude, latitude, bins=_CELLS, range=((west, east), (south, north)))
    column, row = np.nonzero(counts)
    found = counts[column, row]
    # A degree of longitude is shorter towards the poles.
    stretch = 1 / max(0.15, math.cos(math.radians((south + north) / 2)))
    height = min(4.5, max(1.6, 4.3 * (north - south) * stretch / (east - west) + 0.6))
    with mpl.rc_context(STYLE):
        drawn, axes = figure(height)
        axes.scatter(
            (x[column] + x[column + 1]) / 2,
            (y[row] + y[row + 1]) / 2,
            s=np.clip(8 * np.sqrt(found), 8, 120),
            color=MOSS,
            alpha=0.6,
            linewidths=0,
        )
        axes.set(xlim=(west, east), ylim=(south, north), xlabel="longitude, °E", ylabel="latitude, °N")
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.set_aspect(stretch, adjustable="box")
        grid(axes)
        return svg(drawn, "places", "Where the photos were taken")


def sides(shorter: NDArray[np.int64]) -> str:
    """Photos by the length of their shorter side as stored, in pixels."""
    edges = [*_SIDES, np.inf]
    counts = np.histogram(shorter, bins=[0, *edges[1:]])[0]
    last = max(1, int(np.flatnonzero(counts).max()) + 1)
    names = [f"< {edges[1]}", *(f"{side}+" for side in _SIDES[1:])]
    with mpl.rc_context(STYLE):
        drawn, axes = figure(2.2)
        axes.bar(range(last), counts[:last], 0.78, color=[BARK if side < 224 else MOSS for side in _SIDES[:last]])
        axes.set_xticks(range(last), names[:last], fontsize=9)
        axes.set_xlabel("shorter side, pixels")
        _count_axis(axes)
        return svg(drawn, "sides", "Photos by the length of their shorter side")


def _count_axis(axes: Axes) -> None:
    axes.set_ylabel("photos")
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(_WHOLE)
    axes.tick_params(axis="x", length=0)
    grid(axes, "y")


def _padded(values: NDArray[np.float64], most: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = max(0.5, 0.06 * (high - low))
    return max(-most, low - margin), min(most, high + margin)
