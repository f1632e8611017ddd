"""CSV and tab-separated tables of photos: columns, places, bad rows."""

from __future__ import annotations

import gzip
import math
import os
import re
from pathlib import Path

import pytest

from sporeprint_training.dataset.readers import lines
from sporeprint_training.dataset.readers.columns import ALIASES, plain
from sporeprint_training.dataset.readers.mushroom_observer import read_mushroom_observer
from sporeprint_training.dataset.readers.photo_table import photo_table, read_photo_table
from sporeprint_training.dataset.readers.read import Notes
from sporeprint_training.dataset.records import COLUMNS, NUMBER_COLUMNS, TEXT_COLUMNS
from sporeprint_training.errors import BadInput

ADDRESS = "https://example.org/1.jpg"


def test_a_row_is_a_record_with_all_that_its_columns_say(written, photos, tmp_path):
    photos("Amanita muscaria/1.jpg")
    path = written(
        "photos.csv",
        "\ufefffile,scientificName,Observation ID,eventDate,decimalLatitude,decimalLongitude,"
        "coordinateUncertaintyInMeters,license,creator,rightsHolder,recordedBy,kingdom,taxonRank,datasetName,countryCode",
        'Amanita muscaria/1.jpg,"Amanita muscaria (L.) Lam., 1783",7,2021-10-03T10:00,52.1,-1.3,30,CC BY 4.0,'
        "=cmd(),<img onerror=x>,Ann,Fungi,SPECIES,Walks,GB",
    )
    read = read_photo_table(path)
    (row,) = read.frame.to_dict("records")
    assert tuple(read.frame.columns) == COLUMNS
    assert row == dict.fromkeys(TEXT_COLUMNS, "") | {
        "media": "Amanita muscaria/1.jpg",
        "source": str(tmp_path),
        "scientific_name": "Amanita muscaria (L.) Lam., 1783",
        "observation_id": "7",
        "observed_on": "2021-10-03",
        "latitude": 52.1,
        "longitude": -1.3,
        "uncertainty_m": 30.0,
        "licence_verbatim": "CC BY 4.0",
        "author": "=cmd()",
        "rights_holder": "<img onerror=x>",
        "observer": "Ann",
        "kingdom": "Fungi",
        "rank": "species",
        "source_dataset": "Walks",
        "country": "GB",
        "line": 2,
    }
    assert (read.rejected, read.warnings) == ({}, ())


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["photos.csv", "photos.dat", "photos.csv.gz"])
def test_commas_semicolons_and_tabs_separate_gzipped_or_not(written, separator, name):
    lines = (separator.join(row) for row in [("url", "label", "date"), (ADDRESS, "Boletus_edulis", "2021-10")])
    frame = read_photo_table(written(name, *lines)).frame
    assert frame[["media", "scientific_name", "observed_on"]].values.tolist() == [
        [ADDRESS, "Boletus edulis", "2021-10"]
    ]
    assert frame["source"].tolist() == [str(written(name))]


def test_unknown_texts_are_empty_and_unknown_numbers_nan(written):
    frame = read_photo_table(written("t.csv", "url,species", f"{ADDRESS},Boletus edulis")).frame
    assert all(frame[column].dtype == object for column in TEXT_COLUMNS)
    assert all(frame[column].dtype == float and math.isnan(frame[column][0]) for column in NUMBER_COLUMNS)
    # A label is no statement about the rank.
    assert frame["species"][0] == ""
    empty = read_photo_table(written("t.csv", "url,species")).frame
    assert (list(empty.columns), len(empty), empty["latitude"].dtype) == (list(COLUMNS), 0, float)


def test_class_is_a_label_unless_other_ranks_stand_beside_it(written):
    flowers = read_photo_table(written("t.csv", "url,class", f"{ADDRESS},daisy")).frame
    assert (flowers["scientific_name"][0], flowers["class"][0]) == ("Daisy", "daisy")
    placed = read_photo_table(
        written("t.csv", "url,class,order,name", f"{ADDRESS},Agaricomycetes,Boletales,Boletus")
    ).frame
    assert (placed["scientific_name"][0], placed["class"][0]) == ("Boletus", "Agaricomycetes")


def test_the_docs_name_every_column_that_is_understood():
    docs = (Path(__file__).parents[4] / "docs" / "data-sources.md").read_text()
    named = {plain(word) for word in re.findall(r"`(\w+)`", docs)}
    assert {alias for aliases in ALIASES.values() for alias in aliases} <= named


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("species,licence", r"without file or url; it has species, licence"),
        ("file,licence", r"without species; it has file, licence"),
        ("kingdom,class,licence", r"without file or url, and without species"),
        ("", "it has nothing"),
        ("file,species,Species", "two columns species"),
    ],
)
def test_a_missing_or_doubled_column_is_named(written, header, said):
    with pytest.raises(BadInput, match=said):
        read_photo_table(written("photos.csv", header, "a,b"))


def test_bad_rows_are_counted_by_reason_and_line_and_the_others_are_read(written):
    good = f"{ADDRESS},Boletus edulis,"
    path = written(
        "photos.csv",
        "url,species,remarks",
        good,  # 2
        b"https://example.org/2.jpg,Boletus \xff edulis,",
        b"https://example.org/3.jpg,Boletus\x00edulis,",
        'https://example.org/4.jpg,Boletus edulis,"an unbalanced mark',  # 5
        good,
        f'{ADDRESS},Boletus edulis,"two\nlines, ""quoted"""',  # 7 and 8
        "https://example.org/9.jpg,Boletus edulis",
        f"{ADDRESS},Boletus edulis,a,shifted field",  # 10
        "",
        f"{ADDRESS},Boletus edulis,{'x' * lines.MAX_LINE}",  # 12
        'https://example.org/13.jpg,"Boletus" edulis,',
        f"{ADDRESS},,",
        f"{ADDRESS}, ,",  # 15
        f"{ADDRESS},Boletus \u202eedulis,",
        ",Boletus edulis,",
        good,  # 18
        'https://example.org/19.jpg,Boletus edulis,"never closed',
    )
    read = read_photo_table(path)
    assert read.frame["line"].tolist() == [2, 6, 7, 18]
    assert {reason: list(places) for reason, places in read.examples.items()} == {
        "not_utf8": ["line 3"],
        "nul_character": ["line 4"],
        "unbalanced_quote": ["line 5", "line 13", "line 19"],
        "field_count": ["line 9", "line 10"],
        "line_too_long": ["line 12"],
        "no_name": ["line 14", "line 15"],
        "unusable_name": ["line 16"],
        "no_photo": ["line 17"],
    }
    assert read.rejected == {reason: len(places) for reason, places in read.examples.items()}


def test_between_tabs_quotation_marks_are_text_but_for_whole_quoted_fields(written):
    path = written(
        "photos.tsv",
        "url\tspecies\tauthor",
        f'{ADDRESS}\tBoletus edulis\t"Wesley ""Bozz"""',
        f'{ADDRESS}\tBoletus edulis\t5" Ann',
        f'{ADDRESS}\tBoletus edulis\t"a tab\tin a field"',
        f'{ADDRESS}\tBoletus edulis\t"open',
    )
    read = read_photo_table(path)
    assert read.frame["author"].tolist() == ['Wesley "Bozz"', '5" Ann', '"open']
    assert read.examples == {"field_count": ("line 4",)}


def test_files_are_found_in_the_tables_folder_and_never_outside(written, photos, tmp_path):
    photos("set/a/1.jpg", "set/2.jpg", "outside.jpg")
    rows = {
        "a/1.jpg": "a/1.jpg",
        "a\\1.jpg": "a/1.jpg",
        "./a/../2.jpg": "2.jpg",
        str(tmp_path / "set" / "2.jpg"): "2.jpg",
        "../outside.jpg": "outside_folder",
        "a/../../outside.jpg": "outside_folder",
        str(tmp_path / "outside.jpg"): "outside_folder",
        "/etc/passwd": "outside_folder",
        "nowhere.jpg": "missing_file",
        "a": "missing_file",
    }
    for file, expected in rows.items():
        read = read_photo_table(written("set/photos.csv", "file,species", f'"{file}",Boletus edulis'))
        assert [*read.frame["media"], *read.rejected] == [expected], file
        assert set(read.frame["source"]) <= {str(tmp_path / "set")}


def test_a_file_that_is_not_there_is_taken_from_its_address(written, photos):
    photos("1.jpg")
    path = written("t.csv", "file,url,species", f"1.jpg,{ADDRESS},Boletus", f"2.jpg,{ADDRESS},Boletus")
    assert read_photo_table(path).frame["media"].tolist() == ["1.jpg", ADDRESS]
    frame = read_photo_table(written("t.csv", "file,species", f"{ADDRESS},Boletus")).frame
    assert frame["media"].tolist() == [ADDRESS]


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "ftp://example.org/1.jpg", "javascript:alert(1)", "data:image/png;base64,AA", "https://",
        "https:///1.jpg", "//example.org/1.jpg", "https://user:secret@example.org/1.jpg", "https://example.org/a b.jpg",
        "https://example.org/\u202egpj.1", "https://example.org/" + "a" * 2000, "1.jpg",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_rejected(written, address):
    read = read_photo_table(written("t.csv", "url,species", f'"{address}",Boletus edulis'))
    assert (len(read.frame), read.rejected) == (0, {"unusable_address": 1})


def test_hostile_texts_are_kept_as_data_and_capped(written):
    name, author = "<img onerror=alert(1)>" + "x" * 10_000, "=cmd()" + "\u202e" + "y" * 10_000
    frame = read_photo_table(written("t.csv", "url,species,author", f"{ADDRESS},{name},{author}")).frame
    assert frame["scientific_name"][0] == name[:200]
    assert frame["author"][0] == ("=cmd()" + "y" * 10_000)[:500]


def test_dates_and_places_that_cannot_be_are_unknown_and_said_once(written):
    rows = [f"{ADDRESS},Boletus,2021-02-30,95,1", f"{ADDRESS},Boletus,3.10.2021,,"]
    read = read_photo_table(written("t.csv", "url,species,date,latitude,longitude", *rows))
    assert (read.frame["observed_on"].tolist(), read.frame["latitude"].isna().all()) == (["", ""], True)
    (warning,) = read.warnings
    assert warning.startswith("3 dates or places cannot be, such as '2021-02-30'")


def test_a_table_is_read_in_frames_of_bounded_size(written, monkeypatch):
    monkeypatch.setattr("sporeprint_training.dataset.readers.read.ROWS_PER_FRAME", 2)
    path = written("t.csv", "url,species", *[f"{ADDRESS},Boletus"] * 5)
    assert [len(frame) for frame in photo_table(path, Notes())] == [2, 2, 1]
    assert read_photo_table(path).frame["line"].tolist() == [2, 3, 4, 5, 6]


def test_broken_gzips_and_bombs_and_what_is_no_file_are_refused(written, tmp_path):
    whole = written("t.csv.gz", "url,species", *(f"https://example.org/{n}.jpg,Boletus {n}" for n in range(2000)))
    data = whole.read_bytes()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"url,species\n" + b"0" * 3_000_000))
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(b"url,species\n" + (b" " * 200 + b",1\n") * 10_000))
    (tmp_path / "cut.csv.gz").write_bytes(data[:-2000])
    (tmp_path / "damaged.csv.gz").write_bytes(data[:500] + b"\xff\xff\xff\xff" + data[504:])
    for name, said in [
        ("pipe.csv", "which is none"),
        ("nowhere.csv", "which is none"),
        ("bomb.csv.gz", "200 times its size"),
        ("rows.csv.gz", "200 times its size"),
        ("cut.csv.gz", "truncated or damaged"),
        ("damaged.csv.gz", "truncated or damaged"),
    ]:
        with pytest.raises(BadInput, match=said):
            read_photo_table(tmp_path / name)
    (tmp_path / "latin.csv").write_bytes(b"url,esp\xe8ce\n")
    with pytest.raises(BadInput, match="line 1: not_utf8"):
        read_photo_table(tmp_path / "latin.csv")


@pytest.mark.real_data
def test_the_table_of_real_observations_gives_all_their_photos(real_data):
    read = read_photo_table(real_data / "inat7" / "observations.csv")
    assert (len(read.frame), read.rejected) == (210, {})
    assert read.frame["scientific_name"].nunique() == 7
    assert read.frame["observation_id"].str.startswith("https://www.inaturalist.org/observations/").all()
    assert all((real_data / "inat7" / media).is_file() for media in read.frame["media"])


@pytest.mark.real_data
def test_mushroom_observers_list_is_read_to_its_last_row(real_data):
    read = read_mushroom_observer(real_data / "mushroomobserver" / "mushrooms.tsv.gz")
    assert (len(read.frame), read.rejected, read.warnings) == (254_787, {}, ())
    assert read.frame.iloc[-1][["media", "scientific_name", "observed_on", "rights_holder", "line"]].tolist() == [
        "https://mushroomobserver.org/images/640/1314377.jpg",
        "Laricifomes officinalis",
        "2021-03-10",
        "-Josh",
        254_788,
    ]
    assert read.frame["licence_verbatim"].nunique() == 4
    quoted = read.frame["rights_holder"][read.frame["rights_holder"].str.contains('"')]
    assert (len(quoted), quoted.str.startswith('"').sum(), 'Wesley "Bozz"' in set(quoted)) == (67, 0, True)
    assert set(read.frame["source_dataset"]) == {"Mushroom Observer"}
