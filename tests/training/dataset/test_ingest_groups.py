"""Photos that belong together: observations, near-duplicates, and the table that says so."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import BadInput


def test_a_species_that_one_observation_keeps_out_of_a_split_is_listed(source, run):
    folder = source()
    rows = [f"Amanita virosa/{number:02d}.jpg,https://example.org/1" for number in range(8)]
    (folder / "observations.csv").write_text("\n".join(["file,observation_url", *rows]))
    warnings = run(folder).warnings
    assert [line for line in warnings if line.startswith("No photo in test") and "Amanita virosa" in line]


def test_an_observation_is_never_divided_and_its_owner_is_kept(source, run, tmp_path):
    folder = source({"Amanita virosa": 24, "Boletus edulis": 24})
    rows = [
        f'{species}/{number:02d}.jpg,https://example.org/{species[0]}{number // 4},CC-BY-4.0,"Ann, Bo"'
        for species in ("Amanita virosa", "Boletus edulis")
        for number in range(24)
    ]
    (folder / "observations.csv").write_text("\n".join(["file,observation_url,licence,author", *rows]))
    run(folder)
    photos = read_dataset(tmp_path / "dataset").photos
    assert photos["observation_id"].nunique() == 12
    assert photos.groupby("observation_id")["split"].nunique().max() == 1
    assert photos.groupby("observation_id")["group_id"].nunique().max() == 1
    assert set(photos["author"]) == {"Ann, Bo"}
    assert set(photos["licence"]) == {"CC-BY-4.0"}
    assert photos.groupby("label")["split"].nunique().min() == 3


def test_another_licence_of_one_photo_changes_the_identity(source, run, tmp_path):
    folder = source()
    identities = set()
    for licence in ("CC-BY-4.0", "CC-BY-NC-4.0"):
        row = f"Amanita virosa/00.jpg,https://e.org/1,{licence}"
        (folder / "observations.csv").write_text(f"file,observation_url,licence\n{row}\n")
        run(folder)
        identities.add(read_dataset(tmp_path / "dataset").info.sha256)
    assert len(identities) == 2


def test_observations_that_share_a_picture_are_not_divided(source, run, tmp_path):
    folder = source()
    copy = folder / "Amanita virosa" / "copy.jpg"
    copy.write_bytes((folder / "Amanita virosa" / "00.jpg").read_bytes())
    rows = ["Amanita virosa/00.jpg,one", "Amanita virosa/copy.jpg,two", "Amanita virosa/01.jpg,two"]
    (folder / "observations.csv").write_text("\n".join(["file,observation_url", *rows]))
    assert run(folder).rejected == {"duplicate": 1}
    photos = read_dataset(tmp_path / "dataset").photos.set_index("source_file")
    groups = photos["group_id"]
    assert groups["Amanita virosa/00.jpg"] == groups["Amanita virosa/01.jpg"] != groups["Amanita virosa/02.jpg"]


def test_near_duplicates_share_a_group(source, run, picture, tmp_path):
    folder = source()
    with Image.open(folder / "Amanita virosa" / "00.jpg") as image:
        image.resize((90, 68)).save(folder / "Amanita virosa" / "larger.jpg", quality=60)
    run(folder)
    photos = read_dataset(tmp_path / "dataset").photos.set_index("source_file")
    assert photos["group_id"]["Amanita virosa/larger.jpg"] == photos["group_id"]["Amanita virosa/00.jpg"]
    assert photos["group_id"].nunique() == 17


def test_drawings_are_flagged_and_not_grouped_by_likeness(source, run, tmp_path):
    folder = source()
    with Image.open(folder / "Amanita virosa" / "00.jpg") as image:
        image.resize((90, 68)).save(folder / "Amanita virosa" / "larger.jpg")
    run(folder, drawn=True)
    dataset = read_dataset(tmp_path / "dataset")
    assert dataset.info.drawn
    assert dataset.photos["group_id"].nunique() == 18


def test_one_observation_under_two_species_is_pointed_out(source, run):
    folder = source()
    (folder / "observations.csv").write_text(
        "file,observation_url\nAmanita virosa/00.jpg,https://e.org/1\nagaricus_campestris/00.jpg,https://e.org/1\n"
    )
    assert [line for line in run(folder).warnings if "more than one species" in line]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"file,url\n", "without observation_url"),
        (b"file,observation_url\nA/\xff.jpg,x\n", "line 2"),
    ],
)
def test_a_broken_observation_table_is_bad_input(source, run, content, message):
    folder = source()
    (folder / "observations.csv").write_bytes(content)
    with pytest.raises(BadInput, match=message):
        run(folder)


def test_rows_of_the_observation_table_without_a_file_are_pointed_out(source, run):
    folder = source()
    (folder / "observations.csv").write_text("file,observation_url\nAmanita virosa/99.jpg,https://e.org/1\n")
    assert [line for line in run(folder).warnings if "99.jpg" in line]


def test_a_row_of_the_observation_table_that_ends_early_says_nothing(source, run):
    folder = source()
    (folder / "observations.csv").write_text("observation_url,file\nhttps://e.org/1\n")
    assert run(folder).photos == 17


@pytest.mark.real_data
def test_real_observations_are_read(real_data, tmp_path):
    ingest([real_data / "inat7"], tmp_path / "dataset", IngestOptions())
    photos = read_dataset(tmp_path / "dataset").photos
    assert photos["observation_id"].str.startswith("https://www.inaturalist.org/observations/").all()
    assert np.isin(photos["label"].unique(), range(7)).all()
