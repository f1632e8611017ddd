"""`report.html` of a study: one page that needs nothing else, for reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from sporeprint_training.artefact import write_bytes
from sporeprint_training.reports.page import config_lines, render_page
from sporeprint_training.run import Run
from sporeprint_training.tune import plots
from sporeprint_training.tune.axes import Choice
from sporeprint_training.tune.group import Group
from sporeprint_training.tune.results import BEST_FILE, REPORT_FILE, TRIALS_FILE
from sporeprint_training.tune.study import MADE_FROM, StudyStore
from sporeprint_training.tune.trials import outcome_of, params_of, state_of

TEMPLATE = Path(__file__).parent / "templates" / "report.html.j2"
SHOWN_BEST, SHOWN_FAILED = 10, 20
"""Rows; the rest is in trials.csv."""
WAYS = {
    "grid": "A grid",
    "random": "A random search",
    "bayesian": "A Bayesian search (tree-structured Parzen estimator)",
}


def write_report(store: StudyStore, run: Run | None) -> None:
    """Write the page; `run` is the one trained with the best configuration, if any."""
    trials, metric = store.trials, store.group.settings.metric
    best = plots.sorted_best(trials, metric)
    failed = [trial for trial in trials if state_of(trial) == "failed"]
    shares = plots.importances(store.study)
    page = render_page(
        TEMPLATE,
        {"value": _value, "per_cent": lambda value: f"{100 * value:.1f} %"},
        name=store.group.name,
        dataset=store.study.user_attrs[MADE_FROM]["dataset"],
        way=WAYS[store.group.settings.type],
        settings=store.group.settings,
        size=store.group.space.size,
        standing=store.standing,
        lost=sum(state_of(trial) == "lost" for trial in trials),
        metric=plots.TITLES[metric],
        axes=[axis.name for axis in store.group.space.axes],
        best=[{"number": trial.number, "params": params_of(trial), **outcome_of(trial)} for trial in best[:SHOWN_BEST]],
        run=run.record if run else None,
        minutes=sum(outcome_of(trial).get("seconds", 0.0) for trial in trials) / 60,
        failed=[
            {"number": trial.number, "params": params_of(trial), **outcome_of(trial)} for trial in failed[:SHOWN_FAILED]
        ],
        plots={name: Markup(drawn) for name, drawn in _plots(store, shares).items()},
        n_best=plots.n_best(len(best)),
        files={"best": BEST_FILE, "trials": TRIALS_FILE},
        lines=_lines(store.group),
    )
    write_bytes(store.folder / REPORT_FILE, page)


def _plots(store: StudyStore, shares: Mapping[str, float] | None) -> dict[str, str]:
    trials, axes, metric = store.trials, store.group.space.axes, store.group.settings.metric
    drawn = {"history": plots.history(trials, metric)}
    if axes and store.best is not None:
        drawn["parallel"] = plots.parallel(trials, axes, metric)
        drawn["slices"] = plots.slices(trials, axes, metric)
    if shares:
        drawn["importance"] = plots.importance(dict(shares))
    return drawn


def _value(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _lines(group: Group) -> list[tuple[str, str]]:
    # Of what is chosen among, the short texts.
    return config_lines(
        group.content, {axis.name: ", ".join(axis.labels) for axis in group.space.axes if isinstance(axis, Choice)}
    )
