"""Whose photos they are: what the ledger says of each, and which were left out for their licence."""

from __future__ import annotations

import csv

import pytest

from sporeprint_training.dataset.licences import FAMILIES
from sporeprint_training.dataset.options import IngestOptions, ingest_options
from sporeprint_training.dataset.store import read_beside, read_dataset
from sporeprint_training.errors import BadInput

COLUMNS = [
    "file",
    "observation_url",
    "photo_url",
    "licence",
    "author",
    "rights_holder",
    "observer",
    "source_dataset",
    "doi",
]
BY = "http://creativecommons.org/licenses/by/4.0/"


@pytest.fixture
def stated(source):
    """`stated({file: licence, …})`: two species whose photos state CC BY 4.0, but for those named."""

    def make(others: dict[str, str]):
        folder = source()
        with (folder / "observations.csv").open("w", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(COLUMNS)
            for path in sorted(folder.glob("*/*.jpg")):
                name = path.relative_to(folder).as_posix()
                licence = others.get(name, BY)
                credit = ["Ann", "A. Museum", "Bo", "Fungi of the North", "10.15468/ab3s5x"]
                rows.writerow([name, f"https://e.org/{name}", f"https://e.org/{name}.jpg", licence, *credit])
        return folder

    return make


def test_every_photo_has_a_row_with_its_licence_as_stated_and_whom_to_name(stated, run, tmp_path):
    run(stated({}))
    ledger = read_beside(tmp_path / "dataset", "ledger")
    data = read_dataset(tmp_path / "dataset")
    assert sorted(ledger["photo_id"]) == sorted(data.photos["photo_id"])
    row = ledger.merge(data.photos[["photo_id", "source_file"]]).set_index("source_file").loc["Amanita virosa/00.jpg"]
    assert row.drop("photo_id").to_dict() == {
        "licence": "CC-BY-4.0", "licence_verbatim": BY, "author": "Ann", "rights_holder": "A. Museum",
        "observer": "Bo", "photo_url": "https://e.org/Amanita virosa/00.jpg.jpg",
        "source_dataset": "Fungi of the North", "doi": "10.15468/ab3s5x",
    }  # fmt: skip
    assert set(data.photos["licence"]) == {"CC-BY-4.0"}
    assert data.info.licences == ("CC0", "CC-BY", "CC-BY-SA")


def test_licences_that_are_unknown_or_not_allowed_are_left_out_and_counted_apart(stated, run, tmp_path):
    folder = stated(
        {
            "Amanita virosa/00.jpg": "CC BY-NC 4.0",
            "Amanita virosa/01.jpg": "ask me first",
            "Amanita virosa/02.jpg": "© all rights reserved",
            "Amanita virosa/03.jpg": "",
        }
    )
    assert run(folder).rejected == {"licence_not_allowed": 2, "licence_unknown": 1}
    removed = read_beside(tmp_path / "dataset", "removed").set_index("source_file")
    assert removed.loc["Amanita virosa/01.jpg", ["reason", "detail"]].tolist() == ["licence_unknown", "ask me first"]
    strict = run(folder, licence_required=True, min_photos=4)
    assert strict.rejected == {"licence_missing": 1, "licence_not_allowed": 2, "licence_unknown": 1}
    assert run(folder, licence_required=True, licence="CC0", min_photos=4).rejected == {
        "licence_not_allowed": 2, "licence_unknown": 1,
    }  # fmt: skip


def test_licences_for_no_commerce_are_taken_when_asked_for(stated, run, tmp_path):
    folder = stated({"Amanita virosa/00.jpg": "CC BY-NC 4.0", "Amanita virosa/01.jpg": "CC BY-ND 4.0"})
    assert run(folder, licences=("CC-BY", "cc-by-nc")).rejected == {"licence_not_allowed": 1}
    assert sorted(set(read_dataset(tmp_path / "dataset").photos["licence"])) == ["CC-BY-4.0", "CC-BY-NC-4.0"]


def test_a_photo_that_may_not_be_taken_does_not_stand_in_for_its_copy_that_may(stated, run, source):
    folder = stated({"Amanita virosa/00.jpg": "all rights reserved"})
    (folder / "Amanita virosa" / "free.jpg").write_bytes((folder / "Amanita virosa" / "00.jpg").read_bytes())
    assert run(folder).rejected == {"licence_not_allowed": 1}


def test_near_duplicates_of_two_species_are_conflicts_that_stay(source, run, tmp_path):
    from PIL import Image

    folder = source()
    with Image.open(folder / "Amanita virosa" / "00.jpg") as image:
        image.resize((90, 68)).save(folder / "agaricus_campestris" / "larger.jpg", quality=60)
    report = run(folder)
    photos = read_dataset(tmp_path / "dataset").photos.set_index("photo_id")["source_file"]
    conflicts = read_beside(tmp_path / "dataset", "conflicts")
    assert report.photos == 18
    assert [{photos[row.photo_id], photos[row.other_id]} for row in conflicts.itertuples()] == [
        {"Amanita virosa/00.jpg", "agaricus_campestris/larger.jpg"}
    ]
    assert conflicts["distance"].max() <= 8


def test_a_source_of_which_nothing_may_be_taken_says_how_to_ask_for_more(stated, run, source):
    folder = stated({path.relative_to(source()).as_posix(): "CC BY-NC" for path in source().glob("*/*.jpg")})
    with pytest.raises(BadInput, match=r"licence_not_allowed 17.*--allow-licence"):
        run(folder)


def test_every_family_of_licences_can_be_asked_for():
    assert IngestOptions(licences=FAMILIES).licences == FAMILIES
    with pytest.raises(BadInput, match="licences 'GPL'"):
        ingest_options(licences=("GPL",))
