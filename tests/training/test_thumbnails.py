from __future__ import annotations

import dataclasses

import pytest
from PIL import Image

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
    assert written[1].credit == "Eve, CC-BY-4.0"


def test_a_large_photo_becomes_320_px_and_loses_its_metadata(coloured, tmp_path):
    data = relicensed(coloured, "CC0", "")
    folder = tmp_path / "large"
    for path in data.photos["path"]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        exif = Image.Exif()
        exif[0x010F] = "camera"
        Image.new("RGB", (500, 400), "red").save(folder / path, exif=exif, comment=b"where I found it")
    written = write_thumbnails(dataclasses.replace(data, folder=folder), tmp_path)
    with Image.open(tmp_path / written[0].path) as picture:
        assert picture.size == (320, 320)
        assert not picture.getexif()
        assert "comment" not in picture.info
