"""What a group's file says, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sporeprint_training.errors import BadInput
from sporeprint_training.run_config import load_run_config
from sporeprint_training.tune.group import GroupConfig, read_group

GRID = {"batch_size": [16, 32], "model": {"base": "compact", "learning_rate": [0.1, 0.01, 0.001]}}


def combinations(group):
    return [group.space.config(params) for params in group.space.combinations()]


def test_lists_at_any_depth_are_axes_and_every_combination_is_there_once(make_group):
    group = make_group(GRID | {"model": GRID["model"] | {"classifier": {"dropout": [0, 0.5]}}})
    found = combinations(group)
    values = [(c.batch_size, c.model.learning_rate, c.model.classifier.dropout) for c in found]
    assert values == [(b, r, d) for b in (16, 32) for r in (0.1, 0.01, 0.001) for d in (0, 0.5)]
    assert group.trials == group.space.size == 12


def test_the_capstones_grid_with_local_backbones_is_72_runs(real_data, write_group):
    content = json.loads((real_data / "run_configs" / "grid.flowers.json").read_bytes())
    weights = real_data / "weights"
    insects = {"base": "hub", "weights": str(weights / "hub_inat_insect_mobilenet_v2")}
    local = {"base": "mobilenet_v2", "weights": str(weights / "mobilenet_v2_1.0_224_imagenet_notop.weights.h5")}
    content["model"]["base"] = [local, insects]
    found = combinations(read_group(write_group(content)))
    assert len({config.model_dump_json() for config in found}) == len(found) == 72
    assert {(config.model.base, config.model.weights) for config in found} == {
        (item["base"], item["weights"]) for item in (local, insects)
    }
    assert {config.callbacks.early_stopping.start_from_epoch for config in found} == {5}


def test_a_backbones_own_defaults_hold_for_its_combinations_alone(make_group):
    found = combinations(make_group({"model": {"base": ["compact", "mobilenet_v2"]}}))
    alone = [load_run_config(None, {"model.base": base}) for base in ("compact", "mobilenet_v2")]
    assert found == alone
    assert found[0].batch_size != found[1].batch_size


def test_whole_sections_are_chosen_among_and_lists_of_lists_where_a_key_takes_a_list(make_group):
    stages = [[{"epochs": 2, "layers": "none"}], [{"epochs": 1}, {"epochs": 3, "learning_rate": 1e-5}]]
    group = make_group(
        {"model": {"base": "compact", "optimizer": ["adam", {"name": "sgd", "momentum": 0.8}]}, "stages": stages}
    )
    found = combinations(group)
    assert [(c.model.optimizer.name, len(c.stages)) for c in found] == [
        ("adam", 1),
        ("adam", 2),
        ("sgd", 1),
        ("sgd", 2),
    ]
    assert found[-1].model.optimizer.momentum == 0.8


def test_stages_that_are_listed_once_may_hold_axes(make_group):
    group = make_group({"stages": [{"epochs": 1, "layers": "none"}, {"epochs": [2, 4], "learning_rate": [1e-5, 1e-4]}]})
    assert [axis.name for axis in group.space.axes] == ["stages.1.epochs", "stages.1.learning_rate"]
    assert [c.stages[1].epochs for c in combinations(group)] == [2, 2, 4, 4]
    assert combinations(group)[0].stages[0].layers == "none"


def test_a_file_without_an_axis_is_a_group_of_one(make_group):
    group = make_group({"max_epochs": 2, "reference": {"regions": ["europe"]}})
    assert group.trials == 1
    assert combinations(group)[0].reference.regions == ("europe",)


def test_a_range_says_its_scale_and_takes_whole_numbers_where_the_key_does(make_group):
    group = make_group(
        {
            "batch_size": {"min": 8, "max": 64, "step": 8},
            "model": {"learning_rate": {"min": 1e-5, "max": 1, "scale": "log"}},
        },
        type="random",
    )
    batch, rate = group.space.axes
    assert batch.known == tuple(range(8, 65, 8))
    assert all(isinstance(value, int) for value in batch.known)
    assert (rate.log, rate.known, group.trials) == (True, None, 20)


@pytest.mark.parametrize(
    ("content", "keys", "said"),
    [
        ({"model": {"lerning_rate": [1, 2]}}, {}, "model.lerning_rate is not a key, the nearest is model.learning"),
        ({}, {"tipe": "grid"}, "_run_group_tipe is not a key, the nearest is _run_group_type"),
        ({"batch_size": [16, 0]}, {}, "batch_size = 0: "),
        ({"batch_size": []}, {}, "at least one value"),
        ({"batch_size": [16, 16]}, {}, "the same value is listed twice"),
        ({"model": {"learning_rate": {"min": 1, "max": 1000}}}, {"type": "random"}, "model.learning_rate = 1000"),
        ({"model": {"learning_rate": {"min": 1e-4, "max": 1e-2}}}, {}, "a grid has lists"),
        ({"batch_size": {"min": 8, "max": 16, "scal": "log"}}, {"type": "random"}, "the nearest is batch_size.scale"),
        ({"batch_size": {"min": 0, "max": 16, "scale": "log"}}, {"type": "random"}, "above 0"),
        ({"batch_size": {"min": 8, "max": 16.5}}, {"type": "random"}, "takes whole numbers"),
        ({"model": {"label_smoothing": [0, 0.1]}}, {"metric": "val_loss"}, "compare by val_accuracy"),
        ({}, {"retrain": {"max_epoch": 9}}, "_run_group_retrain: max_epoch is not a key"),
        ({"batch_size": [{"max_epochs": 1, "batch_size": 2}, 16], "max_epochs": [1, 2]}, {}, "sets max_epochs"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_that_names_it(write_group, content, keys, said):
    with pytest.raises(BadInput) as caught:
        read_group(write_group(content, **keys))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_faults_of_all_combinations_are_named_together(write_group):
    content = {"batch_size": [0, 16], "max_epochs": [5, -1], "modle": {}, "model": {"base": ["compact", "nonsense"]}}
    with pytest.raises(BadInput) as caught:
        read_group(write_group(content, metrik="val_loss"))
    for said in ("batch_size = 0", "max_epochs = -1", "modle is not a key", '"nonsense"', "_run_group_metrik"):
        assert said in str(caught.value)
    assert str(caught.value).count("batch_size = 0") == 1


DOCS = (Path(__file__).parents[3] / "docs" / "tuning.md").read_text(encoding="utf-8")


def test_the_documented_example_is_a_group_that_is_accepted(tmp_path):
    (tmp_path / "example.json").write_text(DOCS.partition("```json")[2].partition("```")[0])
    group = read_group(tmp_path / "example.json")
    assert (group.settings.type, group.trials, len(group.space.axes)) == ("bayesian", 40, 6)


@pytest.mark.parametrize("key", sorted(GroupConfig.model_fields))
def test_every_key_of_a_group_is_documented(key):
    assert f"`_run_group_{key}`" in DOCS
