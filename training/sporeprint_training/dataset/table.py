"""Tables that strangers wrote, row by row: CSV, or separated by tabs as GBIF's downloads are.

One line is held at a time. Every row has as many fields as the header, because one that has not is shifted: a value
would be read as another column's.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from sporeprint_training.errors import BadInput

_MAX_LINE = 1_000_000
"""Bytes; a file without line breaks must not be read as one line."""

_Row = tuple[int, list[str]]
"""Line number (of the last line, where a field has several) and fields; none for an empty line."""


@dataclass(frozen=True)
class Table:
    """A table that is being read."""

    label: str
    """What messages call it."""
    columns: tuple[str, ...]
    rows: Iterator[_Row]

    def place(self, line: int) -> str:
        """Where a row stands."""
        return f"{self.label}, line {line}"


def open_table(stream: BinaryIO, label: str) -> Table:
    """Read the header; the rows are read as they are asked for.

    Args:
        stream: UTF-8; tabs in the first line say that tabs separate, and then quotation marks are text.
        label: what messages call it.

    Raises:
        BadInput: here or from `rows`: a line is too long or not UTF-8, or a row cannot be read or has another number
            of fields than the header; the message names file and line.
    """
    lines = _lines(stream, label)
    header = next(lines, "")
    tabs = "\t" in header
    text = chain([header], lines)
    rows = _whole(_split(text) if tabs else _parsed(text, label), label)
    _, columns = next(rows, (1, []))
    return Table(label, tuple(name.strip() for name in columns), rows)


def _whole(rows: Iterator[_Row], label: str) -> Iterator[_Row]:
    width = 0
    for line, row in rows:
        width = width or len(row)
        if row and len(row) != width:
            raise BadInput(
                "A row of a table has one field per column",
                received=f"{label}, line {line}: {len(row)} fields under {width} columns",
                next_step="Correct the row; the file may have been cut short, or a field holds the separator",
            )
        if row:
            yield line, row


def _split(lines: Iterator[str]) -> Iterator[_Row]:
    # Without quotation there is nothing to parse; csv takes twice as long for 241 columns.
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        yield number, text.split("\t") if text else []


def _parsed(lines: Iterator[str], label: str) -> Iterator[_Row]:
    reader = csv.reader(lines, strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise BadInput(
            "A table is CSV, or separated by tabs",
            received=f"{label}, line {reader.line_num}: {error}",
            next_step="Save it again as CSV",
        ) from None


def _lines(stream: BinaryIO, label: str) -> Iterator[str]:
    number, encoding = 0, "utf-8-sig"
    while raw := stream.readline(_MAX_LINE):
        number += 1
        if len(raw) == _MAX_LINE:
            raise BadInput(
                f"A line of a table has fewer than {_MAX_LINE:,} bytes",
                received=f"{label}, line {number}",
                next_step="Save it as CSV, one row per line",
            )
        try:
            yield raw.decode(encoding)
        except UnicodeDecodeError:
            raise BadInput(
                "A table is text in UTF-8",
                received=f"{label}, line {number}",
                next_step="Unpack it if it is a zip, or save it again as UTF-8",
            ) from None
        encoding = "utf-8"
