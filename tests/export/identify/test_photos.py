"""What is found where: files, folders, addresses, and names that are not made for terminals."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from colour_bundle import plain_photo
from sporeprint_export.identify.failures import WORDS, Unusable
from sporeprint_export.identify.fetch import Limits
from sporeprint_export.identify.photos import find_photos, read_pixels
from sporeprint_training.input_spec import InputSpec


def test_a_folders_photos_are_found_by_their_suffix_in_order_and_the_rest_left_alone(photos):
    (photos / "Z LAST.JPG").write_bytes(b"x")
    (photos / ".hidden.jpg").write_bytes(b"x")
    names = [Path(source.name).relative_to(photos).as_posix() for source in find_photos([str(photos)])]
    assert names == ["Z LAST.JPG", "a red.png", "c empty.jpg", "walk/b blue.png"]


def test_a_file_that_is_named_is_tried_whatever_it_is_called(photos):
    (photos / "photo").write_bytes(plain_photo(200, 30, 20))
    (source,) = find_photos([str(photos / "photo")])
    assert read_pixels(source, InputSpec(size=32), Limits()).shape == (32, 32, 3)


def test_addresses_stay_as_they_are_but_for_a_password():
    found = find_photos(["https://example.org//a%20b.jpg?x=1", "HTTP://me:secret@example.org/p.png"])
    assert [source.name for source in found] == ["https://example.org//a%20b.jpg?x=1", "http://…@example.org/p.png"]


def test_a_name_that_is_no_text_is_shown_as_far_as_it_is(tmp_path):
    (tmp_path / os.fsdecode(b"f\xf6hre.png")).write_bytes(plain_photo(200, 30, 20))
    (source,) = find_photos([str(tmp_path)])
    assert source.name.endswith("f\ufffdhre.png")
    source.name.encode()
    assert source.read(Limits())
    (address,) = find_photos([os.fsdecode(b"http://h/\xf6")])
    address.name.encode()


@pytest.mark.parametrize("make", ["pipe", "locked", "long"])
def test_what_cannot_be_opened_is_told_and_never_waited_for(tmp_path, make):
    path = tmp_path / ("x" * 300 if make == "long" else "p.jpg")
    if make == "pipe":
        os.mkfifo(path)
    elif make == "locked":
        path.symlink_to(path)  # a circle: not even its owner can open it
    (source,) = find_photos([str(path)])
    with pytest.raises(Unusable) as caught:
        source.read(Limits())
    assert caught.value.reason in ("unreadable", "not_found")


def test_every_failure_says_what_to_do():
    for reason, text in WORDS.items():
        assert text.count(".") >= 2 or "{advice}" in text, reason
        assert not any(word in text.lower() for word in ("edible", "harmless"))
