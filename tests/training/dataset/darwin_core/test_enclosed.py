"""Rows with enclosed fields are what Python's own reader makes of them, broken ones cost nothing but themselves."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sporeprint_training.dataset.darwin_core.enclosed import enclosed_rows
from sporeprint_training.dataset.darwin_core.meta import Layout

LAYOUT = Layout(",", '"', "utf-8")
FIELD = st.text(st.sampled_from("ab\"',\n é"), max_size=8)
ROWS = st.lists(st.lists(FIELD, min_size=2, max_size=2), min_size=1, max_size=8)


def split(text: str, width: int = 2) -> tuple[list[list[str]], list[tuple[str, int]]]:
    """Sound rows, and reason and line of the others."""
    rejected: list[tuple[str, int]] = []
    rows = enclosed_rows(
        [(1, text.encode())], LAYOUT, lambda reason, lines: rejected.extend((reason, line) for line in lines), width
    )
    return [fields for _, fields in rows], rejected


@given(ROWS)
def test_what_csv_writes_is_read_back(rows):
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    assert split(stream.getvalue()) == (rows, [])


@given(ROWS, st.integers(min_value=0), st.sampled_from(["", "x"]))
def test_a_mark_that_opens_and_is_never_closed_costs_its_line(rows, place, text):
    sound = [[field.replace('"', "").replace("\n", "") for field in row] for row in rows]
    lines = [",".join(f'"{field.replace(",", ";")}"' for field in row) for row in sound]
    at = place % (len(lines) + 1)
    lines.insert(at, f'"{text}')
    expected = [[field.replace(",", ";") for field in row] for row in sound]
    assert split("".join(f"{line}\n" for line in lines)) == (expected, [("unbalanced_quote", at + 1)])


@pytest.mark.parametrize(("text", "rows", "rejected"), [
    ('5" tall,x\n', [['5" tall', "x"]], []),
    ('"a""b",""\n', [['a"b', ""]], []),
    ('"a"b,x\n1,2\n', [["1", "2"]], [("unbalanced_quote", 1)]),
    ('"a\nb",x\n1,2\n', [["a\nb", "x"], ["1", "2"]], []),
    ('"a\nb",x,y\n1,2\n', [["1", "2"]], [("unbalanced_quote", 1), ("wrong_field_count", 2)]),
    ("\n\n1,2\n\n", [["1", "2"]], []),
])  # fmt: skip
def test_marks_mean_what_they_mean_in_csv(text, rows, rejected):
    assert split(text) == (rows, rejected)


def test_lines_that_each_open_a_field_do_not_take_longer_than_their_number():
    text = '"a\n' * 20_000
    assert split(text) == ([], [("unbalanced_quote", line) for line in range(1, 20_001)])
