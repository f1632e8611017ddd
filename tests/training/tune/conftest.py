"""Groups of runs and a trial that takes milliseconds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sporeprint_training.tune.group import Group, read_group
from sporeprint_training.tune.tune import Tuned, tune
from sporeprint_training.workers import SeparateWorkers, separate_workers
from stand_in_trial import ENGINE
from tuned_studies import SEARCH_PROGRAM


@pytest.fixture
def write_group(tmp_path: Path) -> Callable[..., Path]:
    """Write a group's file; keywords are its `_run_group_` keys."""

    def write(content: dict[str, Any], **keys: Any) -> Path:
        path = tmp_path / f"{keys.get('name') or 'group'}.json"
        path.write_text(json.dumps({f"_run_group_{key}": value for key, value in keys.items()} | content))
        return path

    return write


@pytest.fixture
def make_group(write_group) -> Callable[..., Group]:
    """Read one that was just written."""
    return lambda content, **keys: read_group(write_group(content, **keys))


@pytest.fixture(scope="session")
def workers() -> Iterator[SeparateWorkers]:
    """Two processes of their own, for all tests."""
    with separate_workers(2) as executor:
        yield executor


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder of runs."""
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


@pytest.fixture
def search(coloured, runs, workers, monkeypatch) -> Callable[..., Tuned]:
    """Tune with the stand-in for training; the page, which takes a second, only where it is wanted."""

    def go(group: Group, *, report: bool = False, **options: Any) -> Tuned:
        settings = {"retrain": False, "engine": ENGINE} | options
        if not report:
            monkeypatch.setattr("sporeprint_training.tune.tune.write_report", lambda store, run: None)
        return tune(coloured, runs, group, settings.pop("executor", workers), **settings)

    return go


@pytest.fixture
def search_apart(
    coloured, runs, tmp_path, monkeypatch
) -> Callable[[Path], AbstractContextManager[subprocess.Popen[bytes]]]:
    """Start the same in a process of its own, which is killed at the end of the block."""
    program = tmp_path / "search.py"
    program.write_text(SEARCH_PROGRAM)
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))

    @contextmanager
    def start(config: Path) -> Iterator[subprocess.Popen[bytes]]:
        with subprocess.Popen([sys.executable, program, coloured, runs, config]) as running:
            try:
                yield running
            finally:
                running.kill()

    return start
