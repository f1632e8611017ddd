"""`sporeprint tune` and `sporeprint runs` with real training on small photos."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from sporeprint_training.compact import compact
from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.run import read_run


def sporeprint(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = "from sporeprint.cli import main\nif __name__ == '__main__':\n    main()\n"
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A data set of two colours, weights for a frozen backbone, and a grid of four with one learning rate too many."""
    folder = tmp_path_factory.mktemp("tuned")
    draw = np.random.default_rng(0)
    for name, colour in (("Amanita muscaria", (190, 40, 30)), ("Lactarius indigo", (60, 80, 180))):
        (folder / "photos" / name).mkdir(parents=True)
        for index in range(14):
            pixels = draw.uniform(0.4, 1, (40, 40, 1)) * np.array(colour)
            Image.fromarray(pixels.astype(np.uint8)).save(folder / "photos" / name / f"{index}.png")
    ingest([folder / "photos"], folder / "dataset", IngestOptions(name="two", split_val=0.2, report=False))
    weights = folder / "compact.weights.h5"
    compact(keras.Input((32, 32, 3))).save_weights(weights)
    group = {
        "_run_group_retrain": {"max_epochs": 3},
        "input": {"size": 32},
        "max_epochs": 2,
        "batch_size": [8, 16],
        "dataset": {"data_augmentation": False},
        "model": {"base": "compact", "weights": str(weights), "learning_rate": [0.001, 0.01]},
    }
    (folder / "small.json").write_text(json.dumps(group))
    (folder / "place.json").write_text(json.dumps({"runs_dir": "all", "runs_hdf": "all.h5", "runs_hdf_key": "runs"}))
    return folder


@pytest.fixture(scope="module")
def tuned(place) -> dict[str, object]:
    done = sporeprint(
        "tune", place / "dataset", "--config", place / "small.json", "--runs", place / "place.json", "--json"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_prints_the_agreed_keys_and_trains_the_best_longer(tuned, place):
    assert list(tuned) == ["trials", "failed", "best", "seconds"]
    assert (tuned["trials"], tuned["failed"]) == (4, 0)
    run = read_run(place / "all" / tuned["best"]["run"]).record
    assert tuned["best"]["top1"] == run.metrics.top1
    assert run.config.max_epochs == 3
    best = json.loads((place / "all" / "studies" / "small" / "best.json").read_bytes())
    assert best["max_epochs"] == 2
    assert best["model"]["learning_rate"] == run.config.model.learning_rate


def test_runs_shows_the_search_and_the_run_where_the_file_says_that_they_lie(tuned, place):
    done = sporeprint("runs", place / "place.json", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert [row["id"] for row in found["runs"]] == [tuned["best"]["run"]]
    (study,) = found["studies"]
    assert (study["name"], study["standing"]["complete"], study["run"]) == ("small", 4, tuned["best"]["run"])
    assert (place / "all" / "all.h5").is_file()


def test_a_second_search_of_a_name_is_refused_and_continuing_a_finished_one_repeats_nothing(tuned, place):
    command = ("tune", place / "dataset", "--config", place / "small.json", "--runs", place / "all")
    refused = sporeprint(*command)
    assert refused.returncode == 2
    assert "--resume" in refused.stderr
    again = sporeprint(*command, "--resume", "--no-retrain", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1])["trials"] == 4
    with (place / "all" / "studies" / "small" / "trials.csv").open(encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == 4
