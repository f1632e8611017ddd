from __future__ import annotations

import dataclasses

import pytest
from PIL import Image

from sporeprint_training import thumbnails
from sporeprint_training.dataset.store import Dataset, read_dataset
from sporeprint_training.thumbnails import free_licence, write_thumbnails


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CC0-1.0", "CC0-1.0"),
        ("CC0", "CC0-1.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/legalcode", "CC0-1.0"),
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("cc_by_sa 4.0", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/licenses/by-sa/4.0/legalcode.en", "CC-BY-SA-4.0"),
    ],
)
def test_free_licences_are_recognised_in_the_usual_spellings(text, name):
    assert free_licence(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CC-BY-NC-4.0",
        "https://creativecommons.org/licenses/by-nc/4.0/",
        "CC-BY-ND-4.0",
        "CC-BY",
        "all rights reserved",
    ],
)
def test_any_other_licence_shows_no_photo(text):
    assert free_licence(text) is None


def relicensed(folder, photo_licence, info_licence) -> Dataset:
    data = read_dataset(folder)
    info = data.info.model_copy(update={"licence": info_licence, "attribution": "The collectors"})
    photos = data.photos.assign(licence=[photo_licence if label == 0 else "" for label in data.photos["label"]])
    return dataclasses.replace(data, info=info, photos=photos.assign(author="Eve"))


def test_a_photo_that_may_not_be_shown_is_not(coloured, tmp_path):
    assert write_thumbnails(relicensed(coloured, "CC-BY-NC-4.0", ""), tmp_path) == {}
    assert list((tmp_path / "thumbnails").iterdir()) == []


def test_a_photos_own_licence_wins_over_the_data_sets(coloured, tmp_path):
    written = write_thumbnails(relicensed(coloured, "CC-BY-NC-4.0", "CC BY 4.0"), tmp_path)
    assert sorted(written) == [1, 2, 3]
    assert [(photo.author, photo.licence) for photo in written[1]] == [("Eve", "CC-BY-4.0")] * 3


def test_each_picture_shows_another_find_and_leads_to_it_where_it_has_an_address(coloured, tmp_path):
    data = relicensed(coloured, "CC0", "")
    finds = ["https://example.org/1", "javascript:alert(1)"]
    photos = data.photos.assign(observation_id=[finds[index % 2] for index in range(len(data.photos))])
    written = write_thumbnails(dataclasses.replace(data, photos=photos), tmp_path)
    assert sorted(photo.source for photo in written[0]) == ["", finds[0]]


def test_a_model_of_very_many_classes_has_fewer_and_smaller_pictures(coloured, tmp_path, monkeypatch):
    monkeypatch.setattr(thumbnails, "MANY_CLASSES", 3)
    monkeypatch.setattr(thumbnails, "PLANS", ((3, 40), (2, 30)))
    written = write_thumbnails(relicensed(coloured, "CC0", ""), tmp_path)
    assert len(written[0]) == 2
    with Image.open(tmp_path / written[0][1].path) as picture:
        assert picture.size == (30, 30)


def test_a_large_photo_becomes_320_px_and_loses_its_metadata(coloured, tmp_path):
    data = relicensed(coloured, "CC0", "")
    folder = tmp_path / "large"
    for path in data.photos["path"]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        exif = Image.Exif()
        exif[0x010F] = "camera"
        Image.new("RGB", (500, 400), "red").save(folder / path, exif=exif, comment=b"where I found it")
    written = write_thumbnails(dataclasses.replace(data, folder=folder), tmp_path)
    with Image.open(tmp_path / written[0][0].path) as picture:
        assert picture.size == (320, 320)
        assert not picture.getexif()
        assert "comment" not in picture.info
