"""GBIF's way of making downloads, played by a local server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from sporeprint_training.dataset.darwin_core.gbif_api import GbifApi

KEY = "0001005-130906152512535"
USER = {"GBIF_USER": "ada", "GBIF_PWD": "secret", "GBIF_EMAIL": "ada@example.org"}


class Gbif:
    """What the server holds, does and was asked."""

    def __init__(self, archive: bytes) -> None:
        self.archive = archive
        self.statuses = ["PREPARING", "RUNNING", "SUCCEEDED"]
        self.answers: list[tuple[int, dict[str, str], str]] = []
        """Instead of the usual ones: status, headers, body."""
        self.cut: list[int] = []
        """Bytes after which a download breaks off."""
        self.ranges = True
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.waited: list[float] = []
        self.url = ""

    def api(self, **changes) -> GbifApi:
        return GbifApi(self.url, **{"environment": USER, "pause": self.waited.append, **changes})


@contextmanager
def gbif_server(archive: bytes) -> Iterator[Gbif]:
    """Run one that has this archive to give."""
    state = Gbif(archive)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            self.answer("POST")

        def do_GET(self) -> None:
            self.answer("GET")

        def answer(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            state.asked.append((method, self.path, dict(self.headers), body))
            if state.answers:
                self.send(*state.answers.pop(0))
            elif method == "POST":
                self.send(201, {}, KEY)
            elif self.path.endswith(".zip"):
                self.send_archive()
            else:
                status = state.statuses.pop(0) if len(state.statuses) > 1 else state.statuses[0]
                said = {
                    "key": KEY,
                    "status": status,
                    "doi": "10.15468/dl.x",
                    "size": len(state.archive),
                    "totalRecords": 2,
                }
                self.send(200, {}, json.dumps(said))

        def send_archive(self) -> None:
            asked = self.headers.get("range", "") if state.ranges else ""
            start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
            self.send_response(206 if asked else 200)
            data = state.archive[start:]
            if asked:
                self.send_header("content-range", f"bytes {start}-{len(state.archive) - 1}/{len(state.archive)}")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: state.cut.pop(0)] if state.cut else data)

        def send(self, status: int, headers: dict[str, str], text: str) -> None:
            self.send_response(status)
            for name, value in {"content-length": str(len(text.encode())), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()
