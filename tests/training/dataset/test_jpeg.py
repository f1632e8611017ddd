"""Stripping metadata without touching the picture."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from sporeprint_training.dataset.jpeg import is_plain_jpeg, strip_metadata


def _pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


@pytest.mark.parametrize(
    "save",
    [
        {},
        {"progressive": True, "quality": 80},
        {"restart_marker_blocks": 2},
        {"quality": 95, "subsampling": 0, "optimize": True},
        {"keep_rgb": True},
    ],
)
def test_stripped_pictures_decode_to_the_same_pixels(jpeg, save):
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    data = jpeg(1, (120, 90), exif=exif, comment=b"secret note", icc_profile=bytes(300), dpi=(72, 72), **save)
    stripped = strip_metadata(data + b"secret trailer")
    assert _pixels(stripped) == _pixels(data)
    assert b"secret" not in stripped
    assert len(stripped) < len(data)


def test_stripping_twice_changes_nothing_more(jpeg):
    once = strip_metadata(jpeg(1, comment=b"note"))
    assert strip_metadata(once) == once


def test_real_photos_decode_to_the_same_pixels(real_data):
    for path in sorted((real_data / "fungi20").rglob("*.jpg"))[::40]:
        data = path.read_bytes()
        assert _pixels(strip_metadata(data)) == _pixels(data)


def test_adobe_colour_information_is_kept(picture):
    stream = io.BytesIO()
    picture(1).convert("CMYK").save(stream, "JPEG")
    stripped = strip_metadata(stream.getvalue())
    assert b"Adobe" in stripped
    assert _pixels(stripped) == _pixels(stream.getvalue())


@pytest.mark.parametrize("cut", [1, 2, 20, 300, -2])
def test_broken_structure_is_an_error_and_never_a_loop(jpeg, cut):
    with pytest.raises(ValueError, match=r"."):
        strip_metadata(jpeg(1)[:cut])


def test_only_upright_small_rgb_jpegs_keep_their_bytes(jpeg, picture):
    turned = Image.Exif()
    turned[0x0112] = 3
    grey, png = io.BytesIO(), io.BytesIO()
    picture(1).convert("L").save(grey, "JPEG")
    picture(1).save(png, "PNG")
    assert is_plain_jpeg(jpeg(1), 64)
    assert not is_plain_jpeg(jpeg(1), 63)
    assert not is_plain_jpeg(jpeg(1, exif=turned), 64)
    assert not is_plain_jpeg(grey.getvalue(), 64)
    assert not is_plain_jpeg(png.getvalue(), 64)
