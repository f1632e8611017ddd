"""How many photos of a species are taken, and which."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sporeprint_training.dataset.limits import Limits
from sporeprint_training.dataset.selection import select
from sporeprint_training.dataset.store import read_beside, read_dataset

SPECIES = [("Amanita muscaria", 6), ("Boletus edulis", 3), ("Suillus luteus", 1)]


def records(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["species", "observation_id", "observer", "media"])
    return frame.assign(scientific_name=frame["species"], source="", line=range(1, len(frame) + 1))


def tail() -> pd.DataFrame:
    return records([(name, "", "", f"{name} {number}") for name, count in SPECIES for number in range(count)])


@pytest.mark.parametrize(
    ("limits", "after"),
    [
        (Limits(), dict(SPECIES)),
        (Limits(min_photos=2), {"Amanita muscaria": 6, "Boletus edulis": 3}),
        (Limits(max_photos=2), {"Amanita muscaria": 2, "Boletus edulis": 2, "Suillus luteus": 1}),
        (Limits(downsample=4), {"Amanita muscaria": 4, "Boletus edulis": 3, "Suillus luteus": 1}),
        (Limits(downsample="min"), {"Amanita muscaria": 1, "Boletus edulis": 1, "Suillus luteus": 1}),
        (Limits(min_photos=2, downsample="min"), {"Amanita muscaria": 3, "Boletus edulis": 3}),
        (Limits(max_photos=2, downsample=4), {"Amanita muscaria": 2, "Boletus edulis": 2, "Suillus luteus": 1}),
        (Limits(min_photos=7, downsample="min"), {}),
    ],
)
def test_species_have_as_many_photos_as_asked_for(limits, after):
    chosen = select(tail(), limits)
    assert chosen.before == dict(SPECIES)
    assert chosen.after == after == chosen.kept["species"].value_counts().to_dict()
    assert sum(chosen.rejected.values()) == 10 - sum(after.values())


def test_what_is_left_out_says_why():
    chosen = select(tail(), Limits(min_photos=2, max_photos=5))
    assert chosen.rejected == {"too_few_photos": 1, "above_max_photos": 1}
    few = chosen.removed[chosen.removed["reason"] == "too_few_photos"].iloc[0]
    assert (few["species"], few["source_file"], few["line"], few["detail"]) == (
        "Suillus luteus", "Suillus luteus 0", 10, "1 photos",
    )  # fmt: skip


def test_distinct_observations_go_before_further_photos_of_one_and_observers_take_turns():
    rows = [("a", f"find {number}", "Ann", f"{number}-{shot}") for number in range(10) for shot in range(3)]
    rows += [("a", f"Bo's find {number}", "Bo" if number else "bo", f"bo {number}") for number in range(2)]
    rows += [("a", "", "", f"stranger {number}") for number in range(3)]
    table = records(rows)

    def chosen(most: int, seed: int = 0) -> pd.DataFrame:
        return select(table, Limits(max_photos=most, seed=seed)).kept

    for seed in range(5):
        # Five observers: each gives one photo before anybody gives a second.
        assert sorted(chosen(5, seed)["observer"].str.casefold()) == ["", "", "", "ann", "bo"]
        assert sorted(chosen(7, seed)["observer"].str.casefold())[3:] == ["ann", "ann", "bo", "bo"]
        finds = chosen(15, seed)
        assert finds.loc[finds["observation_id"] != "", "observation_id"].nunique() == 12
        assert chosen(25, seed)["observation_id"].value_counts().drop("").max() == 2
    assert len({tuple(chosen(5, seed)["media"]) for seed in range(5)}) > 1


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(("", "x")), st.sampled_from(("", "Ann"))), min_size=1),
    st.integers(1, 5), st.integers(0, 9), st.randoms(use_true_random=False),
)  # fmt: skip
def test_neither_the_order_of_rows_nor_other_species_change_the_choice(rows, most, seed, random):
    table = records([(*row, str(number)) for number, row in enumerate(rows)])
    limits = Limits(max_photos=most, seed=seed)
    chosen = select(table, limits).kept
    order = list(range(len(table)))
    random.shuffle(order)
    assert set(select(table.iloc[order], limits).kept["media"]) == set(chosen["media"])
    alone = select(table[table["species"] == "a"], limits).kept
    assert set(alone["media"]) == set(chosen.loc[chosen["species"] == "a", "media"])


def test_an_ingest_takes_no_more_than_asked_and_writes_the_choice_down(source, run, tmp_path):
    report = run(source({"Amanita virosa": 9, "Boletus edulis": 6, "Suillus luteus": 2}), downsample="min", seed=4)
    assert report.rejected == {"above_max_photos": 3, "too_few_photos": 2}
    data = read_dataset(tmp_path / "dataset")
    assert data.species["n_photos"].tolist() == [6, 6]
    assert (data.info.downsample, data.info.max_photos, data.info.seed) == ("min", None, 4)
    removed = read_beside(tmp_path / "dataset", "removed")
    assert removed["species"].value_counts().to_dict() == {"Amanita virosa": 3, "Suillus luteus": 2}
