"""A search as a whole, with a stand-in for training: results, failures, budgets."""

from __future__ import annotations

import json
import re
from itertools import product
from statistics import median

import pytest

from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.run_config import load_run_config
from sporeprint_training.tune.group import read_group
from sporeprint_training.tune.tune import tune
from stand_in_trial import DIES, DIES_ONCE, ENGINE, FAILS, LOG, PREPARED
from tuned_studies import SEARCHED, table, tried

GRID = {
    "batch_size": [16, 64],
    "max_epochs": 3,
    "model": {"base": ["compact", "mobilenet_v2"], "learning_rate": [1e-4, 1e-3, 1e-2, 0.1, 1]},
}


@pytest.fixture(scope="module")
def listed(coloured, workers, tmp_path_factory):
    """A grid of twenty."""
    folder = tmp_path_factory.mktemp("listed")
    (folder / "runs").mkdir()
    (folder / "twenty.json").write_text(json.dumps(GRID))
    group = read_group(folder / "twenty.json")
    return tune(coloured, folder / "runs", group, workers, retrain=False, engine=ENGINE)


def test_a_grid_tries_every_combination_once_in_the_files_order_and_keeps_the_best(listed):
    rows = table(listed)
    rates = ("0.0001", "0.001", "0.01", "0.1", "1")
    assert tried(rows, "complete") == list(product(("16", "64"), ("compact", "mobilenet_v2"), rates))
    assert (listed.standing.tried, listed.standing.failed, listed.standing.waiting) == (20, 0, 0)
    assert listed.val_accuracy == max(float(row["val_accuracy"]) for row in rows)


def test_best_json_is_a_run_config_with_every_key(listed):
    content = json.loads((listed.folder / "best.json").read_bytes())
    best = load_run_config(listed.folder / "best.json")
    assert best.model_dump(mode="json") == content
    assert [str(best.batch_size), best.model.base, f"{best.model.learning_rate:g}"] == list(listed.best.values())


def test_trials_that_share_a_backbone_prepare_it_once_and_before_the_first_trial(listed):
    runs = listed.folder.parents[1]
    assert sorted((runs / PREPARED).read_text().split()) == ["compact", "mobilenet_v2"]
    assert (runs / PREPARED).stat().st_mtime <= (runs / LOG).stat().st_ctime


def test_failing_and_dying_trials_are_failed_and_the_others_go_on(make_group, search):
    tuned = search(make_group({"seed": [0, FAILS, DIES, DIES_ONCE, 5], "max_epochs": 1}), report=True)
    rows = table(tuned)
    assert sorted(tried(rows, "complete")) == [("0",), (str(DIES_ONCE),), ("5",)]
    assert sorted(tried(rows, "failed")) == [(str(FAILS),), (str(DIES),)]
    # What died was tried a second time, and its first try says so.
    assert sorted(tried(rows, "lost")) == [(str(DIES),), (str(DIES_ONCE),)]
    assert (tuned.standing.tried, tuned.standing.failed) == (5, 2)
    errors = {row["seed"]: row["error"] for row in rows if row["state"] == "failed"}
    assert "Lower model.learning_rate" in errors[str(FAILS)]
    assert "died" in errors[str(DIES)]
    page = (tuned.folder / "report.html").read_text(encoding="utf-8")
    assert "Lower model.learning_rate" in page


def test_a_search_without_any_result_says_why(make_group, search):
    with pytest.raises(StepFailed, match=r"2 failed, the first with: The loss stays a finite number"):
        search(make_group({"seed": FAILS, "batch_size": [16, 32]}))


def test_weights_that_are_not_there_are_named_before_the_first_trial(make_group, search, runs):
    model = {"base": ["compact", {"base": "mobilenet_v2", "weights": "nowhere.h5"}]}
    with pytest.raises(BadInput, match=r"nowhere\.h5"):
        search(make_group({"model": model}))
    assert not list(runs.iterdir())


@pytest.mark.parametrize("type_", ["random", "bayesian"])
def test_twenty_drawn_trials_beat_the_median_of_as_many_of_a_grid(make_group, search, listed, type_):
    drawn = search(make_group(SEARCHED, type=type_, trials=20))
    assert drawn.standing.complete == listed.standing.complete == 20
    assert drawn.val_accuracy > median(float(row["val_accuracy"]) for row in table(listed))
    assert len(set(tried(table(drawn)))) == 20


def test_a_drawn_search_of_few_combinations_tries_each_once_and_ends(make_group, search):
    tuned = search(make_group({"batch_size": [16, 32], "seed": [1, 2, 3], "max_epochs": 1}, type="bayesian", trials=50))
    assert sorted(tried(table(tuned))) == [(b, s) for b in ("16", "32") for s in ("1", "2", "3")]


def test_pruning_stops_trials_that_are_worse_than_the_others(make_group, search):
    rates = [0.5, 0.4, 0.3, 0.2, 1e-4, 2e-4]
    keys = {"pruning": True, "startup_trials": 3, "warmup_epochs": 1}
    tuned = search(make_group({"max_epochs": 6, "model": {"learning_rate": rates}}, **keys), jobs=1)
    rows = {row["model.learning_rate"]: row for row in table(tuned)}
    assert {rate for rate, row in rows.items() if row["state"] == "pruned"} >= {"0.0001", "0.0002"}
    assert {row["epochs"] for row in rows.values() if row["state"] == "pruned"} == {"2"}
    assert rows["0.5"]["epochs"] == "6"


def test_a_budget_of_trials_can_be_raised_later(make_group, search):
    first = search(make_group(GRID, trials=4))
    assert (first.standing.tried, first.standing.waiting) == (4, 0)
    with pytest.raises(BadInput, match="--resume"):
        search(make_group(GRID, trials=6))
    more = search(make_group(GRID, trials=6), resume=True)
    assert more.standing.tried == 6
    assert len(set(tried(table(more)))) == 6


def test_once_the_time_is_over_none_begins_but_the_first(make_group, search):
    tuned = search(make_group(GRID, minutes=1e-9))
    assert (tuned.standing.tried, tuned.standing.waiting) == (1, 19)
    more = search(make_group(GRID, minutes=10), resume=True)
    assert (more.standing.tried, more.standing.waiting) == (20, 0)


def test_a_search_continues_only_with_what_it_began_with(make_group, search):
    group = make_group({"batch_size": [16, 32], "max_epochs": 1, "model": {"learning_rate": [0.1]}})
    search(group)
    changed = {"batch_size": [16, 64], "max_epochs": 1, "model": {"learning_rate": [0.1, 0.2]}}
    with pytest.raises(BadInput, match=r"these differ: batch_size, model\.learning_rate\."):
        search(make_group(changed), resume=True)


def test_the_report_needs_nothing_but_itself(listed):
    page = (listed.folder / "report.html").read_text(encoding="utf-8")
    assert page.count('role="img"') == 4  # history, parallel coordinates, importance, slices
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!#|data:)', page)
    assert not re.findall(r'style="', page)
    for name in ("learning_rate", "base", "batch_size"):
        assert name in page
