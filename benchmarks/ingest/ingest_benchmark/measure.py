"""Reading an archive here and with pandas alone, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_HERE = """
import json, pathlib, resource, sys, time
from sporeprint_training.dataset.darwin_core.opening import open_archive
from sporeprint_training.dataset.darwin_core.selection import read_records
start = time.perf_counter()
selection = read_records(open_archive(pathlib.Path(sys.argv[1])))
seconds = time.perf_counter() - start
assert not selection.rejected, selection.rejected
rows = len(selection.records)
"""
_PANDAS = """
import csv, json, pathlib, resource, sys, time
import pandas
from sporeprint_training.dataset.darwin_core.occurrences import occurrence_columns
from sporeprint_training.dataset.darwin_core.opening import open_archive
from sporeprint_training.dataset.darwin_core.photos import media_columns
archive = open_archive(pathlib.Path(sys.argv[1]))
columns = {"occurrence.txt": occurrence_columns(archive.core)}
columns["multimedia.txt"] = media_columns(archive.files, archive.media[0])
start = time.perf_counter()
tables = [
    pandas.read_csv(archive.path / name, sep="\\t", usecols=wanted, dtype=str, quoting=csv.QUOTE_NONE)
    for name, wanted in columns.items()
]
seconds = time.perf_counter() - start
rows = len(tables[1])
"""
_TELL = """
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": seconds, "peak_bytes": peak * 1024, "rows": rows}))
"""
PROGRAMS = {"here": _HERE, "pandas": _PANDAS}


@dataclass(frozen=True)
class Reading:
    """One reading of both tables."""

    seconds: float
    """Without starting Python and importing."""
    peak_bytes: int
    """Of the whole process."""
    rows: int
    """Of media."""


def read_once(program: str, archive: Path) -> Reading:
    """Read the archive.

    Args:
        program: `here`, select and join; or `pandas`, `read_csv` of the same columns of the same two tables.
        archive: unpacked.
    """
    command = [sys.executable, "-c", PROGRAMS[program] + _TELL, str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Reading(**json.loads(done.stdout.splitlines()[-1]))
