"""Rows whose fields may be enclosed, so that separators and line breaks stand in them.

A quotation mark that nothing closes would swallow the rest of a table. Here it costs its own line: what it would have
swallowed is read again as lines of its own.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from sporeprint_training.dataset.darwin_core.meta import Layout

_MAX_LINES = 1000
_MAX_BYTES = 100_000
"""Of one row; `csv` takes fields of 131,072 characters."""
_Line = tuple[int, bytes]
Reject = Callable[[str, Sequence[int]], None]


def enclosed_rows(
    blocks: Iterable[_Line], layout: Layout, reject: Reject, width: int = 0
) -> Iterator[tuple[int, list[str]]]:
    """Split rows into fields.

    Args:
        blocks: number of the first line, and lines that each end with a line feed.
        layout: with a `quote`.
        reject: takes a reason and the lines of broken rows.
        width: number of fields that a row has; 0 takes any number.

    Returns:
        The line where each row begins, and its fields without the marks.
    """
    waiting = _Waiting(iter(blocks))
    marks = _marks(layout.separator.encode(), layout.quote.encode())
    while waiting:
        number, line = waiting.take()
        if not line:
            continue
        record, taken = _record(line, waiting, marks)
        fault = _fault(record, layout.encoding) if record else "unbalanced_quote"
        fields = [] if fault else _fields(record, layout)
        if width and fields and len(fields) != width:
            fault = "unbalanced_quote" if taken else "wrong_field_count"
        if fault:
            reject(fault, [number])
            waiting.put_back(taken)
        else:
            yield number, fields


class _Waiting:
    """Lines to come; some may be put back."""

    def __init__(self, blocks: Iterator[_Line]) -> None:
        self._blocks = blocks
        self._lines: deque[_Line] = deque()

    def __bool__(self) -> bool:
        while not self._lines:
            block = next(self._blocks, None)
            if block is None:
                return False
            self._lines.extend(enumerate(block[1].split(b"\n")[:-1], block[0]))
        return True

    def take(self) -> _Line:
        return self._lines.popleft()

    def put_back(self, lines: list[_Line]) -> None:
        self._lines.extendleft(reversed(lines))


@dataclass(frozen=True)
class _Marks:
    quote: bytes
    whole: re.Pattern[bytes]
    """A row that ends with its line."""
    opening: re.Pattern[bytes]
    """A row of which a field goes on in the next line."""
    staying: re.Pattern[bytes]
    """A line that begins and ends within an enclosed field."""
    closing: re.Pattern[bytes]
    """A line that begins within an enclosed field and ends its row."""


@cache
def _marks(separator: bytes, quote: bytes) -> _Marks:
    # Possessive, so that a hostile line is read once and never tried again in another way.
    s, q = re.escape(separator), re.escape(quote)
    inner = rb"(?:[^" + q + rb"]++|" + q + q + rb")*+"
    field = rb"(?:" + q + inner + q + rb"|(?!" + q + rb")[^" + s + rb"]*+)"
    more = rb"(?:" + s + field + rb")*+"
    return _Marks(
        quote,
        re.compile(field + more, re.DOTALL),
        re.compile(rb"(?:" + field + s + rb")*+" + q + inner, re.DOTALL),
        re.compile(inner + rb"(?:" + q + more + s + q + inner + rb")?", re.DOTALL),
        re.compile(inner + q + more, re.DOTALL),
    )


def _record(line: bytes, waiting: _Waiting, marks: _Marks) -> tuple[bytes, list[_Line]]:
    """The whole row that begins with a line, and the lines that it goes on in.

    The row is empty when a mark is not closed, or stands where none can.
    """
    if marks.quote not in line or marks.whole.fullmatch(line):
        return line, []
    taken, size = list[_Line](), len(line)
    if not marks.opening.fullmatch(line):
        return b"", taken
    while waiting and len(taken) < _MAX_LINES and size < _MAX_BYTES:
        taken.append(waiting.take())
        following = taken[-1][1]
        size += len(following)
        if marks.closing.fullmatch(following):
            return b"\n".join([line, *(text for _, text in taken)]), taken
        if not marks.staying.fullmatch(following):
            break
    return b"", taken


def _fault(record: bytes, encoding: str) -> str:
    if len(record) > _MAX_BYTES:
        return "line_too_long"
    if b"\0" in record:
        return "nul_byte"
    try:
        record.decode(encoding)
    except UnicodeDecodeError:
        return "bad_encoding"
    return ""


def _fields(record: bytes, layout: Layout) -> list[str]:
    text = record.decode(layout.encoding)
    if layout.quote not in text:
        return text.split(layout.separator)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=layout.separator, quotechar=layout.quote)
    return next(rows)
