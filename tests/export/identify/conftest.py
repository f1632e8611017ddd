"""A bundle whose model is exact arithmetic, and a server that can be told what to answer."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from colour_bundle import plain_photo, write_colour_bundle
from sporeprint_export.bundle import Bundle, read_bundle
from sporeprint_export.identify.model import BundleModel


@pytest.fixture(scope="session")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The bundle that names a photo by its colour."""
    return read_bundle(write_colour_bundle(tmp_path_factory.mktemp("colours") / "bundle"))


@pytest.fixture(scope="session")
def model(colours: Bundle) -> BundleModel:
    """Its model."""
    return BundleModel(colours)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of photos: Amanita muscaria, Boletus edulis, one in a sub-folder, and files that are none."""
    folder = tmp_path / "photos"
    (folder / "walk").mkdir(parents=True)
    (folder / "a red.png").write_bytes(plain_photo(200, 30, 20))
    (folder / "walk" / "b blue.png").write_bytes(plain_photo(10, 10, 200))
    (folder / "c empty.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("not a photo, and not called one")
    return folder


Answering = Callable[[socket.socket], None]


class Server:
    """A server on this machine that answers every request with the bytes of `answers`, path by path."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Answering] = {}
        self.requests: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def answer(self, path: str, body: bytes, status: str = "200 OK", **headers: str) -> str:
        """Answer `path` so; returns its address."""
        given = {"Content-Length": str(len(body)), **{name.replace("_", "-"): text for name, text in headers.items()}}
        head = "".join(f"{name}: {text}\r\n" for name, text in given.items())
        self.answers[path] = f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body
        return self.url + path

    def close(self) -> None:
        """Stop answering."""
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connected, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=[connected], daemon=True).start()

    def _talk(self, connected: socket.socket) -> None:
        with connected:
            request = connected.recv(65536).decode("latin-1")
            self.requests.append(request)
            answer = self.answers.get([*request.split(), "", ""][1], b"HTTP/1.1 418 Unexpected\r\n\r\n")
            with contextlib.suppress(OSError):  # the other side may have had enough
                answer(connected) if callable(answer) else connected.sendall(answer)


@pytest.fixture
def server() -> Iterator[Server]:
    """The server."""
    running = Server()
    yield running
    running.close()
