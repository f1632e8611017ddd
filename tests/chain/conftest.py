"""The command line, started again and again."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

MAIN = "from sporeprint.cli import main; main()"


@pytest.fixture(scope="session")
def sporeprint(warm_command_line) -> Callable[..., dict[str, Any]]:
    """Run a command as a user does, without waiting for TensorFlow; its result is the last line of standard output."""
    return lambda *arguments: _result(warm_command_line.run(MAIN, *arguments, "--json"))


def _result(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
