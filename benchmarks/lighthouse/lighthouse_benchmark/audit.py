"""Lighthouse itself: fetched once by the lock beside this package, and run with the machine's Chromium."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sporeprint_site.browser import find_chromium
from sporeprint_site.vendoring import node_and_npm
from sporeprint_training.errors import StepFailed

HERE = Path(__file__).parents[1]
_CATEGORIES = ("performance", "accessibility", "best-practices")
_SECONDS = 600
_ATTEMPTS = 3


@dataclass(frozen=True)
class Audit:
    """One run of Lighthouse with its own throttling: 1.6 Mbit/s, 150 ms, a processor four times slower."""

    performance: float
    """Score from 0 to 100, as the next two."""
    accessibility: float
    best_practices: float
    first_paint_ms: float
    largest_paint_ms: float
    blocked_ms: float
    """Total blocking time."""
    layout_shift: float
    interactive_ms: float
    """When Lighthouse reckons that the page answers at once."""


def install_lighthouse() -> None:
    """Fetch the locked packages into `node_modules/` beside the lock, which Git ignores.

    Raises:
        StepFailed: there is no Node, or npm failed.
    """
    try:
        _, npm, environment = node_and_npm()
    except RuntimeError as error:
        raise StepFailed("Lighthouse is an npm package", received=str(error)) from None
    lock, stamp = HERE / "package-lock.json", HERE / "node_modules" / ".lock"
    if stamp.is_file() and stamp.read_bytes() == lock.read_bytes():
        return
    done = subprocess.run(
        [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=HERE, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise StepFailed("npm fetches Lighthouse", received=done.stderr[-500:])
    stamp.write_bytes(lock.read_bytes())


def audited(url: str, folder: Path) -> Audit:
    """Audit a site that is being served.

    Args:
        url: its address.
        folder: where the report may be written.

    Raises:
        StepFailed: Lighthouse failed; the message holds the end of its output.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _audited(url, folder)
        except StepFailed:
            # On a busy machine Chromium's trace at times lacks its beginning.
            continue
    return _audited(url, folder)


def _audited(url: str, folder: Path) -> Audit:
    node, _, environment = node_and_npm()
    report = folder / "lighthouse.json"
    done = subprocess.run(
        [
            str(node), str(HERE / "node_modules" / "lighthouse" / "cli" / "index.js"), url, "--quiet", "--output=json",
            f"--output-path={report}", f"--only-categories={','.join(_CATEGORIES)}",
            "--chrome-flags=--headless=new --no-sandbox",
        ],
        env={**environment, "CHROME_PATH": os.fspath(find_chromium())},
        capture_output=True, text=True, check=False, timeout=_SECONDS,
    )  # fmt: skip
    if done.returncode or not report.is_file():
        raise StepFailed("Lighthouse audits the served site", received=(done.stdout + done.stderr)[-500:])
    found = json.loads(report.read_bytes())
    scores = [100 * found["categories"][name]["score"] for name in _CATEGORIES]
    audits = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift")
    return Audit(*scores, *(found["audits"][name]["numericValue"] for name in (*audits, "interactive")))
