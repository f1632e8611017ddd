"""The plots of a search."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import optuna
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from numpy.typing import NDArray
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial

from sporeprint_training.reports.figures import (
    BARK,
    DANGER,
    INK,
    LINE,
    MOSS,
    MUTED,
    PAPER,
    STYLE,
    WIDTH,
    figure,
    grid,
    short,
    svg,
)  # fmt: skip
from sporeprint_training.tune.axes import Axis, Choice
from sporeprint_training.tune.trials import outcome_of, params_of, state_of

LEAST_FOR_IMPORTANCE = 10
"""Complete trials; of fewer, what is called important changes with every further one."""
BEST_SHARE, LEAST_BEST = 0.1, 5
"""The best trials, that lines are drawn for and that importance compares with all."""
TITLES = {"val_accuracy": "validation top-1", "val_loss": "validation loss"}
_PER_CENT = FuncFormatter(lambda value, _: f"{100 * value:g} %")
_PLAIN = FuncFormatter(lambda value, _: f"{value:g}")
_COLUMNS = 2


def history(trials: Sequence[FrozenTrial], metric: str) -> str:
    """What each trial reached, in the order in which they began, and the best so far."""
    shown = [trial for trial in trials if state_of(trial) in ("complete", "pruned", "failed")]
    with mpl.rc_context(STYLE):
        drawn, axes = figure(3.0)
        marks = (("complete", MOSS, "o", "finished"), ("pruned", MUTED, "v", "stopped early"))
        for state, colour, marker, label in marks:
            points = [(number, _reached(trial)) for number, trial in enumerate(shown, 1) if state_of(trial) == state]
            points = [point for point in points if point[1] is not None]
            if points:
                axes.plot(*zip(*points, strict=True), marker, color=colour, markersize=4, alpha=0.75, label=label)
        failed = [number for number, trial in enumerate(shown, 1) if state_of(trial) == "failed"]
        best = _best_so_far(shown, metric)
        if best:
            places, values = zip(*best, strict=True)
            axes.step(
                [*places, len(shown)],
                [*values, values[-1]],
                where="post",
                color=INK,
                linewidth=1.5,
                label="best so far",
            )
        _metric_axis(axes, "y", metric)
        if failed:
            low = axes.get_ylim()[0]
            axes.plot(failed, [low] * len(failed), "x", color=DANGER, markersize=6, clip_on=False, label="failed")
            axes.set_ylim(bottom=low)
        axes.set_xlabel("trial")
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.legend(
            frameon=False,
            fontsize=9.5,
            labelcolor=MUTED,
            loc="lower right",
            bbox_to_anchor=(1, 1),
            ncols=4,
            handletextpad=0.3,
            columnspacing=1.0,
        )
        grid(axes)
        return svg(drawn, "history", f"{TITLES[metric]} of each trial, and the best so far")


def parallel(trials: Sequence[FrozenTrial], axes_of: Sequence[Axis], metric: str) -> str:
    """One line per complete trial through its value on each axis; the best ones are drawn over the others."""
    complete = sorted_best(trials, metric)
    scores = np.array([outcome_of(trial)[metric] for trial in complete])
    columns = [_heights(axis, [params_of(trial)[axis.name] for trial in complete]) for axis in axes_of]
    heights = np.stack([*columns, _scaled(scores)], axis=1)
    # Lines through the same values lie side by side.
    heights = heights + np.random.default_rng(0).uniform(-0.012, 0.012, heights.shape)
    ticks = [*(_ticks(axis) for axis in axes_of), _metric_ticks(scores, metric)]
    names = [*(str(axis.place[-1]) for axis in axes_of), TITLES[metric]]
    with mpl.rc_context(STYLE):
        drawn, axes = figure(3.6)
        for index in reversed(range(len(complete))):
            strong = index < n_best(len(complete))
            look = {"color": MOSS, "linewidth": 1.8, "alpha": 0.85} if strong else {"color": MUTED, "linewidth": 0.7}
            axes.plot(range(len(names)), heights[index], zorder=2, **({"alpha": 0.3} | look))  # type: ignore[arg-type]
        for place, marks in enumerate(ticks):
            axes.axvline(place, color=LINE, linewidth=1.0, zorder=1)
            for height, text in marks:
                axes.annotate(
                    text, (place, height), (3, 0), textcoords="offset points", fontsize=8.5, color=INK, va="center",
                    bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.75, "pad": 1},
                )  # fmt: skip
        axes.set_xticks(range(len(names)), [name.replace("_", "\n").replace(" ", "\n") for name in names], fontsize=9)
        axes.tick_params(axis="x", length=0)
        axes.set(yticks=[], ylim=(-0.06, 1.06), xlim=(-0.1, len(names) - 1 + 0.35))
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        return svg(drawn, "parallel", "Each trial as a line through its values; the best ones stand out")


def importances(study: optuna.Study) -> dict[str, float] | None:
    """Share of each axis in what tells the best trials from all, the largest first; None of too few trials.

    Source: PED-ANOVA (Watanabe et al. 2023).
    """
    complete = [trial for trial in study.get_trials(deepcopy=False) if state_of(trial) == "complete"]
    if len(complete) < LEAST_FOR_IMPORTANCE or not study.get_trials(deepcopy=False)[0].params:
        return None
    evaluator = PedAnovaImportanceEvaluator(target_quantile=n_best(len(complete)) / len(complete))
    with warnings.catch_warnings():
        # Where all trials are equally good, all keys are equally important; the plot says so.
        warnings.simplefilter("ignore")
        return dict(get_param_importances(study, evaluator=evaluator))


def importance(shares: dict[str, float]) -> str:
    """A bar for each axis."""
    with mpl.rc_context(STYLE):
        drawn, axes = figure(0.36 * len(shares) + 0.6)
        places = np.arange(len(shares))[::-1]
        axes.barh(places, list(shares.values()), 0.62, color=MOSS)
        axes.set_yticks(places, [short(name, 30) for name in shares], fontsize=9.5)
        axes.xaxis.set_major_formatter(_PER_CENT)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.set_xlim(left=0)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        grid(axes, "x")
        return svg(drawn, "importance", "Share of each key in what tells the best trials from all")


def slices(trials: Sequence[FrozenTrial], axes_of: Sequence[Axis], metric: str) -> str:
    """What complete trials reached, by their value on each axis alone; bars are medians."""
    complete = sorted_best(trials, metric)
    scores = np.array([outcome_of(trial)[metric] for trial in complete])
    rows = -(-len(axes_of) // _COLUMNS)
    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=(WIDTH, 2.1 * rows), layout="constrained")
        panels = drawn.subplots(rows, _COLUMNS, sharey=True, squeeze=False).ravel()
        for panel, axis in zip(panels, axes_of, strict=False):
            values = [params_of(trial)[axis.name] for trial in complete]
            if isinstance(axis, Choice):
                _strip(panel, axis, values, scores)
            else:
                panel.plot([float(value) for value in values], scores, "o", color=MOSS, markersize=4, alpha=0.6)
                if axis.log:
                    panel.set_xscale("log")
                    panel.xaxis.set_major_locator(LogLocator(numticks=3))
                    panel.xaxis.set_major_formatter(_PLAIN)
                    panel.minorticks_off()
                else:
                    panel.xaxis.set_major_locator(MaxNLocator(4))
            panel.set_title(axis.name, loc="left", fontsize=9, color=MUTED)
            _metric_axis(panel, "y", metric)
            panel.set_ylabel("")
            grid(panel, "y")
        for panel in panels[len(axes_of) :]:
            panel.set_visible(False)
        return svg(drawn, "slices", f"{TITLES[metric]} by the value of each key")


def sorted_best(trials: Sequence[FrozenTrial], metric: str) -> list[FrozenTrial]:
    """Complete trials, the best first."""
    sign = -1 if metric == "val_accuracy" else 1
    complete = [trial for trial in trials if state_of(trial) == "complete"]
    return sorted(complete, key=lambda trial: (sign * outcome_of(trial)[metric], trial.number))


def n_best(complete: int) -> int:
    """How many of the complete trials are the best ones."""
    return min(complete, max(LEAST_BEST, round(BEST_SHARE * complete)))


def _strip(panel: Axes, axis: Choice, values: Sequence[Any], scores: NDArray[np.float64]) -> None:
    places = np.array([axis.labels.index(str(value)) for value in values])
    nudge = np.random.default_rng(0).uniform(-0.16, 0.16, len(places))
    panel.plot(places + nudge, scores, "o", color=MOSS, markersize=3.5, alpha=0.5)
    for place in range(len(axis.labels)):
        if (places == place).any():
            middle = float(np.median(scores[places == place]))
            panel.plot([place - 0.3, place + 0.3], [middle, middle], color=BARK, linewidth=2.2)
    most = 12 if len(axis.labels) < 4 else 7
    panel.set_xticks(range(len(axis.labels)), [short(label, most) for label in axis.labels], fontsize=9)
    panel.set_xlim(-0.5, len(axis.labels) - 0.5)
    panel.tick_params(axis="x", length=0)


def _heights(axis: Axis, values: Sequence[Any]) -> NDArray[np.float64]:
    # Places between 0 and 1 on an upright axis.
    if isinstance(axis, Choice):
        return np.array([(axis.labels.index(str(value)) + 0.5) / len(axis.labels) for value in values])
    numbers = np.array([float(value) for value in values])
    low, high = axis.low, axis.high
    if axis.log:
        numbers, low, high = np.log(numbers), math.log(low), math.log(high)
    return np.asarray((numbers - low) / (high - low), float)


def _scaled(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = scores.min(), scores.max()
    return np.full(len(scores), 0.5) if high == low else (scores - low) / (high - low)


def _ticks(axis: Axis) -> list[tuple[float, str]]:
    if isinstance(axis, Choice):
        return [((place + 0.5) / len(axis.labels), short(label, 13)) for place, label in enumerate(axis.labels)]
    return [(0.0, f"{axis.low:g}"), (1.0, f"{axis.high:g}")]


def _metric_ticks(scores: NDArray[np.float64], metric: str) -> list[tuple[float, str]]:
    low, high = float(scores.min()), float(scores.max())
    ends = [(0.5, high)] if high == low else [(0.0, low), (1.0, high)]
    return [(height, f"{100 * value:.1f} %" if metric == "val_accuracy" else f"{value:.3g}") for height, value in ends]


def _metric_axis(axes: Axes, which: str, metric: str) -> None:
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_locator(MaxNLocator(5))
    if metric == "val_accuracy":
        axis.set_major_formatter(_PER_CENT)
    axis.set_label_text(TITLES[metric])


def _best_so_far(shown: Sequence[FrozenTrial], metric: str) -> list[tuple[int, float]]:
    found: list[tuple[int, float]] = []
    for number, trial in enumerate(shown, 1):
        if state_of(trial) != "complete":
            continue
        value = outcome_of(trial)[metric]
        better = not found or (value > found[-1][1] if metric == "val_accuracy" else value < found[-1][1])
        if better:
            found.append((number, value))
    return found


def _reached(trial: FrozenTrial) -> float | None:
    return trial.value
