"""The draw of train, validation and test."""

from __future__ import annotations

from collections import Counter

import pytest

from sporeprint_training.dataset.split import split_groups


def _counts(photos, chosen):
    return Counter(chosen[group] for group in photos)


def test_shares_are_kept_within_each_species():
    photos = {name: [f"{name}{number}" for number in range(100)] for name in ("a", "b", "c")}
    chosen = split_groups(photos, val=0.2, test=0.1, seed=0)
    for groups in photos.values():
        assert _counts(groups, chosen) == {"train": 70, "val": 20, "test": 10}


@pytest.mark.parametrize("sizes", [(1, 1, 1), (1, 1, 98), (40, 30, 30), (1, 1, 1, 1), (2, 2, 2, 50)])
def test_three_groups_are_enough_for_every_split(sizes):
    groups = [f"g{index}" for index, size in enumerate(sizes) for _ in range(size)]
    for seed in range(20):
        chosen = split_groups({"a": groups}, val=0.15, test=0.15, seed=seed)
        assert set(chosen.values()) == {"train", "val", "test"}


def test_two_groups_are_for_training_and_testing_and_one_for_training():
    assert set(split_groups({"a": ["x", "x", "y"]}, val=0.2, test=0.2, seed=0).values()) == {"train", "test"}
    assert split_groups({"a": ["x", "x"]}, val=0.2, test=0.2, seed=0) == {"x": "train"}


def test_a_split_that_nobody_asked_for_stays_empty():
    chosen = split_groups({"a": [str(number) for number in range(50)]}, val=0, test=0.2, seed=0)
    assert _counts(chosen, chosen) == {"train": 40, "test": 10}


def test_a_group_of_two_species_has_one_split_and_counts_for_both():
    photos = {"a": [*"0123456789", "shared"], "b": [*"klmnopqrst", "shared"]}
    for seed in range(30):
        chosen = split_groups(photos, val=0.1, test=0.1, seed=seed)
        for groups in photos.values():
            assert _counts(groups, chosen) == {"train": 9, "val": 1, "test": 1}


def test_photos_of_other_species_do_not_move_a_split():
    groups = [str(number) for number in range(30)]
    alone = split_groups({"b": groups}, val=0.2, test=0.2, seed=4)
    beside = split_groups({"a": ["x", "y", "z"], "b": groups[::-1]}, val=0.2, test=0.2, seed=4)
    assert {group: beside[group] for group in groups} == alone
