"""`priors.bin`: ratios as whole steps of their logarithm, row by row, with equal neighbours stored once.

The browser reads the same bytes (`app/shared/priors.js`); a change here is a change there. Numbers are little-endian:

    4 bytes  "SPP1"
    uint16   classes
    uint8    parts: 1 season, 2 place, 3 both
    uint8    side of a cell in quarter degrees, 0 without places
    uint16   cells, 0 without places
    season   one row of 12 months per class
    cells    uint16 each, ascending: row from the south times columns + column from 180° west
    place    one row of cells per class

A row is a sequence of runs that together have its length. A run's first byte is level + 16 in the lower five bits and
its length - 1 in the upper three; when these say 7, a second byte holds its length - 8. A ratio is
exp(level × `STEP`), levels reach from -15 to 15.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sporeprint_training.priors.record import PriorsRecord

MONTHS = 12
LEVELS = 15
LARGEST_RATIO = 20.0
"""Ratios are kept within 1/20 and 20: evidence from a photo can always outweigh them."""
STEP = math.log(LARGEST_RATIO) / LEVELS
_HEADER = struct.Struct("<4sHBBH")
_MAGIC = b"SPP1"
_SEASON, _PLACE = 1, 2
_QUARTERS = 4
_ZERO, _LEVEL_BITS, _LONG = 16, 5, 7
_LONGEST = 255 + _LONG + 1


@dataclass(frozen=True)
class PlaceLevels:
    """Levels by cell."""

    degrees: float
    """Side of a cell; divides 180."""
    cells: tuple[int, ...]
    """Numbers of the cells that have a column, ascending; see `cell_of`."""
    levels: array[int]
    """Class by class, one level for each of `cells`."""


@dataclass(frozen=True)
class Priors:
    """The content of the file."""

    classes: int
    season: array[int] | None
    """Class by class, January to December as in the northern hemisphere."""
    place: PlaceLevels | None


def cell_of(latitude: float, longitude: float, degrees: float) -> int:
    """Number of the cell that holds a place; both poles and 180° east belong to a cell, too.

    Args:
        latitude: -90 to 90.
        longitude: -180 to 180.
        degrees: side of a cell.
    """
    rows, columns = round(180 / degrees), round(360 / degrees)
    row = min(math.floor((latitude + 90) / degrees), rows - 1)
    return row * columns + math.floor((longitude + 180) / degrees) % columns


def encode_priors(priors: Priors) -> bytes:
    """The file's bytes.

    Raises:
        ValueError: levels that are too many, too few or out of range, or cells that are out of order.
    """
    season, place = priors.season, priors.place
    parts = (_SEASON if season is not None else 0) | (_PLACE if place is not None else 0)
    quarters = round(place.degrees * _QUARTERS) if place else 0
    data = bytearray(_HEADER.pack(_MAGIC, priors.classes, parts, quarters, len(place.cells) if place else 0))
    if season is not None:
        data += encode_levels(season, priors.classes, MONTHS)
    if place:
        data += struct.pack(f"<{len(place.cells)}H", *place.cells)
        data += encode_levels(place.levels, priors.classes, len(place.cells))
    _parse(bytes(data))
    return bytes(data)


def encode_levels(levels: Sequence[int], classes: int, columns: int) -> bytes:
    """Rows of levels as runs.

    Raises:
        ValueError: another number of levels than `classes` × `columns`.
    """
    if len(levels) != classes * columns:
        raise ValueError(f"{len(levels)} levels for {classes} classes in {columns} columns")
    data = bytearray()
    for start in range(0, len(levels), columns or 1):
        row = levels[start : start + columns]
        at = 0
        while at < len(row):
            end = at + 1
            while end < len(row) and row[end] == row[at] and end - at < _LONGEST:
                end += 1
            data += _run(row[at], end - at)
            at = end
    return bytes(data)


def _run(level: int, length: int) -> bytes:
    if not -LEVELS <= level <= LEVELS:
        raise ValueError(f"level {level}")
    if length <= _LONG:
        return bytes([(length - 1) << _LEVEL_BITS | (level + _ZERO)])
    return bytes([_LONG << _LEVEL_BITS | (level + _ZERO), length - 1 - _LONG])


def parse_priors(data: bytes, record: PriorsRecord, classes: int) -> Priors:
    """Read the file of a model.

    Args:
        data: its bytes.
        record: what the run or the manifest says of it.
        classes: of the model.

    Raises:
        ValueError: bytes that are no such file, or that differ from the record; the text says how.
    """
    priors = _parse(data)
    if priors.classes != classes:
        raise ValueError(f"{priors.classes} classes instead of {classes}")
    season, place = record.strengths()
    if (priors.season is not None, priors.place is not None) != (season > 0, place > 0):
        raise ValueError("other parts than are described")
    if priors.place and record.place:
        found, stated = (priors.place.degrees, len(priors.place.cells)), (record.place.degrees, record.place.cells)
        if found != stated:
            raise ValueError(f"{found[1]} cells of {found[0]:g}° instead of {stated[1]} of {stated[0]:g}°")
    return priors


def _parse(data: bytes) -> Priors:
    if len(data) < _HEADER.size:
        raise ValueError("too short")
    magic, classes, parts, quarters, count = _HEADER.unpack_from(data)
    has_season, has_place = bool(parts & _SEASON), bool(parts & _PLACE)
    if magic != _MAGIC or not classes or parts not in (1, 2, 3) or has_place != bool(quarters and count):
        raise ValueError("no such header")
    at = _HEADER.size
    season = place = None
    if has_season:
        season, at = _read_levels(data, at, classes, MONTHS)
    if has_place:
        cells, at = _read_cells(data, at, count, quarters / _QUARTERS)
        levels, at = _read_levels(data, at, classes, count)
        place = PlaceLevels(quarters / _QUARTERS, cells, levels)
    if at != len(data):
        raise ValueError(f"{len(data) - at} bytes too many")
    return Priors(classes, season, place)


def _read_cells(data: bytes, at: int, count: int, degrees: float) -> tuple[tuple[int, ...], int]:
    end = at + 2 * count
    if end > len(data):
        raise ValueError("too short")
    cells = struct.unpack_from(f"<{count}H", data, at)
    if 180 % degrees or any(a >= b for a, b in pairwise(cells)):
        raise ValueError("cells out of order")
    if cells[-1] >= (180 / degrees) * (360 / degrees):
        raise ValueError(f"cell {cells[-1]} of {degrees:g}°")
    return cells, end


def _read_levels(data: bytes, at: int, classes: int, columns: int) -> tuple[array[int], int]:
    levels = array("b")
    for row in range(1, classes + 1):
        while len(levels) < row * columns:
            if at + 1 > len(data):
                raise ValueError("too short")
            first = data[at]
            at += 1
            level, length = (first & (2 * _ZERO - 1)) - _ZERO, (first >> _LEVEL_BITS) + 1
            if length > _LONG:
                if at + 1 > len(data):
                    raise ValueError("too short")
                length = data[at] + _LONG + 1
                at += 1
            if level < -LEVELS or len(levels) + length > row * columns:
                raise ValueError(f"a run of {length} × {level} in row {row}")
            levels.extend([level] * length)
    return levels, at
