"""What every report says of the configuration that it is about."""

from __future__ import annotations

from sporeprint_training.reports.page import config_lines


def test_a_configuration_is_lines_of_dotted_keys():
    config = {"seed": 0, "model": {"base": "compact", "weights": None}, "reference": {"regions": ["Europe", "Asia"]}}
    assert config_lines(config) == [
        ("seed", "0"),
        ("model.base", "compact"),
        ("model.weights", "–"),
        ("reference.regions", "Europe, Asia"),
    ]


def test_each_stage_has_lines_of_its_own():
    stages = {"stages": [{"epochs": 3, "layers": "none"}, {"epochs": 2, "data_augmentation": {"flip": "both"}}]}
    assert config_lines(stages) == [
        ("stages.0.epochs", "3"),
        ("stages.0.layers", "none"),
        ("stages.1.epochs", "2"),
        ("stages.1.data_augmentation.flip", "both"),
    ]


def test_nobody_learns_where_files_lie_on_a_disk():
    config = {"weights": ["/home/ada/secret/a.h5", "imagenet"], "warm_start": "/home/ada/runs/first"}
    assert config_lines(config) == [("weights", "a.h5, imagenet"), ("warm_start", "first")]


def test_a_key_may_be_said_in_other_words():
    assert config_lines({"model": {"base": [{"base": "hub"}]}}, {"model.base": "insects"}) == [
        ("model.base", "insects")
    ]
