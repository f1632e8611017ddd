"""The demo as a user starts it: drawings → data set → run → bundle → site → Chromium, offline."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sporeprint_training.drawn import DRAWN_SPECIES, draw_photo

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def started_from_nothing(*arguments: str | Path) -> dict[str, Any]:
    """Run a command in a Python of its own; its result is the last line of standard output."""
    command = [sys.executable, "-c", "from sporeprint.cli import main; main()", *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_demo_names_drawings_it_never_saw_with_the_server_stopped(tmp_path):
    made = started_from_nothing("demo", "--no-serve", "--out", tmp_path / "public")
    assert made["test"]["top1"] >= 0.85
    for species in DRAWN_SPECIES:
        (tmp_path / "unseen" / species).mkdir(parents=True)
        for number in range(2):
            draw_photo(species, seed=10**9 + number).save(tmp_path / "unseen" / species / f"{number}.jpg", quality=90)
    # Visits the site, waits until it is ready, stops the server, reloads, and only then identifies.
    found = started_from_nothing("verify", tmp_path / "public", "--photos", tmp_path / "unseen")
    assert (found["failed"], found["off_origin_requests"], found["csp_violations"]) == (0, 0, 0)
    assert found["agreement"] == 1.0
    assert found["top1"] >= 0.8
