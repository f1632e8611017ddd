"""What a source holds, counted frame by frame."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from sporeprint_training.dataset import inspect_source as module
from sporeprint_training.dataset.inspect_source import class_of, inspect_source
from sporeprint_training.dataset.readers import read
from sporeprint_training.dataset.readers.open import open_source

HEADER = "url,scientificName,observationID,eventDate,decimalLatitude,decimalLongitude,licence,taxonRank"


@pytest.fixture
def table(tmp_path):
    def make(*rows, header=HEADER):
        path = tmp_path / "photos.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return open_source(path)

    return make


def rows(name, count, host="a.org", rest=",,,,,"):
    return [f"https://{host}/{name[:3]}{number}.jpg,{name},{rest}" for number in range(count)]


def test_a_source_is_counted_by_class_time_place_licence_and_host(table):
    report = inspect_source(
        table(
            *rows("Amanita muscaria (L.) Lam.", 3, rest="1,2021-10-03,52,1,CC0,SPECIES"),
            *rows("Amanita muscaria var. alba Peck", 2, rest="2,2021-09,,,CC BY 4.0,VARIETY"),
            *rows("Boletus edulis", 6, host="B.org:8443", rest="3,2020-10-01,1,1,,"),
            *rows("Russula", 1),
            "ftp://a.org/1.jpg,Boletus edulis,,,,,,",
            "https://a.org/1.jpg,,,,,,,",
        )
    )
    assert report.to_dict() == {
        "kind": "photo_table",
        "photos": 12,
        "observations": 3,
        "without_observation": 1,
        "classes": 3,
        "species": 2,
        "rejected": {"unusable_address": 1, "no_name": 1},
        "rejected_examples": {"unusable_address": ["line 14"], "no_name": ["line 15"]},
        "splits": None,
        "largest": [
            {"name": "Boletus edulis", "photos": 6, "is_species": True},
            {"name": "Amanita muscaria", "photos": 5, "is_species": True},
            {"name": "Russula", "photos": 1, "is_species": False},
        ],
        "smallest": [],
        "classes_with": {5: 2, 10: 0, 50: 0, 100: 0},
        "species_with": {5: 2, 10: 0, 50: 0, 100: 0},
        "ranks": {"species": 9, "variety": 2, "unknown": 1},
        "licences": {"": 7, "CC0": 3, "CC BY 4.0": 2},
        "years": {"2020": 6, "2021": 5},
        "months": {"09": 2, "10": 9},
        "with_date": 11,
        "with_coordinates": 9,
        "addresses": 12,
        "files": 0,
        "hosts": {"a.org": 6, "b.org:8443": 6},
        "warnings": [],
    }


def test_the_accepted_species_is_the_class_and_names_without_epithet_stay(table):
    assert class_of("Imleria badia", "", "Boletus badius (Fr.) Fr.") == "Imleria badia"
    assert class_of("", "Imleria badia (Fr.) Vizzini", "Boletus badius (Fr.) Fr.") == "Imleria badia"
    assert class_of("", "", "Amanita Pers.") == "Amanita Pers."
    header = "url,scientificName,acceptedScientificName"
    names = ["Boletus badius,Imleria badia (Fr.) Vizzini", "Imleria badia,", "Daisy,"]
    report = inspect_source(
        table(*(f"https://a.org/{number}.jpg,{name}" for number, name in enumerate(names)), header=header)
    )
    assert [(found.name, found.photos) for found in report.largest] == [("Imleria badia", 2), ("Daisy", 1)]


def test_both_ends_of_the_tail_are_shown_and_no_class_twice(table):
    source = table(*(row for number in range(7) for row in rows(f"Boletus {'abcdefg'[number] * 4}", 7 - number)))
    report = inspect_source(source, shown=2)
    assert [found.name for found in report.largest] == ["Boletus aaaa", "Boletus bbbb"]
    assert [found.name for found in report.smallest] == ["Boletus ffff", "Boletus gggg"]
    report = inspect_source(source, shown=4)
    assert [found.photos for found in (*report.largest, *report.smallest)] == [7, 6, 5, 4, 3, 2, 1]


def test_counts_do_not_depend_on_how_the_source_is_cut_into_frames(table, monkeypatch):
    source = table(
        *(
            f"https://h{number % 3}.org/{number}.jpg,Boletus b{'ab'[number % 2]},{number % 5},,,,,"
            for number in range(50)
        )
    )
    whole = inspect_source(source)
    monkeypatch.setattr(read, "ROWS_PER_FRAME", 3)
    monkeypatch.setattr(module, "_MERGED", 4)
    assert inspect_source(source) == whole
    assert (whole.photos, whole.observations) == (50, 5)


def test_values_without_end_are_counted_together(table, monkeypatch):
    monkeypatch.setattr(module, "_MOST_VALUES", 3)
    source = table(*(f"https://h{number}.org/1.jpg,Boletus edulis,,,,,L{number}," for number in range(10)))
    report = inspect_source(source)
    assert sum(report.hosts.values()) == sum(report.licences.values()) == 10
    assert (len(report.hosts), report.licences[module.OTHER]) == (4, 7)


def test_files_are_counted_apart_from_addresses(tmp_path):
    (tmp_path / "Boletus edulis").mkdir()
    (tmp_path / "Boletus edulis" / "1.jpg").write_bytes(b"jpeg")
    report = inspect_source(open_source(tmp_path))
    assert (report.photos, report.files, report.addresses, report.hosts) == (1, 1, 0, {})
    pd.DataFrame({"file": ["Boletus edulis/1.jpg"], "label": ["Boletus edulis"]}).to_hdf(
        tmp_path / "t.h5", key="fungi", format="table"
    )
    assert inspect_source(open_source(tmp_path / "t.h5")).files == 1


@pytest.mark.real_data
def test_the_long_tail_of_mushroom_observer_is_told(real_data):
    report = inspect_source(open_source(real_data / "mushroomobserver" / "mushrooms.tsv.gz"))
    assert (report.photos, report.classes, report.species) == (254_787, 7_751, 7_139)
    assert (report.largest[0].name, report.largest[0].photos) == ("Russula", 2_694)
    assert list(report.species_with.values()) == [5_071, 3_684, 1_087, 509]
    assert report.licences["http://creativecommons.org/licenses/by-nc-sa/3.0/"] == 67_399
    assert report.hosts == {"mushroomobserver.org": 254_787}
    assert sum(report.months.values()) == report.with_date == 254_787
    json.dumps(report.to_dict(), allow_nan=False)
