"""The plots of a training: what it measured by epoch, and what a finding rests on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from sporeprint_training.health.finding import Finding, Rule
from sporeprint_training.history import Epoch, StageSignals
from sporeprint_training.reports.figures import (
    BARK,
    INK,
    LINE,
    MOSS,
    MUTED,
    PER_CENT,
    STYLE,
    figure,
    grid,
    short,
    svg,
)  # fmt: skip

MOST_CLASSES = 40
"""Bars of the plot of classes; of more, the sizes alone are drawn."""
_PLAIN = FuncFormatter(lambda value, _: f"{value:g}")
_DOTTED = ("training", "first kernel")
"""Lines that are told from the others by more than their colour."""
Span = tuple[float, float]
"""First and last epoch, counted over all stages, that a finding holds for."""


def losses(history: Sequence[Epoch], name: str = "loss", span: Span | None = None) -> str:
    """Training and validation loss by epoch."""
    lines = {"training": ([row.loss for row in history], BARK), "validation": ([row.val_loss for row in history], MOSS)}
    logarithmic = _spread(line for line, _ in lines.values()) > 30
    return _by_epoch(history, name, "Loss by epoch", lines, span, logarithmic=logarithmic, label="loss, nats")


def accuracies(history: Sequence[Epoch], name: str = "accuracy", span: Span | None = None) -> str:
    """Share of photos whose best class is right, by epoch."""
    lines = {
        "training": ([row.accuracy for row in history], BARK),
        "validation": ([row.val_accuracy for row in history], MOSS),
    }

    def finish(axes: Axes) -> None:
        axes.set_ylim(0, 1.03)
        axes.yaxis.set_major_formatter(PER_CENT)

    return _by_epoch(history, name, "Accuracy by epoch", lines, span, label="right", finish=finish)


def learning_rates(history: Sequence[Epoch], name: str = "rate", span: Span | None = None) -> str:
    """Learning rate of each epoch's first step."""
    lines = {"": ([row.learning_rate for row in history], INK)}
    logarithmic = _spread(line for line, _ in lines.values()) > 5

    def finish(axes: Axes) -> None:
        if not logarithmic:
            axes.set_ylim(0, None)

    return _by_epoch(
        history,
        name,
        "Learning rate by epoch",
        lines,
        span,
        logarithmic=logarithmic,
        label="learning rate",
        finish=finish,
    )


def gradients(history: Sequence[Epoch], name: str = "gradients", span: Span | None = None) -> str:
    """Norms of the gradients: largest and mean over an epoch's steps, and of the first and the last kernel."""
    lines = {
        "largest step": ([row.gradient_norm_max for row in history], LINE),
        "mean": ([row.gradient_norm for row in history], INK),
        "first kernel": ([row.first_gradient_norm for row in history], BARK),
        "logits' kernel": ([row.last_gradient_norm for row in history], MOSS),
    }
    return _by_epoch(history, name, "Gradient norms by epoch", lines, span, logarithmic=True, label="norm")


def times(history: Sequence[Epoch], name: str = "times", span: Span | None = None) -> str:
    """Where each epoch's time went, stacked."""
    parts = {
        "steps": ([row.step_seconds for row in history], MOSS),
        "photos": ([row.data_seconds for row in history], BARK),
        "callbacks": ([row.callback_seconds for row in history], INK),
        "validation and the rest": ([_rest(row) for row in history], LINE),
    }
    with mpl.rc_context(STYLE):
        drawn, axes = figure(2.9)
        base = np.zeros(len(history))
        for label, (seconds, colour) in parts.items():
            axes.bar(range(len(history)), seconds, 0.86, bottom=base, color=colour, label=label)
            base += np.array(seconds)
        _frame(axes, history, span)
        axes.set_ylabel("seconds")
        _legend(axes)
        return svg(drawn, name, "Seconds of each epoch by what they were spent on")


def class_sizes(counts: Mapping[str, int], name: str = "classes") -> str:
    """Training photos of each class, the largest first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    with mpl.rc_context(STYLE):
        if len(ordered) > MOST_CLASSES:
            drawn, axes = figure(2.6)
            axes.fill_between(range(len(ordered)), [count for _, count in ordered], color=MOSS, step="mid", linewidth=0)
            axes.set(xlabel="classes, the largest first", ylabel="training photos", ylim=(0, None))
            grid(axes, "y")
        else:
            drawn, axes = figure(0.235 * len(ordered) + 0.6)
            places = np.arange(len(ordered))[::-1].astype(float)
            axes.barh(places, [count for _, count in ordered], 0.7, color=MOSS)
            axes.set_yticks(places, [short(label) for label, _ in ordered], fontsize=9.5, style="italic")
            axes.set(xlabel="training photos", ylim=(-0.7, len(ordered) - 0.3))
            axes.spines["left"].set_visible(False)
            axes.tick_params(axis="y", length=0)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            grid(axes, "x")
        return svg(drawn, name, "Training photos of each class")


def dead_shares(signals: Sequence[StageSignals], name: str) -> str:
    """Share of the head's inputs that are always 0, before and after each stage."""
    rows = [
        (f"{signal.stage}, {when}", share)
        for signal in signals
        for when, share in (("before", signal.dead_before), ("after", signal.dead_after))
        if math.isfinite(share)
    ]
    with mpl.rc_context(STYLE):
        drawn, axes = figure(0.3 * len(rows) + 0.6)
        places = np.arange(len(rows))[::-1].astype(float)
        axes.barh(places, [share for _, share in rows], 0.6, color=BARK)
        axes.set_yticks(places, [short(label) for label, _ in rows])
        axes.set(xlim=(0, 1.015), ylim=(-0.7, len(rows) - 0.3), xlabel="of the head's inputs are always 0")
        axes.xaxis.set_major_formatter(PER_CENT)
        grid(axes, "x")
        return svg(drawn, name, "Share of the head's inputs that are 0 for every validation photo")


_PLOTS: dict[Rule, Callable[[Sequence[Epoch], str, Span | None], str]] = {
    "poor_initialisation": gradients,
    "exploding_gradients": gradients,
    "vanishing_gradients": gradients,
    "loss_not_decreasing": losses,
    "overfitting": losses,
    "overtraining": losses,
    "input_bound": times,
    "accelerator_idle": times,
}


def evidence(
    finding: Finding,
    history: Sequence[Epoch],
    signals: Sequence[StageSignals],
    counts: Mapping[str, int],
    name: str,
) -> str:
    """The plot that shows a finding, with its epochs marked; `name` is its own on the page."""
    if finding.rule == "class_imbalance":
        return class_sizes(counts, name)
    if finding.rule == "dead_units":
        return dead_shares(signals, name)
    return _PLOTS[finding.rule](history, name, _span(finding, history))


def _span(finding: Finding, history: Sequence[Epoch]) -> Span | None:
    places = [
        place for place, row in enumerate(history) if row.stage == finding.stage and row.epoch >= finding.since_epoch
    ]
    return (places[0] - 0.5, places[-1] + 0.5) if places else None


def _rest(row: Epoch) -> float:
    # Times are measured one by one: their sum may be larger than the whole by a little.
    return max(0.0, row.seconds - row.data_seconds - row.step_seconds - row.callback_seconds)


def _by_epoch(
    history: Sequence[Epoch],
    name: str,
    title: str,
    lines: Mapping[str, tuple[Sequence[float], str]],
    span: Span | None,
    *,
    label: str,
    logarithmic: bool = False,
    finish: Callable[[Axes], None] = lambda axes: None,
) -> str:
    spread = _spread(values for values, _ in lines.values())
    with mpl.rc_context(STYLE):
        drawn, axes = figure(2.9)
        for key, (values, colour) in lines.items():
            shown = [value if _drawable(value, logarithmic) else math.nan for value in values]
            style = ("o" if len(history) < 3 else "") + (":" if key in _DOTTED else "-")
            axes.plot(range(len(history)), shown, style, color=colour, linewidth=1.8, label=key)
        if logarithmic:
            axes.set_yscale("log")
            # A loss or a norm often stays within one decade.
            axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if spread > 100 else (1.0, 2.0, 5.0)))
            axes.yaxis.set_major_formatter(_PLAIN)
            axes.minorticks_off()
        _frame(axes, history, span)
        axes.set_ylabel(label)
        finish(axes)
        if len(lines) > 1:
            _legend(axes)
        return svg(drawn, name, title)


def _drawable(value: float, logarithmic: bool) -> bool:
    return math.isfinite(value) and (value > 0 or not logarithmic)


def _spread(lines: Iterable[Sequence[float]]) -> float:
    """Largest of all values above 0 against the smallest."""
    values = [value for line in lines for value in line if _drawable(value, logarithmic=True)]
    return max(values) / min(values) if values else 1.0


def _frame(axes: Axes, history: Sequence[Epoch], span: Span | None) -> None:
    """Epochs along the bottom, borders between stages, and the epochs of a finding shaded."""
    axes.set_xlim(-0.6, len(history) - 0.4)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    grid(axes, "y")
    if span:
        axes.axvspan(*span, color=LINE, alpha=0.45, linewidth=0, zorder=0)
    starts = [place for place, row in enumerate(history) if not place or row.stage != history[place - 1].stage]
    for place in starts[1:]:
        axes.axvline(place - 0.5, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    if len(starts) > 1:
        for place in starts:
            axes.annotate(
                short(history[place].stage, 14), (place - 0.5, 1), (2, 2), xycoords=axes.get_xaxis_transform(),
                textcoords="offset points", va="bottom", fontsize=9, color=MUTED,
            )  # fmt: skip


def _legend(axes: Axes) -> None:
    axes.figure.legend(
        *axes.get_legend_handles_labels(), loc="outside upper left", ncols=4, frameon=False, fontsize=9.5,
        labelcolor=MUTED, handlelength=1.2, columnspacing=1.2, handletextpad=0.4, borderaxespad=0.2,
    )  # fmt: skip
