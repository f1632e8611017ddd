"""MXNet lists: labels by class list or by folder, and lines that are none."""

from __future__ import annotations

import pytest

from sporeprint_training.dataset.readers.lst import LINE, read_lst
from sporeprint_training.errors import BadInput

PHOTOS = ("Amanita_muscaria/1.jpg", "Amanita_muscaria/2.jpg", "Boletus_edulis/3.jpg")
LIST = tuple(f"{n}\t{label:f}\t{path}" for n, (label, path) in enumerate(zip((0, 0, 1), PHOTOS, strict=True)))
NAMES = ["Amanita muscaria", "Amanita muscaria", "Boletus edulis"]


def test_without_a_class_list_the_folder_is_the_class(written, photos):
    photos(*PHOTOS)
    read = read_lst(written("train.lst", *LIST))
    assert read.frame["scientific_name"].tolist() == NAMES
    assert read.frame["media"].tolist() == list(PHOTOS)
    assert (read.frame["line"].tolist(), read.rejected, read.warnings) == ([1, 2, 3], {}, ())


@pytest.mark.parametrize(
    ("file", "classes"),
    [
        ("classes.txt", ["Amanita muscaria", "Boletus edulis"]),
        ("classes.txt", ["0 Amanita_muscaria", "1 Boletus_edulis"]),
        ("classes.txt", ["1 002.Boletus_edulis", "", "0 001.Amanita_muscaria"]),
        ("labels.txt", ["Boletus edulis 1", "Amanita muscaria 0"]),
        ("synset.txt", ["n07734017 Amanita muscaria", "n07734744 Boletus edulis"]),
    ],
)
def test_a_class_list_names_the_labels(written, photos, file, classes):
    flat = [line.replace("_muscaria/", "").replace("_edulis/", "") for line in LIST]
    photos(*(line.split("\t")[2] for line in flat))
    written(file, *classes)
    assert read_lst(written("train.lst.gz", *flat)).frame["scientific_name"].tolist() == NAMES


def test_lines_that_cannot_be_are_counted(written, photos):
    photos(*PHOTOS, "4.jpg")
    written("classes.txt", "Amanita muscaria", "Boletus edulis")
    lines = [
        LIST[0],
        f"1\t0.5\t{PHOTOS[0]}",
        f"2\t-1\t{PHOTOS[0]}",
        f"3\tnan\t{PHOTOS[0]}",
        f"4\t2\t{PHOTOS[0]}",
        f"5\t0\t1\t{PHOTOS[0]}",
        "6\t0",
        f"x\t0\t{PHOTOS[0]}",
        "8\t0\tnowhere.jpg",
        "9\t0\t../outside.jpg",
        b"10\t0\t\xff.jpg",
        "",
        f"12\t1\t{PHOTOS[2]}",
    ]
    read = read_lst(written("train.lst", *lines))
    assert read.frame["line"].tolist() == [1, 13]
    assert read.rejected == {
        "unusable_label": 3, "unknown_label": 1, "several_labels": 1, "not_a_list_line": 2, "missing_file": 1,
        "outside_folder": 1, "not_utf8": 1,
    }  # fmt: skip
    assert read.examples["unknown_label"] == ("line 5",)


def test_one_label_for_two_folders_is_said(written, photos):
    photos(*PHOTOS)
    read = read_lst(written("train.lst", *LIST[:2], f"2\t{0:f}\t{PHOTOS[2]}"))
    assert read.frame["scientific_name"].tolist() == NAMES
    (warning,) = read.warnings
    assert "label 0.000000 stands for photos in several folders" in warning


def test_photos_in_no_folder_have_no_name_without_a_class_list(written, photos):
    photos("1.jpg")
    assert read_lst(written("train.lst", "0\t0\t1.jpg")).rejected == {"no_name": 1}


def test_lines_of_many_fields_are_judged_without_trying_every_way_to_read_them():
    assert not LINE.fullmatch("1" + "\t-1" * 30_000 + "\t")
    assert LINE.fullmatch("1" + "\t-1" * 30_000 + "\ta.jpg")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["a" + " " * 100_000 + "b"], "more than"),
        (["0 Amanita muscaria", "0 Boletus edulis"], "one number twice"),
        ([b"\xff"], "line 1: not_utf8"),
    ],
)
def test_a_class_list_that_cannot_be_is_refused(written, lines, said):
    written("classes.txt", *lines)
    with pytest.raises(BadInput, match=f"classes.txt: {said}"):
        read_lst(written("train.lst", *LIST))
