"""The rows of a table as a stream of small frames, each row with its line, the broken ones counted and left out.

Bytes are checked before pandas sees them, a block at a time: its parser pads short rows, takes long ones when columns
are chosen, and cuts fields at NUL, all of it in silence. A block without fault goes on as it is; in any other one each
line is looked at.
"""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.dataset.darwin_core.enclosed import enclosed_rows
from sporeprint_training.dataset.darwin_core.files import ArchiveFiles
from sporeprint_training.dataset.darwin_core.meta import Layout, Table
from sporeprint_training.dataset.darwin_core.rejections import Rejections

BLOCK = 1 << 22
"""Bytes that are read at a time, and the length from which a line is no row; more leaves the processor's caches."""
_AHEAD = 2
"""Blocks that are split before they are asked for."""
_SAMPLE = 1000
"""First rows, whose number of fields tells how many a row has."""
_ENCLOSED_ROWS = 20_000
Lines = NDArray[np.int64]


@dataclass(frozen=True)
class Chunk:
    """Rows that are sound."""

    file: str
    frame: pd.DataFrame
    """Column numbers to texts as written, "" for nothing."""
    lines: Lines
    """Where each row begins, from 1."""


def read_chunks(files: ArchiveFiles, table: Table, columns: Sequence[int], rejected: Rejections) -> Iterator[Chunk]:
    """Read a table's files one after another.

    A row has as many fields as most of the first thousand have; any other one is shifted, and counted as
    `wrong_field_count`. The other reasons are `bad_encoding`, `nul_byte`, `unbalanced_quote` and `line_too_long`.

    Args:
        files: of the archive.
        table: that is read.
        columns: that are wanted; one that the file does not have is left out of the frames.
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
    return sum(len(chunk.lines) for chunk in read_chunks(files, table, (), rejected))


@dataclass(frozen=True)
class _Block:
    """Sound rows before they are split."""

    text: bytes
    lines: Lines
    width: int


class _Lines:
    """Whole lines of a file, a block at a time, after the header."""

    def __init__(self, files: ArchiveFiles, name: str, layout: Layout, rejected: Rejections) -> None:
        self.name = name
        self.layout = layout
        self.rejected = rejected
        self.header = b""
        self._blocks = files.blocks(name, BLOCK)
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
            if len(rest) > BLOCK:
                if not too_long:
                    # Blocks that were yielded have been counted by now.
                    self.reject("line_too_long", [self._line])
                rest, too_long = b"", True
        if rest and not too_long:
            yield rest.removesuffix(b"\r") + b"\n"


def _plain(lines: _Lines, columns: Sequence[int]) -> Iterator[Chunk]:
    # Pandas splits bytes without Python's lock: meanwhile the rows before them are made use of.
    with ThreadPoolExecutor(1) as thread:
        ahead: deque[Future[Chunk]] = deque()
        for block in _sound_blocks(lines):
            ahead.append(thread.submit(_chunk, lines, block, columns))
            if len(ahead) > _AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _sound_blocks(lines: _Lines) -> Iterator[_Block]:
    width = 0
    for first, block in lines:
        width = width or _width(lines, islice(block.split(b"\n"), _SAMPLE))
        text, numbers = _sound(lines, first, block, width)
        if len(numbers):
            yield _Block(text, numbers, width)


def _chunk(lines: _Lines, block: _Block, columns: Sequence[int]) -> Chunk:
    wanted = [column for column in columns if column < block.width]
    return Chunk(lines.name, _parsed(block.text, lines.layout, wanted, len(block.lines)), block.lines)


def _width(lines: _Lines, rows: Iterable[bytes]) -> int:
    separator = lines.layout.separator.encode()
    counts = Counter([lines.header.count(separator)] if lines.header else ())
    counts.update(row.count(separator) for row in rows if row)
    # Of equals the first, which is the header.
    return counts.most_common(1)[0][0] + 1 if counts else 1


def _sound(lines: _Lines, first: int, block: bytes, width: int) -> tuple[bytes, Lines]:
    """The block without its broken and empty lines, and the numbers of the lines that are left."""
    text, separator = np.frombuffer(block, np.uint8), lines.layout.separator.encode()
    ends, separators = np.flatnonzero(text == ord("\n")), text == ord(separator)
    # A sum of bytes knows a line's separators modulo 256; the sum of all tells whether that hides anything.
    per_line = np.add.reduceat(separators.view(np.uint8), np.append(0, ends[:-1] + 1), dtype=np.uint8)
    wrong = per_line != (width - 1) % 256
    if np.count_nonzero(separators) != len(ends) * (width - 1):
        wrong = np.array([row.count(separator) != width - 1 for row in block.split(b"\n")[:-1]])
    if width > 1 and not wrong.any() and b"\0" not in block and _decodes(block, lines.layout.encoding):
        return block, np.arange(first, first + len(ends), dtype=np.int64)
    rows = block.split(b"\n")[:-1]
    faults = [
        _fault(row, shifted, lines.layout.encoding) if row else "empty"
        for row, shifted in zip(rows, wrong.tolist(), strict=True)
    ]
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


class _Utf8:
    """Bytes that pandas takes as they are: it would decode a file of Python's and encode it again."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def read(self, size: int = -1) -> bytes:
        end = len(self._data) if size < 0 else self._at + size
        part, self._at = self._data[self._at : end], end
        return part

    def __iter__(self) -> Iterator[bytes]:  # pandas takes nothing for a file that has none
        raise NotImplementedError


def _parsed(block: bytes, layout: Layout, columns: list[int], rows: int) -> pd.DataFrame:
    if not columns:
        return pd.DataFrame(index=pd.RangeIndex(rows))
    if layout.encoding != "utf-8" and not block.isascii():
        block = block.decode(layout.encoding).encode()
    frame: pd.DataFrame = pd.read_csv(  # type: ignore[call-overload]
        _Utf8(block),
        sep=layout.separator,
        header=None,
        usecols=columns,
        dtype=str,
        quoting=csv.QUOTE_NONE,
        na_filter=False,
        lineterminator="\n",
        skip_blank_lines=False,
        low_memory=False,
    )
    if len(frame) != rows:
        raise AssertionError(f"pandas read {len(frame)} rows of {rows}")
    return frame


def _enclosed(lines: _Lines, columns: Sequence[int]) -> Iterator[Chunk]:
    blocks = iter(lines)
    first = next(blocks, None)
    if first is None:
        return
    width = _enclosed_width(lines, first)
    rows = enclosed_rows(chain([first], blocks), lines.layout, lines.reject, width)
    while part := list(islice(rows, _ENCLOSED_ROWS)):
        numbers = np.array([number for number, _ in part], np.int64)
        yield Chunk(lines.name, _framed([fields for _, fields in part], columns, width), numbers)


def _enclosed_width(lines: _Lines, first: tuple[int, bytes]) -> int:
    def passed_over(*_: object) -> None:
        """The same rows are read, and counted, again."""

    header = enclosed_rows([(1, lines.header + b"\n")], lines.layout, passed_over)
    rows = islice(enclosed_rows([first], lines.layout, passed_over), _SAMPLE)
    counts = Counter(len(fields) for _, fields in chain(header, rows))
    return counts.most_common(1)[0][0] if counts else 0


def _framed(rows: list[list[str]], columns: Sequence[int], width: int) -> pd.DataFrame:
    return pd.DataFrame(
        {column: pd.Series([row[column] for row in rows], dtype=object) for column in columns if column < width},
        index=pd.RangeIndex(len(rows)),
    )
