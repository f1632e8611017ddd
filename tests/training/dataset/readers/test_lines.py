"""Rows of any bytes: each line is read or counted, and nothing else happens."""

from __future__ import annotations

import io
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sporeprint_training.dataset.readers.lines import table_rows
from sporeprint_training.dataset.readers.read import Notes

PIECES = st.lists(st.sampled_from([b"a", b",", b";", b"\t", b'"', b"\n", b"\r", b"\x00", b"\xff", "ü".encode(), b" "]))


def taken(header, pieces):
    notes = Notes()
    stream = io.BytesIO(header + b"\n" + b"".join(pieces))
    return list(table_rows(stream, Path("t.csv"), notes).rows), notes


@settings(derandomize=True, deadline=None)
@given(PIECES)
def test_between_tabs_every_line_is_a_row_or_rejected(pieces):
    rows, notes = taken(b"a\tb", pieces)
    lines = [line for line in b"".join(pieces).split(b"\n") if line.rstrip(b"\r")]
    assert len(rows) + notes.rejected.total() == len(lines)
    assert all(len(fields) == 2 for _, fields in rows)


@settings(derandomize=True, deadline=None)
@given(PIECES)
def test_between_commas_every_line_is_in_one_row_or_rejected(pieces):
    rows, notes = taken(b"a,b", pieces)
    lines = [line for line in b"".join(pieces).split(b"\n") if line.rstrip(b"\r")]
    assert all(len(fields) == 2 for _, fields in rows)
    assert [line for line, _ in rows] == sorted({line for line, _ in rows})
    spanned = sum(sum(field.count("\n") for field in fields) for _, fields in rows)
    assert len(rows) + notes.rejected.total() <= len(lines) <= len(rows) + spanned + notes.rejected.total()


def test_an_open_quotation_mark_costs_its_own_line_only():
    rows, notes = taken(b"a,b", [b'1,"open\n', b"2,x\n" * 200, b'3,"closed"\n'])
    assert (len(rows), notes.examples) == (201, {"unbalanced_quote": ["line 2"]})


def test_a_quoted_field_that_would_swallow_rows_of_the_table_does_not():
    # The mark that is left open in line 2 would find its end in line 4, with a row of another width.
    rows, notes = taken(b"a,b", [b'1,"open\n', b"2,x\n", b'3,"y",\n', b"4,z\n"])
    assert [fields for _, fields in rows] == [["2", "x"], ["4", "z"]]
    assert notes.examples == {"unbalanced_quote": ["line 2"], "field_count": ["line 4"]}
