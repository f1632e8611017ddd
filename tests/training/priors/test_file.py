"""`priors.bin`: what is written comes back, and nothing else is taken for it."""

from __future__ import annotations

import random
import struct
from array import array

import pytest

from sporeprint_training.priors.file import PlaceLevels, Priors, cell_of, encode_levels, encode_priors, parse_priors
from sporeprint_training.priors.record import PlaceRecord, PriorsRecord, SeasonRecord

COMMON = {"n": 90, "n_validation": 20, "gain": 0.1, "width": 0.5, "weight": 1.0}


def record(season=1.0, place=1.0, degrees=5.0, cells=3):
    return PriorsRecord(
        path="priors.bin",
        season=SeasonRecord(strength=season, **COMMON) if season is not None else None,
        place=PlaceRecord(strength=place, degrees=degrees, cells=cells, **COMMON) if place is not None else None,
    )


def random_levels(source, count):
    """Runs of every length, also longer than one byte can say."""
    levels = array("b")
    while len(levels) < count:
        levels.extend([source.randint(-15, 15)] * min(source.choice([1, 1, 2, 7, 8, 9, 300]), count - len(levels)))
    return levels


@pytest.mark.parametrize("parts", ["season", "place", "both"])
def test_what_is_written_comes_back(parts):
    source = random.Random(1)
    for classes, cells in ((1, 1), (3, 700), (40, 20)):
        numbers = tuple(sorted(source.sample(range(36 * 72), cells)))
        season = random_levels(source, classes * 12) if parts != "place" else None
        place = PlaceLevels(5.0, numbers, random_levels(source, classes * cells)) if parts != "season" else None
        stated = record(season=1.0 if season else None, place=0.4 if place else 0.0, cells=cells)
        written = Priors(classes, season, place)
        assert parse_priors(encode_priors(written), stated, classes) == written


def test_equal_neighbours_are_stored_once():
    assert encode_levels(array("b", [-3] * 263), 1, 263) == bytes([7 << 5 | 13, 255])
    assert encode_levels(array("b", [0] * 7 + [15]), 1, 8) == bytes([6 << 5 | 16, 31])
    # A run ends with its row.
    assert encode_levels(array("b", [0] * 4), 2, 2) == bytes([1 << 5 | 16] * 2)


@pytest.mark.parametrize(
    ("levels", "classes", "columns"), [([16], 1, 1), ([-16], 1, 1), ([0, 0], 1, 1), ([0], 1, 2), ([], 1, 1)]
)
def test_levels_that_do_not_fit_are_not_written(levels, classes, columns):
    with pytest.raises(ValueError, match="level"):
        encode_levels(array("b", levels), classes, columns)


GOOD = encode_priors(
    Priors(2, array("b", range(-12, 12)), PlaceLevels(5.0, (7, 8, 2591), array("b", [1, 1, 2, 3, 4, 5])))
)
HEAD = 10


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "too short"),
        (GOOD[:9], "too short"),
        (GOOD[:20], "too short"),
        (GOOD[:-1], "too short"),
        (GOOD + b"\0", "1 bytes too many"),
        (b"SPP2" + GOOD[4:], "no such header"),
        (GOOD[:6] + b"\4" + GOOD[7:], "no such header"),
        (GOOD[:7] + b"\0" + GOOD[8:], "no such header"),
        # 7 is no part of 180 degrees.
        (GOOD[:7] + b"\x1c" + GOOD[8:], "cells out of order"),
        (GOOD[: HEAD + 24] + struct.pack("<3H", 8, 7, 2591) + GOOD[HEAD + 30 :], "cells out of order"),
        (GOOD[: HEAD + 24] + struct.pack("<3H", 7, 7, 2591) + GOOD[HEAD + 30 :], "cells out of order"),
        (GOOD[: HEAD + 24] + struct.pack("<3H", 7, 8, 2592) + GOOD[HEAD + 30 :], "cell 2592"),
        (GOOD[:HEAD] + b"\0" + GOOD[HEAD + 1 :], "a run of 1 × -16 in row 1"),
        (GOOD[: HEAD + 11] + b"\x30" + GOOD[HEAD + 12 :], "a run of 2 × 0 in row 1"),
        (GOOD[:-1] + b"\xf0", "too short"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(data, words):
    with pytest.raises(ValueError, match=words):
        parse_priors(data, record(), 2)


@pytest.mark.parametrize(
    ("stated", "classes", "words"),
    [
        (record(), 3, "2 classes instead of 3"),
        (record(season=0.0), 2, "other parts than are described"),
        (record(place=None), 2, "other parts than are described"),
        (record(degrees=10.0), 2, "3 cells of 5° instead of 3 of 10°"),
        (record(cells=4), 2, "3 cells of 5° instead of 4 of 5°"),
    ],
)
def test_a_file_that_differs_from_its_description_is_refused(stated, classes, words):
    parse_priors(GOOD, record(), 2)
    with pytest.raises(ValueError, match=words):
        parse_priors(GOOD, stated, classes)


@pytest.mark.parametrize(
    ("latitude", "longitude", "cell"),
    [
        (-90, -180, 0),
        (-86, -180, 0),
        (-85, -180, 72),
        (-90, 179.9, 71),
        (-90, 180, 0),
        (90, -180, 35 * 72),
        (2, 3, 1332),
    ],
)
def test_every_place_has_one_cell(latitude, longitude, cell):
    assert cell_of(latitude, longitude, 5.0) == cell
