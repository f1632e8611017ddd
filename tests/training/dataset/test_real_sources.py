"""Real sources, with their photos on a server of the test that misbehaves: every row is a photo or has a reason."""

from __future__ import annotations

import gzip
import re
import shutil
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from photo_server import Answer, Server, header, reply
from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.dataset.store import read_beside, read_dataset

pytestmark = pytest.mark.real_data
ADDRESS = re.compile(r"https?://[^\s\"]+?\.(?:jpe?g|png)(?:\?[^\s\"]*)?(?=[\t\"])", re.IGNORECASE)
ROWS = 400
"""Of Mushroom Observer's 254,787."""
DOWNLOAD = {"private_hosts": True, "backoff_seconds": 0.01, "host_failures": 1000, "max_side": 64}


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


class Rehosted:
    """Texts whose photos' addresses lead to the server of the test, which has one answer in ten go wrong."""

    def __init__(self, server: Server, jpeg: Callable[..., bytes]) -> None:
        self.server, self.jpeg = server, jpeg
        self.fault: dict[str, str] = {}
        self._known: dict[str, str] = {}

    def text(self, text: str) -> str:
        return ADDRESS.sub(lambda found: self._served(found[0]), text)

    def _served(self, address: str) -> str:
        if address not in self._known:
            number = len(self._known)
            good = reply(self.jpeg(number, (48, 36)), ETag='"1"')
            reason, answers = FAULTS.get(number % 80, lambda good: ("", [good]))(good)
            self.fault[f"/{number}.jpg"] = reason
            self._known[address] = self.server.answer(f"/{number}.jpg", *answers)
        return self._known[address]


def resets(connected: socket.socket, _: str) -> None:
    """Hang up in the rudest way."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def short(good: bytes) -> Callable[[socket.socket, str], None]:
    """Half of the photo, and the rest for whoever asks for it."""
    head, _, body = good.partition(b"\r\n\r\n")

    def send(connected: socket.socket, request: str) -> None:
        begin = header(request, "Range")
        if begin:
            start = int(begin.removeprefix("bytes=").rstrip("-"))
            rest = f"bytes {start}-{len(body) - 1}/{len(body)}"
            connected.sendall(reply(body[start:], "206 Partial Content", Content_Range=rest, ETag='"1"'))
        else:
            connected.sendall(head + b"\r\n\r\n" + body[: len(body) // 2])

    return send


FAULTS: dict[int, Callable[[bytes], tuple[str, list[Answer]]]] = {
    3: lambda good: ("not_found", [reply(status="404 Not Found")]),
    13: lambda good: ("gone", [reply(status="410 Gone")]),
    23: lambda good: ("", [reply(status="429 Too Many Requests", Retry_After="0"), good]),
    33: lambda good: ("", [reply(status="503 Service Unavailable"), good]),
    43: lambda good: ("not_an_image", [reply(b"<!doctype html><title>Log in</title>", Content_Type="image/jpeg")]),
    53: lambda good: ("redirects", [reply(status="302 Found", Location="?again")]),
    63: lambda good: ("", [resets, good]),
    73: lambda good: ("", [short(good)]),
}


def test_gbif_downloads_and_mushroom_observers_list_are_ingested_from_a_server_that_misbehaves(
    server, jpeg, real_data, tmp_path
):
    hosted = Rehosted(server, jpeg)
    folders = []
    for name in ("gbif_amblyomma", "gbif_libertycap_multimedia"):
        folders.append(tmp_path / name)
        shutil.copytree(real_data / "dwca" / name, folders[-1])
        folders[-1].chmod(0o755)
        table = folders[-1] / "multimedia.txt"
        table.chmod(0o644)
        table.write_text(hosted.text(table.read_text()))
    with gzip.open(real_data / "mushroomobserver" / "mushrooms.tsv.gz", "rt") as stream:
        listed = tmp_path / "mushrooms.tsv"
        listed.write_text(hosted.text("".join(islice(stream, ROWS + 1))))
    for query in ("?again",):
        for path in list(hosted.fault):
            server.answer(path + query, reply(status="302 Found", Location=path))

    options = IngestOptions(species="Psilocybe semilanceata", min_photos=3, report=False, download=DOWNLOAD)
    report = ingest([*folders, listed], tmp_path / "dataset", options)

    rows = 1362 + 1619 + ROWS
    assert report.photos + sum(report.rejected.values()) == rows
    data = read_dataset(tmp_path / "dataset")
    counts = data.species.set_index("scientific_name")["n_photos"]
    assert counts["Amblyomma americanum"] > 150
    assert counts["Psilocybe semilanceata"] > 100
    assert len(counts) > 10
    asked = {request.split(" ")[1].partition("?")[0] for request in server.requests}
    expected = Counter(hosted.fault[path] for path in asked)
    for reason in ("not_found", "gone", "not_an_image", "redirects"):
        assert report.rejected[reason] >= expected[reason] > 0, reason
    assert not {"unavailable", "incomplete", "no_connection"} & report.rejected.keys()
    assert set(data.photos["licence"].str.extract(r"^(CC0|CC-BY(?:-SA)?)(?:-\d|$)")[0]) == {"CC0", "CC-BY", "CC-BY-SA"}
    assert data.photos.groupby("observation_id")["split"].nunique().max() == 1
    ledger = read_beside(tmp_path / "dataset", "ledger")
    assert (ledger["photo_url"].str.startswith(server.url)).all()
    credited = (ledger["author"] + ledger["rights_holder"])[ledger["licence"].str.startswith("CC-BY")]
    assert (credited != "").mean() > 0.9, "these licences ask for the name, where one is given"
