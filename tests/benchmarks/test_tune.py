"""The benchmark of tuning compares the grid that it says with trainings of the same configurations."""

from __future__ import annotations

from sporeprint_training.tune.group import Group, GroupConfig
from sporeprint_training.tune.space import read_space
from tune_benchmark.grid import local_grid
from tune_benchmark.measure import one_of_each, reckoned


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
