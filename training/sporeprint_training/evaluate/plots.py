"""The plots of an evaluation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sporeprint_training.evaluate.schema import BandRate, ClassMeasures, Measures, ReliabilityBin, RiskPoint, Share
from sporeprint_training.reports.figures import (
    BARK,
    DANGER,
    INK,
    LINE,
    MOSS,
    MUTED,
    PAPER,
    PER_CENT,
    STYLE,
    WIDTH,
    figure,
    grid,
    short,
    svg,
)  # fmt: skip

MOST_CLASSES = 40
"""Lines of the plot of all classes; of more, the weakest are drawn."""


def overview(photos: Measures, finds: Measures) -> str:
    """Shares of right answers by how exactly and how often one may guess, with intervals."""
    rows = [
        (name, getattr(photos, key), getattr(finds, key))
        for name, key in (
            ("First guess", "top1"), ("Among 3", "top3"), ("Among 5", "top5"), ("Among 10", "top10"),
            ("Genus", "genus"), ("Family", "family"), ("Order", "order"),
        )
        if getattr(photos, key).n
    ]  # fmt: skip
    with mpl.rc_context(STYLE):
        drawn, axes = figure(0.35 * len(rows) + 0.75)
        places = np.arange(len(rows))[::-1].astype(float)
        both = finds.n != photos.n
        _intervals(axes, [row[1] for row in rows], places + (0.14 if both else 0), MOSS, "by photo")
        if both:
            _intervals(axes, [row[2] for row in rows], places - 0.14, BARK, "by find", marker="s")
            axes.legend(frameon=False, fontsize=10, loc="lower left", labelcolor=MUTED, handletextpad=0.3)
        lowest = min(share.low for row in rows for share in row[1:] if share.low is not None)
        _share_axis(axes, max(0.0, math.floor(lowest * 10 - 0.5) / 10))
        axes.set_yticks(places, [row[0] for row in rows])
        return svg(drawn, "overview", "Share of right answers, with 95 % intervals")


def reliability(bins: Sequence[ReliabilityBin]) -> str:
    """Right rate against stated score, with intervals, above the number of photos in each range."""
    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=(WIDTH, 4.3), layout="constrained")
        axes, below = drawn.subplots(2, 1, height_ratios=[4, 1], sharex=True)
        axes.plot([0, 1], [0, 1], color=LINE, linewidth=1.2, linestyle=(0, (4, 3)))
        for item in bins:
            _stroke(axes, item.mean_score, item.right)
        axes.plot([b.mean_score for b in bins], [b.right.value for b in bins], "o", color=MOSS, markersize=5.5)
        axes.set(xlim=(0, 1.02), ylim=(0, 1.03), ylabel="right in testing")
        axes.yaxis.set_major_formatter(PER_CENT)
        grid(axes)
        widths = [item.to_score - item.from_score - 0.015 for item in bins]
        centres = [(item.from_score + item.to_score) / 2 for item in bins]
        below.bar(centres, [item.right.n for item in bins], widths, color=LINE)
        for centre, item in zip(centres, bins, strict=True):
            below.annotate(
                f"{item.right.n:,}", (centre, item.right.n), (0, 2), textcoords="offset points",
                ha="center", fontsize=9, color=MUTED,
            )  # fmt: skip
        below.set(xlabel="score of the best species", yticks=[], ylabel="photos")
        below.margins(y=0.35)
        below.spines["left"].set_visible(False)
        below.xaxis.set_major_formatter(PER_CENT)
        return svg(drawn, "reliability", "How often the best species is right, by its score")


def risk_coverage(points: Sequence[RiskPoint], coverage: float | None, precision: float | None) -> str:
    """Share of wrong answers if only the surest photos are answered; the app's own place is marked."""
    with mpl.rc_context(STYLE):
        drawn, axes = figure(3.1)
        x, y = [point.coverage for point in points], [point.risk for point in points]
        axes.plot(x, y, color=MOSS, linewidth=1.8)
        axes.fill_between(x, y, color=MOSS, alpha=0.12, linewidth=0)
        if coverage and precision is not None:
            axes.plot([coverage], [1 - precision], "D", color=BARK, markersize=7, markeredgecolor=PAPER)
            axes.annotate(
                "species names\nthe app shows", (coverage, 1 - precision), (-12, 14), textcoords="offset points",
                ha="right", color=BARK, fontsize=10,
            )  # fmt: skip
        top = max([*y, 0.05, 1 - precision if precision is not None else 0])
        axes.set(
            xlim=(0, 1.02), ylim=(0, top * 1.25), xlabel="photos answered, the surest first", ylabel="of them wrong"
        )
        axes.xaxis.set_major_formatter(PER_CENT)
        axes.yaxis.set_major_formatter(PER_CENT)
        grid(axes)
        return svg(drawn, "risk", "Share of wrong answers by share of photos answered")


def class_recall(classes: Sequence[ClassMeasures]) -> str:
    """Recall of each tested class with its interval, the weakest at the top; deadly ones in the danger colour."""
    tested = sorted((item for item in classes if item.recall.n), key=lambda item: (item.recall.value, -item.recall.n))
    shown = tested[:MOST_CLASSES]
    with mpl.rc_context(STYLE):
        drawn, axes = figure(0.235 * len(shown) + 0.6)
        places = np.arange(len(shown))[::-1].astype(float)
        for colour, chosen in ((MOSS, False), (DANGER, True)):
            rows = [i for i, item in enumerate(shown) if (item.toxicity == "deadly") is chosen]
            _intervals(axes, [shown[i].recall for i in rows], places[rows], colour, "", marker="D" if chosen else "o")
        _share_axis(axes, 0.0)
        axes.set_yticks(places, [short(item.scientific_name) for item in shown], fontsize=9.5, style="italic")
        axes.set_ylim(-0.7, len(shown) - 0.3)
        return svg(drawn, "recall", "Share of each species' photos that are named right, with 95 % intervals")


def bands(rates: Sequence[BandRate], stated: Sequence[float | None]) -> str:
    """Right rate in each band with its interval, and what the app states."""
    measured = [(rate, text) for rate, text in zip(rates, stated, strict=True) if rate.right.n]
    with mpl.rc_context(STYLE):
        drawn, axes = figure(0.5 * len(measured) + 0.6)
        places = np.arange(len(measured))[::-1].astype(float)
        _intervals(axes, [rate.right for rate, _ in measured], places, MOSS, "")
        _share_axis(axes, 0.0)
        names = [f"{rate.name}, from {rate.from_score:.0%}".replace("%", " %") for rate, _ in measured]
        axes.set_yticks(places, names)
        axes.set_ylim(-0.6, len(measured) - 0.4)
        return svg(drawn, "bands", "How often the best species is right in each band")


def alarm(deadly: NDArray[np.float64], other: NDArray[np.float64], threshold: float) -> str:
    """Summed score of the deadly classes, for deadly photos and for the others, and where the alarm begins."""
    edges = np.logspace(-4, 0, 25)
    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=(WIDTH, 3.0), layout="constrained")
        above, below = drawn.subplots(2, 1, sharex=True)
        for axes, values, colour, name in (
            (above, deadly, DANGER, "photos of deadly species"), (below, other, MUTED, "all other photos"),
        ):  # fmt: skip
            axes.hist(np.clip(values, edges[0], 1), bins=edges, color=colour)
            axes.axvline(threshold, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
            axes.set(xscale="log", xlim=(edges[0], 1.05))
            axes.set_title(f"{name}, n = {len(values):,}", loc="left", fontsize=10, color=colour)
            axes.minorticks_off()
            axes.locator_params(axis="y", nbins=3, integer=True)
        below.set_xticks([1e-4, 1e-3, 1e-2, 0.1, 1], ["less", "0.1 %", "1 %", "10 %", "100 %"])
        below.set_xlabel("summed score of the deadly species; dashed: the alarm's threshold")
        return svg(drawn, "alarm", "Summed score of the deadly species, for deadly and other photos")


def _intervals(
    axes: Axes, shares: Sequence[Share], places: NDArray[np.float64], colour: str, label: str, marker: str = "o"
) -> None:
    for share, place in zip(shares, places, strict=True):
        if share.low is not None and share.high is not None:
            axes.plot([share.low, share.high], [place, place], color=colour, linewidth=1.6, alpha=0.45)
    kept = [(share.value, place) for share, place in zip(shares, places, strict=True) if share.value is not None]
    values, where = [value for value, _ in kept], [place for _, place in kept]
    axes.plot(values, where, marker, color=colour, markersize=5, label=label)


def _stroke(axes: Axes, x: float, share: Share) -> None:
    if share.low is not None and share.high is not None:
        axes.plot([x, x], [share.low, share.high], color=MOSS, linewidth=1.6, alpha=0.45)


def _share_axis(axes: Axes, low: float) -> None:
    axes.set_xlim(low, 1.015)
    # Whole per cents only: their labels are rounded.
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(PER_CENT)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    grid(axes, "x")
