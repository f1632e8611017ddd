"""A download that is killed at any moment, and run again, ends as one that nobody disturbed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from random import Random

from photo_server import reply
from sporeprint_training.dataset.download.run import DownloadOptions, download, outcomes

OPTIONS = {"private_hosts": True, "per_host": 4, "backoff_seconds": 0.01, "max_side": 64}
CHILD = f"""
import sys
from pathlib import Path
from sporeprint_training.dataset.download.run import DownloadOptions, download
addresses = Path(sys.argv[1]).read_text().split()
download(addresses, Path(sys.argv[2]), DownloadOptions(**{OPTIONS}))
"""
PHOTOS = 150
"""More than are decoded without worker processes, and more than all kills together leave behind them."""


def test_kills_at_random_moments_lose_nothing_and_fetch_nothing_twice(server, jpeg, tmp_path):
    store, draw = tmp_path / "store", Random(16)
    addresses = [server.answer(f"/{n}.jpg", slowly(reply(jpeg(n, (96, 72))))) for n in range(PHOTOS)]
    addresses.append(server.answer("/missing.jpg", reply(status="404 Not Found")))
    (tmp_path / "addresses.txt").write_text("\n".join(addresses))
    for _ in range(4):
        kill_after(server, draw.randint(1, 24), draw.uniform(0, 0.05), tmp_path)
        if store.exists() and (store / "downloads.sqlite").exists():
            stored = {one.address for one in outcomes(store, addresses) if one.state in ("stored", "failed")}
            server.requests.clear()
    report = download(addresses, store, DownloadOptions(**OPTIONS))
    asked = Counter(server.url + request.split(" ")[1] for request in server.requests)
    assert not stored & set(asked), "what a killed run had recorded was asked for again"
    assert set(asked) == set(addresses) - stored
    assert (report.stored, dict(report.reasons)) == (PHOTOS, {"not_found": 1})

    download(addresses, tmp_path / "undisturbed", DownloadOptions(**OPTIONS))
    assert list(outcomes(store, addresses)) == list(outcomes(tmp_path / "undisturbed", addresses))
    assert contents(store) == contents(tmp_path / "undisturbed")


def slowly(answer: bytes):
    """An answer that takes some milliseconds, so that a kill finds photos on their way."""

    def send(connected, _):
        time.sleep(0.004)
        connected.sendall(answer[: len(answer) // 2])
        time.sleep(0.004)
        connected.sendall(answer[len(answer) // 2 :])

    return send


def kill_after(server, requests: int, seconds: float, folder) -> None:
    """Run the download in a process of its own and kill it some time after so many requests."""
    before = len(server.requests)
    command = [sys.executable, "-c", CHILD, folder / "addresses.txt", folder / "store"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        while len(server.requests) < before + requests and child.poll() is None:
            time.sleep(0.001)
        time.sleep(seconds)
        assert child.poll() is None, "it was over before it could be killed"
        child.kill()


def contents(store) -> dict[str, bytes]:
    """Every file of the store but the tables."""
    return {
        path.relative_to(store).as_posix(): path.read_bytes()
        for path in store.rglob("*")
        if path.is_file() and path.suffix != ".sqlite" and "sqlite-" not in path.name
    }
