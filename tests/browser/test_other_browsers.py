"""The way of a hiker in Firefox and in WebKitGTK, which is the nearest that Linux has to Safari on an iPhone."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from colour_bundle import colour_scores, plain_photo
from driven_browsers import firefox, missing, wait_until, webkit

BROWSERS = {"firefox": firefox, "webkit": webkit}
STATE = "document.querySelector('[data-testid=offline-status]')?.dataset.state"
WORDS = "document.querySelector('[data-testid=offline-status]').innerText"
BLUE = (20, 30, 220)


@pytest.fixture(params=BROWSERS)
def other(request: pytest.FixtureRequest, tmp_path: Path):
    lacking = missing(request.param)
    if lacking and os.environ.get("SPOREPRINT_ALL_BROWSERS"):
        pytest.fail(f"This run tests in {request.param}, which needs {lacking}")
    if lacking:
        pytest.skip(f"no {lacking}")
    with BROWSERS[request.param](tmp_path) as browser:
        yield browser


def test_it_identifies_and_keeps_a_find_with_the_server_gone(other, site, tmp_path):
    photo = tmp_path / "photo.png"
    photo.write_bytes(plain_photo(*BLUE))
    other.go(site.url)
    assert wait_until(other, f"/ready|failed/.exec({STATE})?.[0]") == "ready", other.run(WORDS)
    other.run("document.querySelector('[data-testid=gate-accept]').click()")
    site.stop()
    other.reload()
    wait_until(other, f"{STATE} === 'ready' ? 'ready' : ''")
    other.choose("[data-testid=photo-input]", photo)
    assert wait_until(other, "document.querySelector('[data-testid=result]')?.dataset.taxon") == "Boletus edulis"
    other.run("document.querySelector('[data-testid=save-find]').click()")
    wait_until(other, "document.querySelector('a[data-testid=save-find]')?.hash")
    assert scores(other, photo.read_bytes()) == pytest.approx(colour_scores(*BLUE), abs=1e-5)
    other.go(site.url + "#journal")
    other.reload()
    row = wait_until(other, "document.querySelector('[data-testid=journal-row]')?.innerText")
    assert "Boletus edulis" in row


def scores(browser, photo: bytes) -> list[float]:
    """What the app says of a photo, class by class."""
    blob = f"new Blob([Uint8Array.from(atob('{base64.b64encode(photo).decode()}'), (c) => c.charCodeAt(0))])"
    return json.loads(browser.run(f"sporeprint.identify({blob}).then((found) => JSON.stringify([...found.scores]))"))
