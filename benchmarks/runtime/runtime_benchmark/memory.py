"""What a page costs in memory, whoever asked for it: script, wasm, workers and the browser's own share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_PRIVATE = ("Private_Clean:", "Private_Dirty:")


def renderer_bytes(browser: Browser) -> int | None:
    """Private memory of all renderer processes of a browser, in bytes; None where the system does not tell.

    JavaScript's own counters leave out wasm memory or workers, or need headers that this app does not demand; the
    processes hold everything. Take off a blank page's value.
    """
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    try:
        return sum(_private(int(item["id"])) for item in found if item["type"] == "renderer")
    except FileNotFoundError:
        return None


def _private(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(_PRIVATE))
