"""A web server that can be told to fail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sporeprint_site.headers import header_rules, headers_for

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webmanifest": "application/manifest+json",
}


@dataclass
class Answer:
    """What the server is about to send; a fault changes it."""

    status: int
    headers: dict[str, str]
    body: bytes
    pause: float = 0.0
    """Seconds between pieces of 64 KiB."""
    mended: threading.Event = field(default_factory=threading.Event)
    """Set when there are no more pauses, in answers under way too."""


Fault = Callable[[Answer], Answer]


@dataclass
class FaultySite:
    """Serves a folder with production's headers; faults are added while it runs."""

    folder: Path
    base_url: str = "/"
    faults: dict[str, Fault] = field(default_factory=dict)
    """Part of a path to what goes wrong there."""
    extra: dict[str, bytes] = field(default_factory=dict)
    """Further files, by path in the site."""
    requests: list[str] = field(default_factory=list)
    """Paths in the order of arrival."""
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.base_url}"

    def start(self, port: int = 0) -> None:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def fetched(self, part: str) -> int:
        """How often a path with this part was asked for."""
        return sum(part in path for path in self.requests)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = unquote(urlsplit(handler.path).path)
        self.requests.append(path)
        answer = self._found(path)
        for part, fault in list(self.faults.items()):
            if part in path:
                answer = fault(answer)
        try:
            self._send(handler, answer)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True

    def _found(self, path: str) -> Answer:
        name = path.removeprefix(self.base_url) or "index.html"
        file = self.folder / name
        if name in self.extra:
            return Answer(HTTPStatus.OK, {"Content-Type": TYPES.get(file.suffix, "")}, self.extra[name])
        if not path.startswith(self.base_url) or not file.is_file():
            return Answer(HTTPStatus.NOT_FOUND, {"Content-Type": "text/html"}, b"not here")
        headers = {"Content-Type": TYPES.get(file.suffix, "application/octet-stream")}
        headers |= headers_for(f"/{name}", header_rules(allow_url_input=False))
        return Answer(HTTPStatus.OK, headers, file.read_bytes())

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        handler.send_response(answer.status)
        # Without a length the end of the connection ends the body, as many servers and proxies do it.
        for name, value in {**answer.headers, "Connection": "close"}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.close_connection = True
        for start in range(0, len(answer.body), 1 << 16):
            handler.wfile.write(answer.body[start : start + (1 << 16)])
            answer.mended.wait(answer.pause)


def damaged(answer: Answer) -> Answer:
    """One bit is another."""
    return replace(answer, body=answer.body[:-1] + bytes([answer.body[-1] ^ 1]))


def cut_off(answer: Answer) -> Answer:
    """Half of it arrives."""
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def login_page(answer: Answer) -> Answer:
    """A network that wants a login answers in the site's place, with status 200."""
    return replace(answer, headers={"Content-Type": "text/html"}, body=b"<html>Please log in</html>")


def status(code: int) -> Fault:
    """An error of the server."""
    return lambda answer: replace(answer, status=code, body=b"no")


def slow(answer: Answer) -> Answer:
    """128 KiB a second."""
    return replace(answer, pause=0.5)


def slow_until(mended: threading.Event) -> Fault:
    """The same until the event."""
    return lambda answer: replace(answer, pause=0.5, mended=mended)
