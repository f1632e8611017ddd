"""Sources are told by their content, class folders among them."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from sporeprint_training.dataset.readers.class_folders import read_class_folders
from sporeprint_training.dataset.readers.open import READERS, open_source
from sporeprint_training.dataset.readers.recognise import KINDS, recognise
from sporeprint_training.errors import BadInput

ADDRESS = "https://example.org/1.jpg"


@pytest.fixture
def zipped(tmp_path):
    def make(*names):
        with zipfile.ZipFile(tmp_path / "packed.dat", "w") as archive:
            for name in names:
                archive.writestr(name, "content")
        return tmp_path / "packed.dat"

    return make


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["file,species"], "photo_table"),
        (["url\tspecies"], "photo_table"),
        (["licence,author"], "photo_table"),  # so that the error names the missing columns
        (["0\t1.000000\ta/1.jpg"], "lst"),
        (["\ufeff12\t1\t0\ta/1.jpg"], "lst"),
        (["filename\tname\tcreated\turl\tlicense\trightsHolder"], "mushroom_observer"),
        (["photo_id\tobservation_uuid\tobserver_id\textension\tlicense"], "inaturalist"),
        (["gbifID\ttype\tformat\tidentifier\treferences"], "darwin_core"),
        ([json.dumps({"path": "a.h5", "key": "a"})], "hdf5_description"),
        ([json.dumps({"gbif": {"path": "a.h5", "key": "a"}}, indent=2)], "hdf5_description"),
    ],
)
@pytest.mark.parametrize("name", ["source", "source.jpg"])
def test_files_are_told_by_their_content(written, lines, kind, name):
    assert recognise(written(name, *lines)) == kind
    if kind != "hdf5_description":
        assert recognise(written(f"{name}.gz", *lines)) == kind


def test_folders_and_zips_are_told_by_what_is_in_them(photos, written, zipped, tmp_path):
    photos("a/Amanita/1.jpg", "a/observations.csv", "b/meta.xml", "c/multimedia.txt")
    written("d/photos.csv.gz", "photo_id\tobservation_uuid\tobserver_id\textension\tlicense")
    # Tables beside class folders do not make them something else.
    written("e/photos.csv", "file,species")
    photos("d/Amanita/1.jpg", "e/Amanita/1.jpg", "e/observations.csv", "e/occurrence.txt")
    kinds = [recognise(tmp_path / folder) for folder in "abcde"]
    assert kinds == ["class_folders", "darwin_core", "darwin_core", "inaturalist", "class_folders"]
    assert recognise(zipped("photos/Amanita/1.jpg", "notes.txt")) == "class_folders"
    assert recognise(zipped("gbif/meta.xml", "gbif/occurrence.txt", "gbif/images/1.jpg")) == "darwin_core"
    assert recognise(zipped("quote.txt")) == "darwin_core"
    pd.DataFrame({"file": ["a"]}).to_hdf(tmp_path / "photos.csv", key="a", format="table")
    assert recognise(tmp_path / "photos.csv") == "hdf5"


def test_what_is_unknown_is_refused_with_all_that_is_known(written, photos, zipped, tmp_path):
    (tmp_path / "empty").mkdir()
    photos("flat/1.jpg")
    with tarfile.open(tmp_path / "photos.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("Amanita/1.jpg"), io.BytesIO())
    unknown = {
        tmp_path / "nowhere": "which does not exist",
        tmp_path / "empty": "none of them",
        tmp_path / "flat": "none of them",
        written("notes.txt", "These are my photos."): "none of them",
        written("nothing.csv"): "none of them",
        written("config.json", '{"batch_size": 16, "model": {"base": "Xception"}}'): "none of them",
        written("broken.json", '{"path": '): "none of them",
        written("photo.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"): "none of them",
        zipped("program.exe"): "none of them",
        tmp_path / "photos.tar.gz": "a tar: unpack it",
    }
    for path, said in unknown.items():
        with pytest.raises(BadInput, match=said) as caught:
            recognise(path)
        assert all(kind in str(caught.value) for kind in KINDS.values())
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["../Amanita/1.jpg", "/Amanita/1.jpg"])
def test_hostile_zips_are_refused_before_they_are_recognised(zipped, name):
    with pytest.raises(BadInput, match="lies inside it"):
        recognise(zipped(name))


def test_what_cannot_be_read_or_waits_for_ever_is_refused(written, tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="no file or folder"):
        recognise(tmp_path / "pipe")

    path = written("photos.csv", "file,species")

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(BadInput, match="cannot be read: Permission denied"):
        recognise(path)


def test_a_source_is_opened_with_the_reader_of_its_kind(written, monkeypatch):
    source = open_source(written("t.csv", "url,species", f"{ADDRESS},Boletus edulis"))
    assert (source.kind, source.read().frame["media"].tolist()) == ("photo_table", [ADDRESS])
    monkeypatch.delitem(READERS, "photo_table")
    with pytest.raises(BadInput, match=r"Received: .*t\.csv, a CSV or tab-separated table"):
        open_source(source.path)


def test_class_folders_are_records_with_their_observations(photos, written, tmp_path):
    photos("set/Amanita_muscaria/1.jpg", "set/Amanita_muscaria/2.jpg", "set/loose.jpg", "set/a\u202eb/3.jpg")
    (tmp_path / "set" / "Empty").mkdir()
    written(
        "set/observations.csv",
        "file,observation_url,licence,author,observed_on,latitude,longitude",
        "Amanita_muscaria/2.jpg,https://example.org/2,CC0,Ann,2021-10-03,52.5,13",
    )
    read = read_class_folders(tmp_path / "set")
    assert read.frame["media"].tolist() == ["Amanita_muscaria/1.jpg", "Amanita_muscaria/2.jpg"]
    assert set(read.frame["scientific_name"]) == {"Amanita muscaria"}
    assert set(read.frame["source"]) == {str(tmp_path / "set")}
    columns = ["observation_id", "licence_verbatim", "author", "observed_on", "latitude", "longitude"]
    assert read.frame.iloc[1][columns].tolist() == ["https://example.org/2", "CC0", "Ann", "2021-10-03", 52.5, 13.0]
    assert read.rejected == {"no_species": 2}
    assert read.warnings == ("No photo in the folders of Empty",)


@pytest.mark.real_data
def test_real_sources_are_recognised(real_data):
    kinds = {
        "fungi20": "class_folders",
        "inat7": "class_folders",
        "inat7/observations.csv": "photo_table",
        "mushroomobserver/mushrooms.tsv.gz": "mushroom_observer",
        "dwca/gbif_amblyomma": "darwin_core",
        "dwca/gbif_libertycap_multimedia": "darwin_core",
    }
    assert {name: recognise(real_data / name) for name in kinds} == kinds
    assert {recognise(path) for path in (real_data / "dwca" / "small").glob("*.zip")} == {"darwin_core"}
    for path in (real_data / "run_configs").iterdir():  # these are about runs, and no sources
        with pytest.raises(BadInput, match="none of them"):
            recognise(path)


@pytest.mark.real_data
def test_real_class_folders_are_listed_with_their_observations(real_data):
    read = read_class_folders(real_data / "inat7")
    assert (len(read.frame), read.frame["observation_id"].ne("").all(), read.rejected) == (210, True, {})
    read = read_class_folders(real_data / "fungi20")
    assert read.frame["scientific_name"].value_counts().tolist() == [70] * 20
