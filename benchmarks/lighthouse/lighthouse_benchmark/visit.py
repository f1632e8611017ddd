"""A first visit over a slow connection: when the page can be used, and when it no longer needs one."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from sporeprint_export.transfer import compressed_bytes
from sporeprint_site.browser import ARGUMENTS, find_chromium

_SLOW_PHONE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
"""Lighthouse's slow 4G, here for every byte instead of reckoned."""
_SLOWER = 4
_TIMEOUT_MS = 300_000
_ENGINE = re.compile(r"vendor/tfjs")


@dataclass(frozen=True)
class FirstVisit:
    """Milliseconds since the address was asked for."""

    usable_ms: float
    """The safety gate's button was pressed, and the start screen was there."""
    works_offline_ms: float


def first_visit(url: str) -> FirstVisit:
    """Open a site for the first time and go past the gate, while the model is on its way."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        page = browser.new_page()
        throttle = page.context.new_cdp_session(page)
        throttle.send("Network.enable")
        throttle.send("Network.emulateNetworkConditions", _SLOW_PHONE)
        throttle.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
        started = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.get_by_test_id("gate-accept").click(timeout=_TIMEOUT_MS)
        page.get_by_test_id("photo-input").wait_for(state="attached")
        usable = time.perf_counter()
        status = page.locator("[data-testid=offline-status][data-state=ready]")
        status.wait_for(timeout=_TIMEOUT_MS)
        ready = time.perf_counter()
        browser.close()
    return FirstVisit(1000 * (usable - started), 1000 * (ready - started))


def shell_bytes(public: Path) -> int:
    """The app that the service worker keeps, in brotli, without the engine and any model."""
    listed = re.search(r"sporeprintPrecache = (\[.*?\]);", (public / "sw.js").read_text(), re.DOTALL)
    assert listed is not None
    paths = [entry["url"] for entry in json.loads(listed[1])]
    return sum(compressed_bytes((public / path).read_bytes()) for path in paths if not _ENGINE.match(path))
