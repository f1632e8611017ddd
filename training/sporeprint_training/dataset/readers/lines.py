"""Lines and rows of tables that strangers wrote, gzipped or not: a bad row is counted, and the reading goes on.

`dataset/table.py` stops at the first bad row, because a taxonomy with a hole places species wrongly. A table of a
million photos is worth reading without the three rows that are broken.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from sporeprint_training.dataset.archive import MAX_RATIO
from sporeprint_training.dataset.readers.read import Notes
from sporeprint_training.errors import BadInput

GZIP = b"\x1f\x8b"
MAX_LINE = 131_072
"""Bytes of a row; csv refuses longer fields, too."""
_MOST_LINES = 50
"""Lines that one quoted field may span: an unbalanced quotation mark must not swallow the table."""
_SMALL = 1 << 20
_CHECKED = 1000

Row = tuple[int, list[str]]
"""Number of the row's first line, and its fields."""
_Line = tuple[int, str | None, str]
"""Number, text without its end, and why there is none."""


@dataclass(frozen=True)
class Rows:
    """A table that is being read."""

    columns: tuple[str, ...]
    """As in the header, without blanks around them."""
    rows: Iterator[Row]
    """Those with one field per column."""


@contextmanager
def reading(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacked where it is gzipped.

    Raises:
        BadInput: it is no readable file, or (from the body) a gzip that is cut short or damaged.
    """
    if not path.is_file():
        raise BadInput("A table is a file", received=f"{path}, which is none", next_step="Check the path")
    try:
        with path.open("rb") as raw:
            packed = raw.peek(2)[:2] == GZIP
            with gzip.GzipFile(fileobj=raw) if packed else raw as stream:
                yield cast(IO[bytes], stream)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BadInput(
            "A gzipped table is complete and sound",
            received=f"{path}, which is truncated or damaged",
            next_step="Download or pack it again",
        ) from None
    except OSError as error:
        raise BadInput(
            "A table can be read", received=f"{path}: {error.strerror}", next_step="Check the file's permissions"
        ) from None


def table_rows(stream: IO[bytes], path: Path, notes: Notes) -> Rows:
    """Read the header; the rows are read as they are asked for, and bad ones are rejected in `notes`.

    A row is rejected as `line_too_long`, `not_utf8`, `nul_character`, `unbalanced_quote` or `field_count`. Tabs in the
    header say that tabs separate, more semicolons than commas that those do, else commas. Between tabs, a field that is
    quoted as a whole loses its quotation marks; others are text.

    Args:
        stream: from `reading`.
        path: what messages call it.
        notes: told of rejected rows.

    Raises:
        BadInput: here or from `rows`: the header is no text, or the table unpacks to suspiciously much.
    """
    lines = _lines(stream, path)
    _, header, reason = next(lines, (1, "", ""))
    if header is None:
        raise BadInput(
            "A table begins with the names of its columns in UTF-8",
            received=f"{path}, line 1: {reason}",
            next_step="Save it again as CSV in UTF-8",
        )
    header = header.removeprefix("\ufeff")
    if "\t" in header:
        names, split = _unquoted(header), _tab_rows
    else:
        delimiter = ";" if header.count(";") > header.count(",") else ","
        names = _parsed(header, delimiter) or []

        def split(lines: Iterator[_Line], width: int, notes: Notes) -> Iterator[Row]:
            return _comma_rows(lines, delimiter, width, notes)

    return Rows(tuple(name.strip() for name in names), split(lines, len(names), notes))


def plain_lines(stream: IO[bytes], path: Path, notes: Notes) -> Iterator[tuple[int, str]]:
    """Number and text of all lines that are text and not empty; the others are rejected as in `table_rows`."""
    for number, text, reason in _lines(stream, path):
        if text is None:
            notes.reject(reason, number)
        elif text:
            yield number, text.removeprefix("\ufeff") if number == 1 else text


def _lines(stream: IO[bytes], path: Path) -> Iterator[_Line]:
    number, unpacked = 0, 0
    while raw := stream.readline(MAX_LINE):
        number += 1
        unpacked += len(raw)
        too_long = len(raw) == MAX_LINE and not raw.endswith(b"\n")
        while too_long and (more := stream.readline(MAX_LINE)):
            unpacked += len(more)
            _refuse_bomb(stream, path, unpacked)
            too_long = not more.endswith(b"\n")
        if number % _CHECKED == 0:
            _refuse_bomb(stream, path, unpacked)
        yield (number, *_text(raw))


def _text(raw: bytes) -> tuple[str | None, str]:
    if len(raw) == MAX_LINE:
        return None, "line_too_long"
    if b"\0" in raw:
        return None, "nul_character"
    try:
        return raw.decode("utf-8").rstrip("\r\n"), ""
    except UnicodeDecodeError:
        return None, "not_utf8"


def _refuse_bomb(stream: IO[bytes], path: Path, unpacked: int) -> None:
    if isinstance(stream, gzip.GzipFile) and unpacked > max(_SMALL, MAX_RATIO * stream.fileobj.tell()):
        raise BadInput(
            f"A gzipped table unpacks to at most {MAX_RATIO} times its size",
            received=f"{path}, which unpacks to more than {unpacked:,} bytes",
            next_step="Do not use this file; tables do not compress like this",
        )


def _tab_rows(lines: Iterator[_Line], width: int, notes: Notes) -> Iterator[Row]:
    for number, text, reason in lines:
        fields = _unquoted(text) if text else []
        if text is None:
            notes.reject(reason, number)
        elif len(fields) == width:
            yield number, fields
        elif text:
            notes.reject("field_count", number)


def _unquoted(text: str) -> list[str]:
    fields = text.split("\t")
    if '"' not in text:
        return fields
    return [_whole_field(field) for field in fields]


def _whole_field(field: str) -> str:
    inside = field[1:-1]
    quoted = len(field) > 1 and field[0] == field[-1] == '"' and '"' not in inside.replace('""', "")
    return inside.replace('""', '"') if quoted else field


def _comma_rows(lines: Iterator[_Line], delimiter: str, width: int, notes: Notes) -> Iterator[Row]:
    ahead: deque[_Line] = deque()
    while line := ahead.popleft() if ahead else next(lines, None):
        number, text, reason = line
        fields = None if text is None else _parsed(text, delimiter)
        if text is not None and fields is None and '"' in text:
            fields = _continued(text, lines, ahead, delimiter, width)
            reason = "unbalanced_quote"
        if fields is None:
            notes.reject(reason, number)
        elif len(fields) == width:
            yield number, fields
        elif text:
            notes.reject("field_count", number)


def _parsed(text: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _continued(text: str, lines: Iterator[_Line], ahead: deque[_Line], delimiter: str, width: int) -> list[str] | None:
    """The row whose first line is `text`, where the next lines complete it; they are taken from `ahead` only then."""
    whole = text
    for used in range(_MOST_LINES):
        if used == len(ahead):
            ahead.extend(line for line in [next(lines, None)] if line)
        if used == len(ahead) or ahead[used][1] is None:
            return None
        whole = f"{whole}\n{ahead[used][1]}"
        if len(whole) > MAX_LINE:
            return None
        fields = _parsed(whole, delimiter) if whole.count('"') % 2 == 0 else None
        if fields is not None and len(fields) == width:
            for _ in range(used + 1):
                ahead.popleft()
            return fields
    return None
