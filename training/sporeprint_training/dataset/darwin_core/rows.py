"""The rows of a table as a stream of small chunks, each row with its line, the broken ones counted and left out.

A block of bytes is split at once: where the separators stand tells whether every line has as many fields as it should,
and where the wanted ones begin. In a block where something is wrong each line is looked at. Pandas' parser is not for
this: it pads short rows, takes long ones when columns are chosen, and cuts fields at NUL, all of it in silence; and it
splits the other two hundred columns of GBIF's downloads as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.dataset.darwin_core.enclosed import enclosed_rows
from sporeprint_training.dataset.darwin_core.files import ArchiveFiles
from sporeprint_training.dataset.darwin_core.meta import Layout, Table
from sporeprint_training.dataset.darwin_core.rejections import Rejections

_BLOCK = 1 << 21
"""Bytes that are read and split at a time; more leaves the processor's caches, less is slower for its many parts."""
_LONGEST_LINE = 1 << 24
"""Bytes; what is longer is no row."""
_SAMPLE = 1000
"""First rows, whose number of fields tells how many a row has."""
_ENCLOSED_ROWS = 20_000
Lines = NDArray[np.int64]


@dataclass(frozen=True)
class Chunk:
    """Rows that are sound."""

    file: str
    texts: dict[int, list[str]]
    """Column number to what is written in each row, "" for nothing."""
    lines: Lines
    """Where each row begins, from 1."""

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lines)


def read_chunks(files: ArchiveFiles, table: Table, columns: Sequence[int], rejected: Rejections) -> Iterator[Chunk]:
    """Read a table's files one after another.

    A row has as many fields as most of the first thousand have; any other one is shifted, and counted as
    `wrong_field_count`. The other reasons are `bad_encoding`, `nul_byte`, `unbalanced_quote` and `line_too_long`.

    Args:
        files: of the archive.
        table: that is read.
        columns: that are wanted; one that the file does not have is left out.
        rejected: where broken rows are counted.

    Raises:
        BadInput: a file is missing or damaged.
    """
    for name in table.files:
        lines = _Lines(files, name, table.layout, rejected)
        if table.layout.quote:
            yield from _enclosed(lines, columns)
        else:
            yield from _plain(lines, columns)


def count_rows(files: ArchiveFiles, table: Table, rejected: Rejections) -> int:
    """Number of a table's sound rows; see `read_chunks`."""
    return sum(len(chunk) for chunk in read_chunks(files, table, (), rejected))


class _Lines:
    """Whole lines of a file, a block at a time, after the header."""

    def __init__(self, files: ArchiveFiles, name: str, layout: Layout, rejected: Rejections) -> None:
        self.name = name
        self.layout = layout
        self.rejected = rejected
        self.header = b""
        self._blocks = files.blocks(name, _BLOCK)
        self._line = 1

    def reject(self, reason: str, lines: Sequence[int]) -> None:
        """Count rows of this file."""
        self.rejected.add(reason, self.name, lines, len(lines))

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Number of the first line, and lines that each end with a line feed."""
        for block in self._whole():
            block = self._after_header(block)
            if block:
                yield self._line, block
                self._line += block.count(b"\n")

    def _after_header(self, block: bytes) -> bytes:
        while self._line <= self.layout.header_lines and block:
            self.header, _, block = block.partition(b"\n")
            self._line += 1
        return block

    def _whole(self) -> Iterator[bytes]:
        rest, too_long = b"", False
        for number, data in enumerate(self._blocks):
            data = data.removeprefix(b"\xef\xbb\xbf") if number == 0 else data
            data = rest + (data.replace(b"\r", b"\n") if self.layout.carriage_return else data)
            end = data.rfind(b"\n") + 1
            if end and too_long:
                start = data.index(b"\n") + 1
                yield b"\n"  # in place of the long line
                data, end, too_long = data[start:], end - start, False
            if end:
                yield data[:end].replace(b"\r\n", b"\n") if b"\r" in data else data[:end]
            rest = data[end:]
            if len(rest) > _LONGEST_LINE:
                if not too_long:
                    # Blocks that were yielded have been counted by now.
                    self.reject("line_too_long", [self._line])
                rest, too_long = b"", True
        if rest and not too_long:
            yield rest.removesuffix(b"\r") + b"\n"


def _plain(lines: _Lines, columns: Sequence[int]) -> Iterator[Chunk]:
    width = 0
    for first, block in lines:
        width = width or _width(lines, islice(block.split(b"\n"), _SAMPLE))
        # In a table of one column an empty line, which is no row, would be taken for an empty field.
        sound = width > 1 and b"\0" not in block and _decodes(block, lines.layout.encoding)
        ends = _field_ends(block, lines.layout, width) if sound else None
        if ends is not None:
            numbers = np.arange(first, first + len(ends), dtype=np.int64)
        else:
            block, numbers = _sound(lines, first, block, width)
            ends = _field_ends(block, lines.layout, width)
        if ends is not None and len(numbers):
            wanted = [column for column in columns if column < width]
            yield Chunk(lines.name, _split(block, ends, wanted, lines.layout.encoding), numbers)


def _width(lines: _Lines, rows: Iterable[bytes]) -> int:
    separator = lines.layout.separator.encode()
    counts = Counter([lines.header.count(separator)] if lines.header else ())
    counts.update(row.count(separator) for row in rows if row)
    # Of equals the first, which is the header.
    return counts.most_common(1)[0][0] + 1 if counts else 1


def _field_ends(block: bytes, layout: Layout, width: int) -> NDArray[np.intp] | None:
    """Where each field ends, `(rows, fields)`; None unless every line has `width` fields."""
    text = np.frombuffer(block, np.uint8)
    breaks = text == ord("\n")
    ends = np.flatnonzero(breaks | (text == ord(layout.separator)))
    rows = np.count_nonzero(breaks)
    # As many breaks as rows, all of them behind a last field: so there is none elsewhere.
    if len(ends) != rows * width or not breaks[ends[width - 1 :: width]].all():
        return None
    return ends.reshape(rows, width)


def _split(block: bytes, ends: NDArray[np.intp], columns: list[int], encoding: str) -> dict[int, list[str]]:
    """The texts of the wanted columns."""
    if not columns:
        return {}
    before = np.append(-1, ends.ravel()[:-1]).reshape(ends.shape)
    starts = before[:, columns].T.ravel() + 1
    lengths = ends[:, columns].T.ravel() + 1 - starts
    stops = np.cumsum(lengths)
    places = np.arange(stops[-1]) + np.repeat(starts - (stops - lengths), lengths)
    text = np.frombuffer(block, np.uint8)[places]
    text[stops - 1] = ord("\n")
    rows, fields = len(ends), text.tobytes().decode(encoding).split("\n")
    return {column: fields[at * rows : (at + 1) * rows] for at, column in enumerate(columns)}


def _sound(lines: _Lines, first: int, block: bytes, width: int) -> tuple[bytes, Lines]:
    """The block without its broken and empty lines, and the numbers of the lines that are left."""
    rows, separator = block.split(b"\n")[:-1], lines.layout.separator.encode()
    faults = [_fault(row, row.count(separator) != width - 1, lines.layout.encoding) if row else "empty" for row in rows]
    for reason in sorted({*faults} - {"", "empty"}):
        lines.reject(reason, [first + at for at, fault in enumerate(faults) if fault == reason])
    kept = [at for at, fault in enumerate(faults) if not fault]
    return b"".join([rows[at] + b"\n" for at in kept]), np.array(kept, np.int64) + first


def _fault(row: bytes, shifted: bool, encoding: str) -> str:
    if b"\0" in row:
        return "nul_byte"
    if not _decodes(row, encoding):
        return "bad_encoding"
    return "wrong_field_count" if shifted else ""


def _decodes(text: bytes, encoding: str) -> bool:
    if text.isascii():
        return True
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _enclosed(lines: _Lines, columns: Sequence[int]) -> Iterator[Chunk]:
    blocks = iter(lines)
    first = next(blocks, None)
    if first is None:
        return
    width = _enclosed_width(lines, first)
    rows = enclosed_rows(chain([first], blocks), lines.layout, lines.reject, width)
    while part := list(islice(rows, _ENCLOSED_ROWS)):
        numbers = np.array([number for number, _ in part], np.int64)
        texts = {column: [fields[column] for _, fields in part] for column in columns if column < width}
        yield Chunk(lines.name, texts, numbers)


def _enclosed_width(lines: _Lines, first: tuple[int, bytes]) -> int:
    def passed_over(*_: object) -> None:
        """The same rows are read, and counted, again."""

    header = enclosed_rows([(1, lines.header + b"\n")], lines.layout, passed_over)
    rows = islice(enclosed_rows([first], lines.layout, passed_over), _SAMPLE)
    counts = Counter(len(fields) for _, fields in chain(header, rows))
    return counts.most_common(1)[0][0] if counts else 0
