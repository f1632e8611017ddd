"""A training that is killed goes on as if nothing had happened."""

from __future__ import annotations

import csv
import random

import numpy as np
import pytest

from killed_training import kill_after, some_time_after_a_checkpoint, start_training
from sporeprint_training.models import load_model
from sporeprint_training.run import read_run

KILLS = 10
VALUES = {
    "model.base": "compact",
    "input.size": 32,
    "batch_size": 4,
    "deterministic": True,
    "callbacks.checkpoint.every_seconds": 0,
    "model.optimizer.ema": 0.9,
    "model.classifier.dropout": 0.3,
    "stages": [
        {"epochs": 3, "layers": "all", "learning_rate_schedule": "cosine"},
        {"epochs": 3, "layers": "none", "learning_rate_schedule": "plateau"},
    ],
}


def finished(runs):
    (folder,) = [path for path in runs.iterdir() if (path / "run.json").is_file()]
    return read_run(folder)


def history(run):
    timed = ("seconds", "data_seconds", "step_seconds", "callback_seconds")
    with (run.folder / "history.csv").open(encoding="utf-8") as stream:
        return [{key: value for key, value in row.items() if key not in timed} for row in csv.DictReader(stream)]


@pytest.fixture(scope="module")
def unbroken(coloured, tmp_path_factory):
    """The run that nothing stopped."""
    runs = tmp_path_factory.mktemp("unbroken")
    process = start_training(coloured, runs, VALUES, resume=False)
    process.join()
    assert process.exitcode == 0
    return finished(runs)


@pytest.mark.slow
def test_killed_at_ten_random_moments_it_ends_as_the_run_that_nothing_stopped(unbroken, coloured, tmp_path):
    draw, killed, resume = random.Random(3), 0, False
    while killed < KILLS:
        moment = some_time_after_a_checkpoint(tmp_path, draw)
        process = start_training(coloured, tmp_path, VALUES, resume=resume)
        assert kill_after(process, moment), f"it ended after {killed} kills"
        killed, resume = killed + 1, True
    process = start_training(coloured, tmp_path, VALUES, resume=True)
    process.join()
    assert process.exitcode == 0
    run = finished(tmp_path)
    assert run.record.id == unbroken.record.id
    for ours, theirs in zip(load_model(run).get_weights(), load_model(unbroken).get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert history(run) == history(unbroken)
    assert run.record.metrics == unbroken.record.metrics
    assert not (tmp_path / ".unfinished").exists()
    assert list((run.folder / "tensorboard" / "stage_1").rglob("events.*"))
