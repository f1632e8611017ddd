"""What a run records of its classes beyond the data set: dangers, ranks, and the deadly species it has never seen."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sporeprint_training import reference
from sporeprint_training.class_records import class_records, months, never_seen, outside
from sporeprint_training.dataset.info import read_info
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.dataset_record import dataset_record
from sporeprint_training.errors import BadInput
from sporeprint_training.reference import load_reference
from sporeprint_training.run_id import run_id
from sporeprint_training.weights import find_weights


@pytest.fixture
def own_table(tmp_path):
    """A copy of the built-in table in which Lactarius indigo is deadly."""
    folder = tmp_path / "my table"
    shutil.copytree(Path(reference.__file__).parent, folder)
    with (folder / "taxa.csv").open("a") as stream:
        stream.write("Lactarius indigo,(Schwein.) Fr.,Russulaceae,,,,,deadly,amatoxin,benjamin1995\n")
    return folder


def test_the_list_of_deadly_species_never_seen_names_its_table(coloured):
    table = load_reference()
    unseen, source = never_seen(read_dataset(coloured), class_records(read_dataset(coloured), table), table)
    assert set(table.deadly) - set(unseen) == {"Amanita phalloides"}
    assert (source.name, source.sha256, source.n_deadly) == ("built-in", table.sha256, len(unseen) + 1)


def test_photos_that_show_no_fungi_come_without_a_list(coloured):
    data = read_dataset(coloured)
    other = replace(data, info=data.info.model_copy(update={"not_fungi": True}))
    assert never_seen(other, class_records(other, load_reference()), load_reference()) == ((), None)
    assert dataset_record(other).not_fungi
    assert not dataset_record(data).not_fungi


def test_the_list_can_be_restricted_to_regions(coloured):
    table = load_reference()
    unseen, source = never_seen(read_dataset(coloured), class_records(read_dataset(coloured), table), table, ["europe"])
    assert "Amanita bisporigera" not in unseen
    assert "Amanita virosa" in unseen
    assert (source.regions, source.n_deadly) == (("europe",), len(unseen) + 1)


def test_a_table_of_ones_own_decides_dangers_ranks_and_the_list(coloured, own_table):
    table = load_reference(str(own_table))
    records = class_records(read_dataset(coloured), table)
    indigo = next(item for item in records if item.scientific_name == "Lactarius indigo")
    assert (indigo.toxicity, indigo.taxonomy.family, indigo.taxonomy.order) == ("deadly", "Russulaceae", "Russulales")
    _, source = never_seen(read_dataset(coloured), records, table)
    assert (source.name, source.n_deadly) == ("my table", len(load_reference().deadly) + 1)


def test_the_table_and_the_regions_are_part_of_a_runs_id_and_where_the_table_lies_is_not(
    coloured, own_table, tmp_path, quick
):
    def planned(**changes):
        config = quick(**changes)
        return run_id(config, read_info(coloured), find_weights(config.model))

    moved = shutil.copytree(own_table, tmp_path / "elsewhere")
    ids = [
        planned(),
        planned(reference__folder=str(own_table)),
        planned(reference__regions=["asia"]),
    ]
    assert len(set(ids)) == 3
    assert planned(reference__folder=str(moved)) == ids[1]


def test_a_table_that_is_not_there_is_refused_before_training(coloured, quick):
    with pytest.raises(BadInput, match="--reference"):
        run_id(quick(reference__folder="nowhere"), read_info(coloured), find_weights(quick().model))
    with pytest.raises(BadInput, match=r"reference\.regions"):
        quick(reference__regions=["atlantis"])


def test_a_classs_months_are_those_of_its_observations_as_in_the_north(coloured):
    photos = read_dataset(coloured).photos
    photos = photos.assign(observed_on="", latitude=math.nan, observation_id=photos["photo_id"])
    mine = photos.index[photos["label"] == 1][:5]
    photos.loc[mine, "observed_on"] = ["2020-10-03", "2021-10", "2021-09-30", "2019-04-01", "2020-10-03"]
    # South of the equator autumn is in April; the last photo shows the first one's find again.
    photos.loc[mine[3], "latitude"] = -37.8
    photos.loc[mine[4], "observation_id"] = photos.loc[mine[0], "observation_id"]
    assert months(photos, 4) == [None, (0,) * 8 + (1, 3, 0, 0), None, None]


def test_what_a_guide_must_know_of_species_outside_the_model_comes_from_the_table(coloured):
    table = load_reference()
    records = class_records(read_dataset(coloured), table)
    found = {item.scientific_name: item for item in outside(records, ["Galerina marginata"], table)}
    assert found["Galerina marginata"].common_names["de"] == "Gift-Häubling"
    # A look-alike of the fly agaric; the death cap is a class.
    assert (found["Amanita regalis"].toxicity, found["Amanita regalis"].family) == ("poisonous", "Amanitaceae")
    assert "Amanita phalloides" not in found
