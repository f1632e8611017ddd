"""Splits that stay as they were, and never divide what belongs together."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.dataset.clean import Cleaned, clean
from sporeprint_training.dataset.divide import Assigned, Divided, divide
from sporeprint_training.dataset.gather import Gathered
from sporeprint_training.dataset.observations import Observation
from sporeprint_training.dataset.occasion import Occasion
from sporeprint_training.dataset.options import IngestOptions
from sporeprint_training.dataset.placement import Placements
from sporeprint_training.dataset.prepare import Prepared
from sporeprint_training.dataset.similar import NEAR
from sporeprint_training.dataset.sources import PhotoFile
from sporeprint_training.dataset.store import SPLITS, read_dataset
from sporeprint_training.errors import BadInput

SCENES = (0x9C3A55F0C33A6A1B, 0x5AA5F00F3CC36996, 0x0123456789ABCDEF)
OPTIONS = IngestOptions(split_val=0.2, split_test=0.2)
Shot = tuple[str, int, int, int]
"""Species, observation (0: none), picture's hash, and what the file holds."""


def shots(contents: st.SearchStrategy[int]) -> st.SearchStrategy[list[Shot]]:
    # Up to five bits away from one of three scenes: some are near each other, some only through a third.
    bits = st.lists(st.integers(0, 63), max_size=5, unique=True)
    seen = st.one_of(st.none(), st.builds(lambda scene, flips: scene ^ sum(1 << bit for bit in flips),
                                          st.sampled_from(SCENES), bits))  # fmt: skip
    shot = st.tuples(st.sampled_from("abc"), st.integers(0, 6), seen, contents)
    return st.lists(shot, min_size=1, max_size=14)


def cleaned(taken: list[Shot], **facts: list[str]) -> Cleaned:
    files, observations, prepared = [], [], []
    for number, (species, find, picture, content) in enumerate(taken):
        files.append(PhotoFile(Path("photos"), f"{species}/{number:02d}.jpg", species))
        observed_on = facts["dates"][number] if "dates" in facts else ""
        observer = facts["observers"][number] if "observers" in facts else ""
        observations.append(
            Observation(f"https://e.org/{find}" if find else "", "", "", Occasion(observed_on), observer)
        )
        sha = sha256_bytes(str(content).encode())
        prepared.append(Prepared(sha256=sha, pixels_sha256=sha[::-1], hash=picture))
    return clean(Gathered(tuple(files), tuple(observations), (), (), (), Placements()), prepared)


def assigned(divided: Divided) -> Assigned:
    return Assigned(splits=split_of(divided))


def split_of(divided: Divided) -> dict[str, str]:
    pairs = zip(divided.photos, divided.groups, strict=True)
    return {photo.prepared.sha256: divided.splits[group] for photo, group in pairs}


def check_nothing_on_two_sides(found: Cleaned, divided: Divided) -> None:
    splits = split_of(divided)
    by_find = defaultdict(set)
    for photo in divided.photos:
        by_find[photo.observation_id].add(splits[photo.prepared.sha256])
    by_photo = {photo.photo_id: {splits[photo.prepared.sha256]} for photo in divided.photos}
    for one, other in found.linked:
        assert one not in by_photo or len(by_photo[one] | by_find[other]) == 1
    assert all(len(sides) <= 1 for sides in by_find.values())
    for one, other in combinations(divided.photos, 2):
        hashes = one.prepared.hash, other.prepared.hash
        if None not in hashes and (hashes[0] ^ hashes[1]).bit_count() <= NEAR:
            assert splits[one.prepared.sha256] == splits[other.prepared.sha256]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(shots(st.integers(0, 12)), shots(st.integers(0, 25)), st.integers(0, 3))
def test_no_observation_exact_or_near_duplicate_is_on_two_sides_also_after_adding(first, more, seed):
    options = OPTIONS.model_copy(update={"seed": seed})
    before = cleaned(first)
    old = divide(before, options, Assigned())
    check_nothing_on_two_sides(before, old)
    both = cleaned(first + more)
    new = divide(both, options, assigned(old))
    check_nothing_on_two_sides(both, new)
    was, now = split_of(old), split_of(new)
    moved = {sha for sha in was if now[sha] != was[sha]}
    assert all(SPLITS.index(now[sha]) < SPLITS.index(was[sha]) for sha in moved)
    assert any("changed their split" in line for line in new.warnings) == bool(moved)
    assert len(new.photos) + len(new.removed) == len(both.kept)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(shots(st.integers(0, 10**6)), shots(st.integers(10**6 + 1, 10**9)), st.integers(0, 3))
def test_new_photos_move_no_old_one(first, more, seed):
    options = OPTIONS.model_copy(update={"seed": seed})
    was = split_of(old := divide(cleaned(first), options, Assigned()))
    now = divide(cleaned(first + more), options, assigned(old))
    assert {sha: split_of(now)[sha] for sha in was} == was
    assert not any("changed their split" in line for line in now.warnings)


def test_the_same_photos_again_are_divided_as_the_first_time():
    taken = [("a", 0, None, number) for number in range(40)]
    first = divide(cleaned(taken), OPTIONS, Assigned())
    assert split_of(divide(cleaned(taken), OPTIONS, assigned(first))) == split_of(first)


def test_new_photos_fill_the_shares_that_the_old_ones_left():
    old = Assigned(splits={sha256_bytes(str(number).encode()): "train" for number in range(30)})
    splits = list(split_of(divide(cleaned([("a", 0, None, n) for n in range(60)]), OPTIONS, old)).values())
    assert (splits.count("val"), splits.count("test")) == (12, 12)


def test_a_new_photo_that_joins_two_splits_is_left_out_and_the_old_ones_stay():
    scene = SCENES[0]
    old = Assigned(splits={sha256_bytes(b"0"): "train", sha256_bytes(b"1"): "test"})
    far = scene ^ 0xFFF
    taken = [("a", 0, scene, 0), ("a", 0, far, 1), ("b", 0, scene ^ 0x3F, 2)]
    divided = divide(cleaned(taken), OPTIONS, old)
    assert [(item.source_file, item.reason) for item in divided.removed] == [("b/02.jpg", "joins_splits")]
    assert set(split_of(divided).values()) == {"train", "test"}
    assert "b/02.jpg" in divided.warnings[0]


def test_old_photos_that_turn_out_to_be_one_find_go_where_a_model_may_have_learned_from_them():
    old = Assigned(splits={sha256_bytes(b"0"): "val", sha256_bytes(b"1"): "test", sha256_bytes(b"2"): "test"})
    divided = divide(cleaned([("a", 1, None, 0), ("a", 1, None, 1), ("a", 2, None, 2)]), OPTIONS, old)
    assert sorted(split_of(divided).values()) == ["test", "val", "val"]
    assert [line for line in divided.warnings if line.startswith("1 photos changed their split, such as a/01.jpg")]


def test_pictures_of_two_species_that_look_the_same_are_conflicts():
    divided = divide(cleaned([("a", 0, SCENES[0], 0), ("b", 0, SCENES[0] ^ 1, 1)]), OPTIONS, Assigned())
    assert [{one.species, other.species} for one, other in divided.conflicts] == [{"a", "b"}]


def test_by_observer_nobody_is_on_two_sides_and_unknown_ones_stand_alone():
    observers = [f"Observer {number % 8}" for number in range(40)] + [""] * 10
    found = cleaned([("a", 0, None, number) for number in range(50)], observers=observers)
    divided = divide(found, OPTIONS.model_copy(update={"split_by": "observer"}), Assigned())
    by_observer = defaultdict(set)
    for photo in divided.photos:
        by_observer[photo.observer].add(split_of(divided)[photo.prepared.sha256])
    assert len(by_observer.pop("")) > 1
    assert len(by_observer) == 8
    assert all(len(sides) == 1 for sides in by_observer.values())
    assert set(divided.splits.values()) == set(SPLITS)


def test_by_time_the_latest_finds_of_each_species_are_tested_on_and_undated_ones_trained_on():
    dates = [f"20{year:02d}-0{1 + number % 9}" for number, year in enumerate([*range(20), *range(20)])] + [""] * 5
    taken = [("a" if number % 45 < 20 else "b", 0, None, number) for number in range(45)]
    divided = divide(cleaned(taken, dates=dates), OPTIONS.model_copy(update={"split_by": "time"}), Assigned())
    for species in "ab":
        ends = {split: [] for split in SPLITS}
        for photo in divided.photos:
            if photo.species == species:
                ends[split_of(divided)[photo.prepared.sha256]].append(photo.occasion.observed_on)
        assert max(ends["train"]) < min(ends["val"]) <= max(ends["val"]) < min(ends["test"])
        assert len(ends["test"]) == (4 if species == "a" else 5)
    assert {split_of(divided)[photo.prepared.sha256] for photo in divided.photos if not photo.occasion.observed_on} == {
        "train"
    }


@pytest.mark.parametrize("unreadable", [True, False])
def test_what_is_not_as_asked_is_said(unreadable, source, run, tmp_path):
    folder = source()
    run(folder)
    if unreadable:
        (tmp_path / "dataset" / "dataset.h5").write_bytes(b"damaged")
        assert any("cannot be read" in line for line in run(folder).warnings)
    else:
        assert any("--resplit" in line for line in run(folder, seed=3).warnings)
        assert not any("--resplit" in line for line in run(folder, seed=3, resplit=True).warnings)


def test_photos_added_to_a_data_set_on_disk_leave_the_old_ones_where_they_were(source, run, tmp_path):
    first = source({"Amanita virosa": 20, "Boletus edulis": 20}, size=(100, 75))
    run(first)
    old = read_dataset(tmp_path / "dataset").photos.set_index("pixels_sha256")
    more = source({"Amanita virosa": 30, "Suillus luteus": 12}, name="more", first_seed=100, size=(100, 75))
    # Stored smaller, every photo has another file.
    run(first, more, max_side=64)
    new = read_dataset(tmp_path / "dataset").photos.set_index("pixels_sha256")
    assert len(new) == 82
    assert not set(new["sha256"]) & set(old["sha256"])
    assert new.loc[old.index, "split"].astype(str).tolist() == old["split"].astype(str).tolist()
    assert set(new[~new.index.isin(old.index)]["split"]) == {"train", "val", "test"}


def test_another_kind_of_split_needs_a_new_draw(source, run, tmp_path):
    folder = source()
    run(folder)
    with pytest.raises(BadInput, match=r"split by observation.*--resplit"):
        run(folder, split_by="observer")
    run(folder, split_by="observer", resplit=True)
    assert read_dataset(tmp_path / "dataset").info.split_by == "observer"
    run(folder, split_by="observer")


def test_other_photos_in_the_same_folder_are_drawn_without_a_word(source, run):
    run(source())
    assert not any("--resplit" in line for line in run(source(name="others", first_seed=500), seed=9).warnings)
