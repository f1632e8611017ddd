"""Ingest of class folders: what is taken, what is refused and under which name."""

from __future__ import annotations

import io
import os
import shutil
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.dataset.inspect import inspect
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.images import decode_upright

TWO = {"Amanita virosa": 8, "agaricus_campestris": 9}


def test_class_folders_become_a_dataset_with_consistent_numbers(source, run, tmp_path):
    report = run(source(TWO), licence="CC0-1.0", attribution="Field club")
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
    folder = source(TWO)
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
    folder = source(TWO)
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
    run(folder, seed=2)
    second = read_dataset(tmp_path / "dataset")
    assert first.photos["sha256"].tolist() == second.photos["sha256"].tolist()
    assert first.photos["split"].tolist() != second.photos["split"].tolist()
    assert first.info.sha256 != second.info.sha256


def test_every_image_file_is_taken_or_counted_under_one_reason(source, run, jpeg, picture, tmp_path):
    folder = source(TWO)
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
    folder = source(TWO)
    shutil.copy(folder / "agaricus_campestris" / "03.jpg", folder / "Amanita virosa" / "zz.jpg")
    report = run(folder)
    assert report.rejected == {"duplicate_other_species": 1}
    assert [
        line for line in report.warnings if "Amanita virosa/zz.jpg" in line and "agaricus_campestris/03.jpg" in line
    ]


def test_a_lossless_copy_in_another_format_is_a_duplicate(source, run, picture, jpeg):
    folder = source(TWO)
    with Image.open(folder / "Amanita virosa" / "00.jpg") as image:
        image.save(folder / "Amanita virosa" / "copy.png")
    assert run(folder).rejected == {"duplicate": 1}


def test_species_with_too_few_photos_are_left_out_and_listed(source, run, tmp_path):
    folder = source({**TWO, "Boletus edulis": 4, "Clathrus archeri": 1})
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


def test_a_species_that_one_observation_keeps_out_of_a_split_is_listed(source, run):
    folder = source(TWO)
    rows = [f"Amanita virosa/{number:02d}.jpg,https://example.org/1" for number in range(8)]
    (folder / "observations.csv").write_text("\n".join(["file,observation_url", *rows]))
    warnings = run(folder).warnings
    assert [line for line in warnings if line.startswith("No photo in test") and "Amanita virosa" in line]


def test_fewer_than_two_species_is_bad_input_with_the_table_and_leaves_nothing(source, run, tmp_path):
    folder = source({"Amanita virosa": 8, "Boletus edulis": 2})
    with pytest.raises(BadInput, match=r"1 species; too_few_photos 2.*Boletus edulis \(2\)"):
        run(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos"]


def test_sources_are_merged_by_name(source, run, tmp_path):
    one = source(TWO, "one")
    other = source({"Agaricus  Campestris": 1, "agaricus campestris": 3}, "other", first_seed=50)
    report = run(one, other)
    dataset = read_dataset(tmp_path / "dataset")
    assert dataset.species.set_index("scientific_name")["n_photos"]["Agaricus campestris"] == 12
    assert report.rejected == {"too_few_photos": 1}
    assert dataset.info.name == "one"


def test_hostile_folder_names_are_data_capped_or_refused(source, run, tmp_path):
    folder = source({**TWO, "<img src=x onerror=alert(1)>": 5, "=cmd()": 5, "Boletus \u202esiludE": 5, "x" * 250: 5})
    report = run(folder)
    names = read_dataset(tmp_path / "dataset").species["scientific_name"].tolist()
    assert names == sorted(
        ["<img src=x onerror=alert(1)>", "=cmd()", "Agaricus campestris", "Amanita virosa", "X" + "x" * 199]
    )
    assert report.rejected == {"bad_name": 5}


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
    folder = source(TWO)
    identities = set()
    for licence in ("CC-BY-4.0", "CC-BY-NC-4.0"):
        row = f"Amanita virosa/00.jpg,https://e.org/1,{licence}"
        (folder / "observations.csv").write_text(f"file,observation_url,licence\n{row}\n")
        run(folder)
        identities.add(read_dataset(tmp_path / "dataset").info.sha256)
    assert len(identities) == 2


def test_observations_that_share_a_picture_are_not_divided(source, run, tmp_path):
    folder = source(TWO)
    copy = folder / "Amanita virosa" / "copy.jpg"
    copy.write_bytes((folder / "Amanita virosa" / "00.jpg").read_bytes())
    rows = ["Amanita virosa/00.jpg,one", "Amanita virosa/copy.jpg,two", "Amanita virosa/01.jpg,two"]
    (folder / "observations.csv").write_text("\n".join(["file,observation_url", *rows]))
    assert run(folder).rejected == {"duplicate": 1}
    photos = read_dataset(tmp_path / "dataset").photos.set_index("source_file")
    groups = photos["group_id"]
    assert groups["Amanita virosa/00.jpg"] == groups["Amanita virosa/01.jpg"] != groups["Amanita virosa/02.jpg"]


def test_near_duplicates_share_a_group(source, run, picture, tmp_path):
    folder = source(TWO)
    with Image.open(folder / "Amanita virosa" / "00.jpg") as image:
        image.resize((90, 68)).save(folder / "Amanita virosa" / "larger.jpg", quality=60)
    run(folder)
    photos = read_dataset(tmp_path / "dataset").photos.set_index("source_file")
    assert photos["group_id"]["Amanita virosa/larger.jpg"] == photos["group_id"]["Amanita virosa/00.jpg"]
    assert photos["group_id"].nunique() == 17


def test_drawings_are_flagged_and_not_grouped_by_likeness(source, run, tmp_path):
    folder = source(TWO)
    with Image.open(folder / "Amanita virosa" / "00.jpg") as image:
        image.resize((90, 68)).save(folder / "Amanita virosa" / "larger.jpg")
    run(folder, drawn=True)
    dataset = read_dataset(tmp_path / "dataset")
    assert dataset.info.drawn
    assert dataset.photos["group_id"].nunique() == 18


def test_one_observation_under_two_species_is_pointed_out(source, run):
    folder = source(TWO)
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
    folder = source(TWO)
    (folder / "observations.csv").write_bytes(content)
    with pytest.raises(BadInput, match=message):
        run(folder)


def test_rows_of_the_observation_table_without_a_file_are_pointed_out(source, run):
    folder = source(TWO)
    (folder / "observations.csv").write_text("file,observation_url\nAmanita virosa/99.jpg,https://e.org/1\n")
    assert [line for line in run(folder).warnings if "99.jpg" in line]


def test_a_row_of_the_observation_table_that_ends_early_says_nothing(source, run):
    folder = source(TWO)
    (folder / "observations.csv").write_text("observation_url,file\nhttps://e.org/1\n")
    assert run(folder).photos == 17


def test_a_plain_jpeg_keeps_its_picture_and_loses_its_metadata(source, run, jpeg, tmp_path):
    folder = source(TWO)
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
    folder = source(TWO)
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


def test_a_failed_ingest_keeps_the_old_dataset(source, run, tmp_path, monkeypatch):
    folder = source(TWO)
    run(folder)
    before = read_dataset(tmp_path / "dataset").info
    monkeypatch.setattr("sporeprint_training.dataset.ingest.write_tables", _disk_full)
    with pytest.raises(StepFailed, match="No space left"):
        run(folder, seed=5)
    assert read_dataset(tmp_path / "dataset").info == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dataset", "photos"]


def test_the_dataset_never_replaces_its_own_source_or_somebody_elses_folder(source, tmp_path):
    folder = source(TWO)
    for out in (folder, tmp_path, folder / "dataset"):
        with pytest.raises(BadInput, match="outside its sources"):
            ingest([folder], out, IngestOptions())
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").touch()
    with pytest.raises(BadInput, match="new, empty, or an earlier output"):
        ingest([folder], tmp_path / "thesis", IngestOptions())
    assert len(list(folder.rglob("*.jpg"))) == 17


def test_missing_and_empty_sources_are_bad_input(tmp_path):
    (tmp_path / "photos" / "Amanita virosa").mkdir(parents=True)
    for source, message in ((tmp_path / "nowhere", "does not exist"), (tmp_path / "photos", "without any")):
        with pytest.raises(BadInput, match=message):
            ingest([source], tmp_path / "dataset", IngestOptions())
    with pytest.raises(BadInput, match="at least one source"):
        ingest([], tmp_path / "dataset", IngestOptions())
    assert not (tmp_path / "dataset").exists()


def test_linked_class_folders_are_followed(source, run, tmp_path):
    folder = source(TWO)
    (folder / "Amanita virosa").rename(tmp_path / "elsewhere")
    (folder / "Amanita virosa").symlink_to(tmp_path / "elsewhere")
    assert run(folder).photos == 17


def test_photos_are_prepared_by_the_given_executor_and_reported(source, tmp_path):
    class Inline(Executor):
        submitted = 0

        def submit(self, fn, /, *args, **kwargs):
            self.submitted += 1
            future = Future()
            future.set_result(fn(*args, **kwargs))
            return future

    seen = []

    class Recording:
        def step(self, name, total=None):
            seen.append((name, total))
            return nullcontext(lambda count: seen.append(count))

    inline = Inline()
    ingest([source(TWO)], tmp_path / "dataset", IngestOptions(), Recording(), executor=inline)
    assert inline.submitted == 2
    assert [step for step in seen if isinstance(step, tuple)] == [("Decoding photos", 17), ("Comparing photos", None)]
    assert sum(count for count in seen if isinstance(count, int)) == 17


def test_a_dead_worker_is_one_line_and_keeps_the_old_dataset(source, tmp_path):
    class Dying(Executor):
        def submit(self, fn, /, *args, **kwargs):
            future = Future()
            future.set_exception(BrokenProcessPool("a child was terminated abruptly"))
            return future

    with pytest.raises(StepFailed, match="memory ran out"):
        ingest([source(TWO)], tmp_path / "dataset", IngestOptions(), executor=Dying())
    assert not (tmp_path / "dataset").exists()


def test_worker_processes_give_the_same_dataset_as_one_process(source, run, tmp_path, monkeypatch):
    folder = source({"Amanita virosa": 40, "Boletus edulis": 40})
    run(folder)
    parallel = read_dataset(tmp_path / "dataset")
    monkeypatch.setattr("sporeprint_training.dataset.parallel._FEW", 1000)
    run(folder)
    assert read_dataset(tmp_path / "dataset").photos.equals(parallel.photos)


@pytest.mark.parametrize("options", [{"split_val": 0.5, "split_test": 0.4}, {"min_photos": 0}, {"max_sides": 3}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ValidationError):
        IngestOptions(**options)


@pytest.mark.real_data
def test_real_photos_of_twenty_species(real_data, tmp_path):
    report = ingest([real_data / "fungi20"], tmp_path / "dataset", IngestOptions())
    photos = read_dataset(tmp_path / "dataset").photos
    assert (report.photos, report.species, report.rejected) == (1398, 20, {"duplicate": 2})
    assert report.splits == {"train": 998, "val": 200, "test": 200}
    sizes = photos["group_id"].value_counts()
    assert (sizes > 1).sum() == 5
    assert photos.groupby("group_id")["split"].nunique().max() == 1


@pytest.mark.real_data
def test_real_observations_are_read(real_data, tmp_path):
    ingest([real_data / "inat7"], tmp_path / "dataset", IngestOptions())
    photos = read_dataset(tmp_path / "dataset").photos
    assert photos["observation_id"].str.startswith("https://www.inaturalist.org/observations/").all()
    assert np.isin(photos["label"].unique(), range(7)).all()


def _saved(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _disk_full(*_):
    raise OSError(28, "No space left on device")
