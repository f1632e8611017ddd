"""The list of classes beside a table of numbered labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from sporeprint_training.dataset.readers.lines import plain_lines, reading
from sporeprint_training.dataset.readers.read import Notes
from sporeprint_training.errors import BadInput

FILES = ("classes.txt", "synset.txt", "synsets.txt", "labels.txt")
"""Names that it goes by, the first one that is there counts."""
_MOST, _LONGEST = 1_000_000, 1000
_BEFORE, _AFTER = re.compile(r"(\d{1,9})[\s:,]+(\S.*)"), re.compile(r"(\S.*?)[\s:,]+(\d{1,9})")
_SYNSET = re.compile(r"n\d{8}\s+(\S.*)")
_NUMBERED = re.compile(r"\d+\.(\S.*)")


def read_class_list(folder: Path) -> Mapping[int, str] | None:
    """Label to name, or None without a list.

    Lines are names in the order of their labels from 0, after WordNet's id as in `synset.txt` or without; or number and
    name as in CUB's `classes.txt` (`1 001.Black_footed_Albatross`); or name and number, as `im2rec --list` prints.

    Raises:
        BadInput: a line cannot be read, there are very many, or two lines number one class.
    """
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    return None if path is None else _numbered(_names(path), path)


def _names(path: Path) -> list[str]:
    notes = Notes()
    found: list[str] = []
    with reading(path) as stream:
        for _, text in plain_lines(stream, path, notes):
            if text.strip():
                found.append(text.strip())
            if len(found) > _MOST or len(text) > _LONGEST:
                raise _refused(path, f"more than {_MOST:,} lines, or a line of more than {_LONGEST} characters")
    for reason, places in notes.examples.items():
        raise _refused(path, f"{places[0]}: {reason}")
    return found


def _numbered(lines: Sequence[str], path: Path) -> Mapping[int, str]:
    if before := _all(_BEFORE, lines):
        pairs = [(int(found[1]), found[2]) for found in before]
    elif after := _all(_AFTER, lines):
        pairs = [(int(found[2]), found[1]) for found in after]
    else:
        pairs = list(enumerate(lines))
    classes = {number: _name(name) for number, name in pairs}
    if len(classes) < len(pairs):
        raise _refused(path, "one number twice")
    return classes


def _all(pattern: re.Pattern[str], lines: Sequence[str]) -> list[re.Match[str]]:
    found = [match for line in lines if (match := pattern.fullmatch(line))]
    return found if len(found) == len(lines) else []


def _name(text: str) -> str:
    found = _SYNSET.fullmatch(text) or _NUMBERED.fullmatch(text)
    return found[1] if found else text


def _refused(path: Path, received: str) -> BadInput:
    return BadInput(
        "A class list has one class per line, numbered by its place from 0 or by a number of its own",
        received=f"{path}: {received}",
        next_step="Correct the file, or remove it to name the classes by the photos' folders",
    )
