"""The photos that a run keeps: held out to measure on, others to calibrate with."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import BadInput
from sporeprint_training.run import Run
from sporeprint_training.run_photos import read_photos, write_photos


@pytest.fixture
def keep(coloured, tmp_path):
    """`keep(deadly)`: the photos of the coloured data set that a run of it keeps."""

    def make(deadly=()):
        data = read_dataset(coloured)
        write_photos(tmp_path, data, deadly)
        return Run(tmp_path, SimpleNamespace(classes=data.species["scientific_name"].tolist()))

    return make


def test_held_out_photos_are_kept_to_measure_on_and_others_to_calibrate_with(keep, coloured):
    data, kept = read_dataset(coloured), read_photos(keep())
    splits = dict(zip(data.photos["photo_id"], data.photos["split"], strict=True))
    labels = dict(zip(data.photos["photo_id"], data.photos["label"], strict=True))
    for photo in kept.photos:
        name = Path(photo.path).stem
        assert (photo.split, photo.label) == (splits[name], labels[name])
    assert len(kept.of("val", "test")) == sum(split != "train" for split in splits.values())
    assert {photo.label for photo in kept.of("train")} == set(labels.values())


def test_photos_are_kept_without_room_of_their_own(keep):
    run = keep()
    photo = run.folder / read_photos(run).photos[0].path
    assert photo.stat().st_nlink > 1, "a link, on a file system that has them"


def test_where_links_cannot_be_made_photos_are_copied(keep, monkeypatch):
    def refuse(*arguments):
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refuse)
    run = keep()
    assert {(run.folder / photo.path).stat().st_nlink for photo in read_photos(run).photos} == {1}


@pytest.mark.parametrize("limits", [(4, 3), (5, 2)])
def test_of_many_photos_some_of_every_class_are_kept(limits, keep, monkeypatch):
    monkeypatch.setattr("sporeprint_training.run_photos.HELD_OUT_PHOTOS", limits[0])
    monkeypatch.setattr("sporeprint_training.run_photos.CALIBRATION_PHOTOS", limits[1])
    run = keep()
    kept = read_photos(run)
    assert (len(kept.of("val", "test")), len(kept.of("train"))) == limits
    labels = {photo.label for photo in kept.of("train")}
    assert len(labels) == min(limits[1], len(run.record.classes))


def test_of_deadly_species_every_held_out_photo_is_kept(keep, coloured, monkeypatch):
    monkeypatch.setattr("sporeprint_training.run_photos.HELD_OUT_PHOTOS", 2)
    photos = read_dataset(coloured).photos
    kept = [photo.label for photo in read_photos(keep(deadly={1})).of("val", "test")]
    assert kept.count(1) == ((photos["label"] == 1) & (photos["split"] != "train")).sum() > 1
    assert len(set(kept)) == 2, "and the others in turn"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda photo: {**photo, "path": "../outside.jpg"}, "missing or changed"),
        (lambda photo: {**photo, "path": "photos/\0"}, "missing or changed"),
        (lambda photo: {**photo, "sha256": "0" * 64}, "missing or changed"),
        (lambda photo: {**photo, "label": 99}, "label 99"),
        (lambda photo: {**photo, "split": "train"}, "photos of every kind"),
    ],
)
def test_a_changed_list_of_photos_is_refused(change, said, keep):
    run = keep()
    content = json.loads((run.folder / "photos.json").read_bytes())
    content["photos"] = [change(photo) for photo in content["photos"]]
    (run.folder / "photos.json").write_text(json.dumps(content))
    with pytest.raises(BadInput, match=said):
        read_photos(run)
