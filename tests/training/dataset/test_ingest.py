"""Ingest of class folders: what is taken, what is refused and under which name."""

from __future__ import annotations

import io
import os
import shutil

import pytest
from PIL import Image

from sporeprint_training.dataset.info import read_info
from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.dataset.inspect import inspect
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import BadInput
from sporeprint_training.images import decode_upright


def test_class_folders_become_a_dataset_with_consistent_numbers(source, run, tmp_path):
    report = run(source(), licence="CC0-1.0", attribution="Field club")
    dataset = read_dataset(tmp_path / "dataset")
    photos, species = dataset.photos, dataset.species
    assert species["scientific_name"].tolist() == ["Agaricus campestris", "Amanita virosa"]
    assert species["family"].tolist() == ["Agaricaceae", "Amanitaceae"]
    assert species["n_photos"].tolist() == [9, 8]
    assert (report.photos, report.species, report.rejected) == (17, 2, {})
    assert sum(report.splits.values()) == 17
    assert set(photos["split"]) == {"train", "val", "test"}
    assert set(photos["licence"]) == {"CC0-1.0"}
    assert dataset.info.attribution == "Field club"
    for row in photos.itertuples():
        path = dataset.folder / row.path
        assert path.stat().st_size == row.bytes
        assert row.path == f"images/{row.photo_id[:2]}/{row.photo_id}.jpg"
        assert row.sha256.startswith(row.photo_id)
        with Image.open(path) as image:
            assert image.size == (row.width, row.height)
    assert sorted(p.name for p in dataset.folder.iterdir()) == ["dataset.h5", "images"]


def test_inspect_reports_the_numbers_of_the_ingest(source, run, tmp_path):
    folder = source()
    (folder / "Amanita virosa" / "empty.jpg").touch()
    report = run(folder)
    seen = inspect(read_dataset(tmp_path / "dataset"))
    assert (seen.photos, seen.species, seen.rejected, seen.splits) == (17, 2, {"empty": 1}, report.splits)
    assert [(row.scientific_name, row.photos) for row in seen.per_species] == [
        ("Agaricus campestris", 9),
        ("Amanita virosa", 8),
    ]
    assert seen.to_dict()["per_species"][0]["train"] == seen.per_species[0].train


def test_the_same_photos_give_the_same_dataset_whatever_the_file_system_order(source, run, tmp_path, monkeypatch):
    folder = source()
    run(folder)
    first = read_dataset(tmp_path / "dataset")
    walk = os.walk

    def backwards(top):
        for where, folders, files in walk(top):
            yield where, folders, files[::-1]

    monkeypatch.setattr(os, "walk", backwards)
    run(folder)
    second = read_dataset(tmp_path / "dataset")
    assert second.info == first.info
    assert second.photos.equals(first.photos)


def test_another_seed_divides_the_photos_differently_and_changes_the_identity(source, run, tmp_path):
    folder = source({"Amanita virosa": 30, "Boletus edulis": 30})
    run(folder, seed=1)
    first = read_dataset(tmp_path / "dataset")
    run(folder, seed=2, resplit=True)
    second = read_dataset(tmp_path / "dataset")
    assert first.photos["sha256"].tolist() == second.photos["sha256"].tolist()
    assert first.photos["split"].tolist() != second.photos["split"].tolist()
    assert first.info.sha256 != second.info.sha256


def test_every_image_file_is_taken_or_counted_under_one_reason(source, run, jpeg, picture, tmp_path):
    folder = source()
    virosa = folder / "Amanita virosa"
    (virosa / "half.jpg").write_bytes(jpeg(100, (200, 200))[:3000])
    (virosa / "page.jpg").write_text("<html>not found</html>")
    (virosa / "empty.png").touch()
    (virosa / "pixel.png").write_bytes(_saved(picture(101, (1, 1)), "PNG"))
    (virosa / "icon.png").write_bytes(_saved(picture(101, (31, 300)), "PNG"))
    (virosa / "moving.gif").write_bytes(
        _saved(picture(102), "GIF", save_all=True, append_images=[picture(103), picture(104)])
    )
    (virosa / "copy.jpg").write_bytes((virosa / "00.jpg").read_bytes())
    (virosa / "deeper" / "still").mkdir(parents=True)
    (virosa / "deeper" / "still" / "good.webp").write_bytes(_saved(picture(105), "WEBP"))
    (virosa / "notes.txt").write_text("not a photo")
    (virosa / ".hidden.jpg").write_bytes(jpeg(106))
    (folder / "stray.jpg").write_bytes(jpeg(107))
    (virosa / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    (folder / "list.csv").write_text("a,b\n")
    report = run(folder)
    assert report.rejected == {
        "animated": 1,
        "duplicate": 1,
        "empty": 1,
        "no_species": 1,
        "not_an_image": 1,
        "too_small": 2,
        "truncated": 1,
        "unreadable": 1,
    }
    assert report.photos == 18


def test_a_picture_under_two_species_stays_once_and_is_reported(source, run, tmp_path):
    folder = source()
    shutil.copy(folder / "agaricus_campestris" / "03.jpg", folder / "Amanita virosa" / "zz.jpg")
    report = run(folder)
    assert report.rejected == {"duplicate_other_species": 1}
    assert [
        line for line in report.warnings if "Amanita virosa/zz.jpg" in line and "agaricus_campestris/03.jpg" in line
    ]


def test_a_lossless_copy_in_another_format_is_a_duplicate(source, run, picture, jpeg):
    folder = source()
    with Image.open(folder / "Amanita virosa" / "00.jpg") as image:
        image.save(folder / "Amanita virosa" / "copy.png")
    assert run(folder).rejected == {"duplicate": 1}


def test_species_with_too_few_photos_are_left_out_and_listed(source, run, tmp_path):
    folder = source()
    source({"Boletus edulis": 4, "Clathrus archeri": 1}, first_seed=50)
    (folder / "Fomes fomentarius").mkdir()
    report = run(folder)
    assert report.rejected == {"too_few_photos": 5}
    assert "Left out, with fewer than 5 photos: Boletus edulis (4), Clathrus archeri (1), Fomes fomentarius (0)" in (
        report.warnings
    )
    assert read_dataset(tmp_path / "dataset").species["scientific_name"].tolist() == [
        "Agaricus campestris",
        "Amanita virosa",
    ]


def test_sources_are_merged_by_name(source, run, tmp_path):
    one = source(name="one")
    other = source({"Agaricus  Campestris": 1, "agaricus campestris": 3}, "other", first_seed=50)
    report = run(one, other)
    dataset = read_dataset(tmp_path / "dataset")
    assert dataset.species.set_index("scientific_name")["n_photos"]["Agaricus campestris"] == 12
    assert report.rejected == {"too_few_photos": 1}
    assert dataset.info.name == "one"


def test_hostile_folder_names_are_data_capped_or_refused(source, run, tmp_path):
    folder = source()
    source({"<img src=x onerror=alert(1)>": 5, "=cmd()": 5, "Boletus \u202esiludE": 5, "x" * 250: 5}, first_seed=50)
    report = run(folder)
    names = read_dataset(tmp_path / "dataset").species["scientific_name"].tolist()
    assert names == sorted(
        ["<img src=x onerror=alert(1)>", "=cmd()", "Agaricus campestris", "Amanita virosa", "X" + "x" * 199]
    )
    assert report.rejected == {"bad_name": 5}


def test_a_plain_jpeg_keeps_its_picture_and_loses_its_metadata(source, run, jpeg, tmp_path):
    folder = source()
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8825)[1] = "N"  # GPSLatitudeRef
    original = jpeg(200, exif=exif, comment=b"my garden", icc_profile=b"profile")
    (folder / "Amanita virosa" / "gps.jpg").write_bytes(original)
    run(folder)
    row = read_dataset(tmp_path / "dataset").photos.set_index("source_file").loc["Amanita virosa/gps.jpg"]
    stored = (tmp_path / "dataset" / row["path"]).read_bytes()
    assert not [word for word in (b"Exif", b"Camera", b"my garden", b"ICC_PROFILE") if word in stored]
    assert decode_upright(stored).tobytes() == decode_upright(original).tobytes()


def test_rotated_and_large_photos_are_stored_upright_and_small(source, run, jpeg, tmp_path):
    folder = source()
    exif = Image.Exif()
    exif[0x0112] = 6
    (folder / "Amanita virosa" / "turned.jpg").write_bytes(jpeg(200, (300, 100), exif=exif))
    (folder / "Amanita virosa" / "strip.png").write_bytes(_saved(Image.effect_noise((4000, 40), 90), "PNG"))
    run(folder, max_side=128)
    photos = read_dataset(tmp_path / "dataset").photos.set_index("source_file")
    assert tuple(photos.loc["Amanita virosa/turned.jpg", ["width", "height"]]) == (43, 128)
    assert tuple(photos.loc["Amanita virosa/strip.png", ["width", "height"]]) == (128, 1)
    with Image.open(tmp_path / "dataset" / photos["path"]["Amanita virosa/turned.jpg"]) as image:
        assert (image.mode, image.size, dict(image.getexif())) == ("RGB", (43, 128), {})


def test_linked_class_folders_are_followed(source, run, tmp_path):
    folder = source()
    (folder / "Amanita virosa").rename(tmp_path / "elsewhere")
    (folder / "Amanita virosa").symlink_to(tmp_path / "elsewhere")
    assert run(folder).photos == 17


@pytest.mark.real_data
def test_real_photos_of_twenty_species(real_data, tmp_path):
    report = ingest([real_data / "fungi20"], tmp_path / "dataset", IngestOptions())
    photos = read_dataset(tmp_path / "dataset").photos
    assert (report.photos, report.species, report.rejected) == (1398, 20, {"duplicate": 2})
    assert report.splits == {"train": 998, "val": 200, "test": 200}
    sizes = photos["group_id"].value_counts()
    assert (sizes > 1).sum() == 5
    assert photos.groupby("group_id")["split"].nunique().max() == 1


def _saved(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def test_photos_that_are_declared_to_show_no_fungi_are_recorded_so_and_fungi_among_them_refused(source, run, tmp_path):
    run(source({"Canis lupus": 8, "Felis catus": 8}, name="pets"), not_fungi=True)
    assert read_info(tmp_path / "dataset").not_fungi
    with pytest.raises(BadInput, match=r"2 fungi, such as Agaricus campestris"):
        run(source(), not_fungi=True)
    assert read_info(tmp_path / "dataset").not_fungi
