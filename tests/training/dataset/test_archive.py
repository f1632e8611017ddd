"""Zips of strangers: judged before anything is read, and never unpacked."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import BadInput


@pytest.fixture
def packed(source, tmp_path):
    """`packed(prefix)`: two species in a zip."""

    def make(prefix=""):
        folder = source({"Amanita virosa": 6, "Boletus edulis": 6})
        path = tmp_path / "photos.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(folder.rglob("*.jpg")):
                archive.write(file, prefix + file.relative_to(folder).as_posix())
        return path

    return make


def test_a_zip_of_class_folders_is_ingested_without_unpacking(packed, run, tmp_path):
    path = packed()
    assert run(path).photos == 12
    dataset = read_dataset(tmp_path / "dataset")
    assert dataset.info.name == "photos"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dataset", "photos", "photos.zip"]


def test_a_zip_that_wraps_everything_in_one_folder_gives_the_same_species(packed, run, tmp_path):
    path = packed("my photos/")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("my photos/observations.csv", "file,observation_url\nBoletus edulis/00.jpg,https://e.org/9\n")
        archive.writestr("__MACOSX/my photos/Boletus edulis/._00.jpg", b"fork")
    report = run(path)
    dataset = read_dataset(tmp_path / "dataset")
    assert dataset.species["scientific_name"].tolist() == ["Amanita virosa", "Boletus edulis"]
    assert report.rejected == {}
    assert "https://e.org/9" in set(dataset.photos["observation_id"])


def test_a_truncated_zip_is_one_line_with_its_path_and_no_output(packed, run, tmp_path):
    path = packed()
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BadInput, match="truncated or damaged") as caught:
        run(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    assert not (tmp_path / "dataset").exists()


def test_a_damaged_member_is_counted_and_the_rest_is_kept(packed, run):
    path = packed()
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("Boletus edulis/03.jpg")
    middle = member.header_offset + 30 + len(member.filename) + member.compress_size // 2
    data[middle] ^= 0xFF
    path.write_bytes(bytes(data))
    report = run(path)
    assert report.rejected == {"truncated": 1}
    assert report.photos == 11


@pytest.mark.parametrize("name", ["../evil.jpg", "/etc/evil.jpg", "a/../../evil.jpg", "C:\\evil.jpg", "..\\evil.jpg"])
def test_a_member_outside_the_zip_is_refused(packed, run, tmp_path, name):
    path = packed()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(BadInput, match="lies inside it"):
        run(path)
    assert not (tmp_path / "dataset").exists()


def test_a_zip_bomb_is_refused_before_anything_is_read(packed, run, monkeypatch):
    path = packed()
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Boletus edulis/bomb.bmp", bytes(3_000_000))
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("a member was read"))
    with pytest.raises(BadInput, match="200 times its size"):
        run(path)


def test_many_small_members_that_share_their_bytes_are_a_bomb_too(packed, run, tmp_path):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"Boletus edulis/{number}.bmp", bytes(500_000))
    with pytest.raises(BadInput, match="200 times its size"):
        run(path)


def test_an_encrypted_zip_is_refused(packed, run):
    path = packed()
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(BadInput, match="not encrypted"):
        run(path)


def test_other_files_are_refused_by_name(run, tmp_path):
    path = tmp_path / "photos.tar"
    with tarfile.open(path, "w") as archive:
        archive.addfile(tarfile.TarInfo("a.jpg"), io.BytesIO())
    with pytest.raises(BadInput, match=r"photos\.tar, which is a tar: unpack it"):
        run(path)


def test_an_empty_file_named_zip_is_damaged(run, tmp_path):
    (tmp_path / "photos.zip").touch()
    with pytest.raises(BadInput, match="truncated or damaged"):
        run(tmp_path / "photos.zip")
