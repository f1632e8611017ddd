"""What is flagged for somebody to look at."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from sporeprint_training.dataset.flags import FLAGS, flags_of
from sporeprint_training.dataset.store import read_dataset


@pytest.fixture
def photo(real_data) -> Image.Image:
    return Image.open(sorted((real_data / "inat7" / "Amanita muscaria").glob("*.jpg"))[0]).convert("RGB")


def test_a_photo_is_flagged_for_nothing(photo):
    assert list(flags_of(photo)) == []


def test_a_photo_without_colour_is_grey(photo):
    assert list(flags_of(photo.convert("L").convert("RGB"))) == ["grey"]


def test_a_narrow_picture_is_small(photo):
    assert list(flags_of(photo.resize((223, 400)))) == ["small"]


def test_lines_on_paper_are_a_drawing():
    plate = Image.new("RGB", (600, 800), (250, 245, 230))
    pen = ImageDraw.Draw(plate)
    pen.ellipse((150, 200, 450, 420), fill=(190, 40, 30), outline="black", width=4)
    pen.rectangle((270, 420, 330, 650), fill=(240, 235, 220), outline="black", width=4)
    assert list(flags_of(plate)) == ["drawing"]


def test_few_real_photos_are_flagged(real_data):
    found = [list(flags_of(Image.open(path).convert("RGB"))) for path in sorted(real_data.glob("inat7/*/*.jpg"))[::5]]
    assert len(found) > 40
    assert sum(map(bool, found)) <= 1


def test_flagged_photos_stay_in_the_data_set(source, run, tmp_path):
    report = run(source())
    photos = read_dataset(tmp_path / "dataset").photos
    assert report.rejected == {}
    assert set(photos["flags"]) == {"small"}
    assert set(" ".join(photos["flags"]).split()) <= set(FLAGS)
