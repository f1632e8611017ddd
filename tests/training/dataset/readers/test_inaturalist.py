"""iNaturalist's open data: four small tables as the real ones are, joined."""

from __future__ import annotations

import sqlite3
import uuid

import pytest

from sporeprint_training.dataset.readers import inaturalist_lookup
from sporeprint_training.dataset.readers.inaturalist import inaturalist, read_inaturalist
from sporeprint_training.dataset.readers.read import Notes
from sporeprint_training.errors import BadInput, StepFailed

TAXA = [
    ("taxon_id", "ancestry", "rank_level", "rank", "name", "active"),
    ("48460", "", "100", "stateofmatter", "Life", "true"),
    ("47170", "48460", "70", "kingdom", "Fungi", "true"),
    ("47169", "48460/47170", "60", "phylum", "Basidiomycota", "true"),
    ("48715", "48460/47170/47169", "20", "genus", "Amanita", "true"),
    ("48716", "48460/47170/47169/48715", "10", "species", "Amanita muscaria", "true"),
    ("1000", "48460/47170/47169/48715/48716", "5", "variety", "Amanita muscaria flavivolvata", "false"),
    ("1", "48460", "70", "kingdom", "Animalia", "true"),
    ("2", "48460/1", "10", "species", 'Apis "mellifera', "true"),
    ("3", "48460/1", "20", "genus", "Twice", "true"),
    ("4", "48460/47170", "20", "genus", "Twice", "true"),
]
OBSERVERS = [("observer_id", "login", "name"), ("7", "ann", 'Ann "A" Smith'), ("8", "bob", "")]
IDS = [str(uuid.UUID(int=number)) for number in range(6)]
OBSERVATIONS = [
    (
        *("observation_uuid", "observer_id", "latitude", "longitude", "positional_accuracy"),
        *("taxon_id", "quality_grade", "observed_on", "anomaly_score"),
    ),
    (IDS[0], "7", "52.1234567890", "-1.5", "30", "48716", "research", "2021-10-03", ""),
    (IDS[1], "8", "", "", "", "1000", "needs_id", "", ""),
    (IDS[2], "8", "1", "1", "5", "2", "research", "2020-01-01", "0.1"),
    (IDS[3], "8", "1", "1", "5", "", "research", "2020-01-01", ""),
    (IDS[4], "9", "1", "1", "5", "48715", "research", "2020-01-01", ""),
    ("no-uuid", "9", "1", "1", "5", "48715", "research", "2020-01-01", ""),
]
PHOTOS = [
    (
        *("photo_uuid", "photo_id", "observation_uuid", "observer_id", "extension", "license"),
        *("width", "height", "position"),
    ),
    *(
        (str(uuid.UUID(int=number)), str(number), observation, observer, extension, "CC-BY-NC", "640", "480", "0")
        for number, (observation, observer, extension) in enumerate(
            [
                (IDS[0], "7", "jpg"),
                (IDS[0], "8", "jpeg"),
                (IDS[1], "8", "png"),
                (IDS[2], "8", "jpg"),
                (IDS[3], "8", "jpg"),
                (IDS[4], "9", "jpg"),
                (IDS[5], "9", "jpg"),
                (IDS[0], "7", "../jpg"),
                ("x", "7", "jpg"),
            ],
            start=200,
        )
    ),
]


@pytest.fixture
def tables(written, tmp_path):
    """The folder of the four tables, some changed or (None) left out."""

    def make(ending=".csv.gz", **changed):
        rows = {"taxa": TAXA, "observers": OBSERVERS, "observations": OBSERVATIONS, "photos": PHOTOS} | changed
        for name, lines in rows.items():
            if lines is not None:
                written(f"inat/{name}{ending}", *("\t".join(line) for line in lines))
        return tmp_path / "inat"

    return make


def test_photos_are_joined_to_observation_taxon_and_people(tables):
    read = read_inaturalist(tables())
    first, second, bee, genus = read.frame.to_dict("records")
    assert {key: value for key, value in first.items() if value != ""} == {
        "media": "https://inaturalist-open-data.s3.amazonaws.com/photos/200/large.jpg",
        "source": str(tables() / "photos.csv.gz"),
        "observation_id": f"https://www.inaturalist.org/observations/{IDS[0]}",
        "scientific_name": "Amanita muscaria",
        "rank": "species",
        "kingdom": "Fungi",
        "phylum": "Basidiomycota",
        "genus": "Amanita",
        "species": "Amanita muscaria",
        "taxonomic_status": "accepted",
        "observed_on": "2021-10-03",
        "observer": 'Ann "A" Smith',
        "author": 'Ann "A" Smith',
        "rights_holder": 'Ann "A" Smith',
        "licence_verbatim": "CC-BY-NC",
        "source_dataset": "iNaturalist Open Data",
        "latitude": 52.123456789,
        "longitude": -1.5,
        "uncertainty_m": 30.0,
        "line": 2,
    }
    assert (second["media"][-14:], second["observer"], second["author"]) == ("201/large.jpeg", 'Ann "A" Smith', "bob")
    assert (bee["kingdom"], genus["rank"], genus["species"]) == ("Animalia", "genus", "")
    assert read.examples == {
        "unusable_id": ("observations.csv.gz, line 7", "line 9", "line 10"),
        "quality_grade": ("line 4",),
        "no_name": ("line 6",),
        "no_observation": ("line 8",),
    }
    # Whoever has no name in the table is still credited.
    assert genus["author"] == "https://www.inaturalist.org/users/9"


def test_size_grade_and_taxon_are_chosen(tables):
    read = read_inaturalist(tables(".csv"), size="medium", quality=("research", "needs_id"), taxon="Fungi")
    assert read.frame["media"].str.extract(r"photos/(\d+/.*)", expand=False).tolist() == [
        "200/medium.jpg", "201/medium.jpeg", "202/medium.png", "205/medium.jpg",
    ]  # fmt: skip
    assert read.rejected["other_taxon"] == 2  # the bee, and what has no taxon
    variety = read.frame.iloc[2]
    assert variety[["rank", "taxonomic_status", "species"]].tolist() == ["variety", "inactive", "Amanita muscaria"]
    assert read_inaturalist(tables(".csv"), taxon="1").frame["line"].tolist() == [5]


def test_one_of_the_files_stands_for_all_and_observers_may_be_absent(tables):
    folder = tables(observers=None)
    read = read_inaturalist(folder / "photos.csv.gz")
    assert read.frame["author"].iloc[0] == "https://www.inaturalist.org/users/7"
    assert "observers.csv" in read.warnings[0]


def test_a_missing_table_or_column_or_an_unknown_choice_is_named(tables):
    with pytest.raises(BadInput, match=r"without taxa\.csv"):
        read_inaturalist(tables(taxa=None))
    with pytest.raises(BadInput, match=r"taxa\.csv\.gz without rank"):
        read_inaturalist(tables(taxa=[("taxon_id", "ancestry", "name", "active")]))
    with pytest.raises(BadInput, match=r"photos\.csv\.gz without license"):
        read_inaturalist(tables(taxa=TAXA, photos=[tuple(name for name in PHOTOS[0] if name != "license")]))
    folder = tables()
    with pytest.raises(BadInput, match="original, large, medium, small"):
        read_inaturalist(folder, size="huge")
    with pytest.raises(BadInput, match=r"Nothing, which is none"):
        read_inaturalist(folder, taxon="Nothing")
    with pytest.raises(BadInput, match=r"Twice, which is 3 \(genus\), 4 \(genus\)"):
        read_inaturalist(folder, taxon="Twice")


def test_bad_rows_do_not_stop_the_reading(tables):
    read = read_inaturalist(
        tables(taxa=[*TAXA, ("9" * 30, "", "", "", "", ""), ("5", "1")], photos=[*PHOTOS, ("1", "2")])
    )
    assert len(read.frame) == 4
    assert read.examples["field_count"] == ("taxa.csv.gz, line 13", "line 11")
    assert "taxa.csv.gz, line 12" in read.examples["unusable_id"]


def test_many_photos_come_in_frames_and_the_temporary_tables_go(tables, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("sporeprint_training.dataset.readers.read.ROWS_PER_FRAME", 1)
    chunks = inaturalist(tables(), Notes())
    next(chunks)
    assert [path.name[:11] for path in tmp_path.iterdir() if path.name != "inat"] == ["sporeprint-"]
    chunks.close()
    assert [path.name for path in tmp_path.iterdir()] == ["inat"]


def test_a_full_temporary_folder_is_said(tables, monkeypatch):
    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(inaturalist_lookup, "_fill", full)
    with pytest.raises(StepFailed, match="TMPDIR"):
        read_inaturalist(tables())
