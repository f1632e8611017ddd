"""The benchmark of tuning compares the grid that it says with trainings of the same configurations."""

from __future__ import annotations

import numpy as np
from PIL import Image

from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.run_config import load_run_config
from sporeprint_training.tune.group import Group, GroupConfig
from sporeprint_training.tune.space import read_space
from tune_benchmark.grid import local_grid
from tune_benchmark.measure import one_of_each, reckoned
from tune_benchmark.plain import plain_fit


def test_the_grid_is_the_capstones_72_runs_and_both_backbones_are_trained_plainly(real_data):
    content = local_grid(real_data)
    space, faults = read_space({key: value for key, value in content.items() if not key.startswith("_run_group_")})
    assert (space.size, faults) == (72, [])
    chosen = one_of_each(Group(GroupConfig(name="grid"), space, content))
    assert set(chosen) == {"mobilenet_v2", "hub"}
    assert {(item.batch_size, item.model.learning_rate, item.max_epochs) for item in chosen.values()} == {
        (32, 0.0005, 30)
    }


def test_plain_runs_are_reckoned_from_the_measured_ones():
    assert reckoned([10.0, 30.0], 72) == 72 * 20.0


def test_a_plain_training_says_how_long_it_took_and_what_it_reached(tmp_path):
    for name, colour in (("Amanita muscaria", (190, 40, 30)), ("Lactarius indigo", (60, 80, 180))):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for index in range(12):
            pixels = np.random.default_rng(index).uniform(0.4, 1, (36, 36, 1)) * np.array(colour)
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "photos" / name / f"{index}.png")
    ingest([tmp_path / "photos"], tmp_path / "dataset", IngestOptions(name="two", split_val=0.2, report=False))
    config = load_run_config(None, {"model.base": "compact", "input.size": 32, "max_epochs": 9, "batch_size": 8})
    found = plain_fit(tmp_path / "dataset", config, epochs=2)
    assert found["epochs"] == 2
    assert found["seconds"] > 0
    assert 0 <= found["val_accuracy"] <= 1
