"""Finding a Chromium. `python -m sporeprint_site.browser` prints where it is."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from sporeprint_training.errors import SporeprintError, StepFailed

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",  # root in a container has no user namespace; the pages opened are our own
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


WITH_WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
"""WebGL without a graphics processor. "Unsafe" is drawing what strangers send; the pages opened are our own.
https://chromium.googlesource.com/chromium/src/+/main/docs/gpu/swiftshader.md"""


class NoBrowser(StepFailed):
    """There is nothing to drive the app with; the app itself may be fine."""


def find_chromium() -> Path:
    """The Chromium to drive: `SPOREPRINT_CHROMIUM`, the machine's own, or Playwright's.

    Raises:
        NoBrowser: there is none.
    """
    named = os.environ.get("SPOREPRINT_CHROMIUM")
    for name in (named,) if named else NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    if not named and (own := _playwrights_own()) is not None:
        return own
    raise NoBrowser(
        "Driving the app needs a Chromium",
        received=f"SPOREPRINT_CHROMIUM={named}" if named else f"none of {', '.join(NAMES)} on the PATH",
        next_step="Install Debian's chromium, run `playwright install chromium`, or set SPOREPRINT_CHROMIUM",
    )


def _playwrights_own() -> Path | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.is_file() else None


if __name__ == "__main__":
    try:
        print(find_chromium())
    except SporeprintError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
