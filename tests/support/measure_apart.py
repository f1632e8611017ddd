"""`measure_in_browser` in a process of its own: Playwright runs once per process, maybe in this one already."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MEASURE = """
import json, pathlib, shutil, sys
from sporeprint_site import runtime
bundle, limits, change, *photos = sys.argv[1:]
exec(change)
found = runtime.measure_in_browser(pathlib.Path(bundle), [pathlib.Path(photo) for photo in photos], json.loads(limits))
told = {key: [str(value), value.browser] for key, value in found.items() if isinstance(value, runtime.NotMeasured)}
print(json.dumps(found | told))
"""


def measure(
    bundle: Path, photos: Sequence[Path], limits: dict[str, int], *, change: str = "", **environment: str
) -> dict[str, Any]:
    """The scores by backend and photo, or the words and the `browser` of a `NotMeasured`.

    Args:
        bundle: as for `measure_in_browser`, like the next two.
        photos: files.
        limits: photos by backend.
        change: Python that changes the module `runtime` first.
        environment: variables of the process.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(bundle), json.dumps(limits), change, *map(str, photos)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
