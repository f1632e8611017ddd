"""MXNet's `.lst`, as `im2rec --list` writes it: `index`, label or labels, and path, separated by tabs, no header.

Labels are numbers (`3.000000`). What they mean stands in a class list beside the file, see `class_list.py`; without one
the photo's folder is its class, as it was when `im2rec` made the labels.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import pandas as pd

from sporeprint_training.dataset.readers.class_list import FILES, read_class_list
from sporeprint_training.dataset.readers.columns import FILE
from sporeprint_training.dataset.readers.lines import plain_lines, reading
from sporeprint_training.dataset.readers.read import Notes, Read, collect, frames
from sporeprint_training.dataset.readers.record import Unusable, records
from sporeprint_training.dataset.readers.texts import text

LINE = re.compile(r"-?\d+\t([0-9.eE+-]+\t|nan\t)+[^\t]+")
"""A line of the list."""


def read_lst(path: Path) -> Read:
    """Read the whole list; see `lst`."""
    notes = Notes()
    return collect(lst(path, notes), notes)


def lst(path: Path, notes: Notes) -> Iterator[pd.DataFrame]:
    """Read the list frame by frame.

    Args:
        path: the list, gzipped or not; paths in it start from its folder.
        notes: told of rejected lines: as `lines.plain_lines` and `record.records`, and `not_a_list_line`,
            `unusable_label` (no whole number from 0), `unknown_label` (not in the class list) and `several_labels`
            (which with a class list may be several species or boxes).

    Raises:
        BadInput: the file or its class list cannot be read; from the first frame on.
    """
    classes = read_class_list(path.parent)
    folders: dict[str, set[str]] = {}
    with reading(path) as stream:
        lines = plain_lines(stream, path, notes)
        yield from frames(records(_rows(lines, classes, folders, notes), path, notes))
    mixed = sorted(label for label, names in folders.items() if len(names) > 1)
    if mixed:
        notes.warn(
            f"{path.name}: label {text(mixed[0])[:50]} stands for photos in several folders, and the folders were "
            f"taken for the classes; if they are not, write the names of the labels to {FILES[0]} beside it"
        )


def _rows(
    lines: Iterator[tuple[int, str]], classes: Mapping[int, str] | None, folders: dict[str, set[str]], notes: Notes
) -> Iterator[tuple[int, Mapping[str, str]]]:
    for number, line in lines:
        fields = [field.strip() for field in line.split("\t")]
        try:
            if len(fields) < 3 or not fields[0].lstrip("-").isdigit():
                raise Unusable("not_a_list_line")
            name = _folder(fields, folders) if classes is None else _class(fields[1:-1], classes)
            yield number, {FILE: fields[-1], "scientific_name": name}
        except Unusable as reason:
            notes.reject(str(reason), number)


def _class(labels: list[str], classes: Mapping[int, str]) -> str:
    if len(labels) > 1:
        raise Unusable("several_labels")
    try:
        label = float(labels[0])
    except ValueError:
        label = math.nan
    if not label.is_integer() or label < 0:
        raise Unusable("unusable_label")
    if int(label) not in classes:
        raise Unusable("unknown_label")
    return classes[int(label)]


def _folder(fields: list[str], folders: dict[str, set[str]]) -> str:
    name = PurePosixPath(fields[-1].replace("\\", "/")).parent.name
    if len(fields) == 3:
        names = folders.setdefault(fields[1], set())
        if len(names) < 2:
            names.add(name)
    return name
