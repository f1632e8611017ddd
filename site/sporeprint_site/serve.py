"""A static preview server with the headers of production."""

from __future__ import annotations

import json
import mimetypes
import sys
import threading
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

from sporeprint_site.headers import header_rules, headers_for
from sporeprint_training.errors import BadInput, StepFailed

# The machine's own table may miss these, and a module script with the wrong type does not run.
_TYPES = {
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".bin": "application/octet-stream",
}


@dataclass(frozen=True)
class Request:
    """One answered request."""

    path: str
    status: int
    bytes: int
    """Length of the body, before any compression."""
    sent: int
    """Length of the body as it went over the network."""


class SiteServer:
    """Serves a built site from a thread of its own; a context manager.

    Args:
        folder: the built site.
        base_url: sub-path that the site is served under, e.g. `/fungi/`.
        port: 0 picks a free one.
        host: loopback by default; only it and https are secure contexts, without which there is no service worker.

    Raises:
        BadInput: `folder` is not a built site.
        StepFailed: the port is taken.
    """

    def __init__(self, folder: Path, *, base_url: str = "/", port: int = 0, host: str = "127.0.0.1") -> None:
        try:
            catalogue = json.loads((folder / "catalogue.json").read_bytes())
            rules = header_rules(allow_url_input=catalogue.get("allow_url_input") is True)
        except (OSError, ValueError, AttributeError):
            raise BadInput(
                "Only a built site can be served (it holds catalogue.json)",
                received=str(folder),
                next_step="Make one with `sporeprint build bundle/ --out public/`",
            ) from None
        self.requests: list[Request] = []
        self._base_url = base_url
        handler = partial(_Handler, folder.resolve(), base_url, rules, self.requests)
        try:
            self._server = _Server((host, port), handler)
        except OSError as error:
            raise StepFailed(
                "The preview needs a free port", received=f"{host}:{port}, {error.strerror}", next_step="Try --port 0"
            ) from None
        # A browser may keep connections open; they must not keep the process alive.
        self._server.daemon_threads = True
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Address of the site, ending in `/`."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}{self._base_url}"

    def __enter__(self) -> SiteServer:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop answering and close the port; may be called twice."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def wait(self) -> None:
        """Serve until interrupted from the keyboard."""
        if self._thread is not None:
            self._thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer is no error of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(
        self,
        folder: Path,
        base_url: str,
        rules: dict[str, dict[str, str]],
        requests: list[Request],
        *connection: object,
    ) -> None:
        self._folder, self._base_url, self._rules, self._requests = folder, base_url, rules, requests
        super().__init__(*connection)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        status, name, body = self._find()
        coding, sent = self._compressed(name, body)
        self.send_response(status)
        if status == HTTPStatus.MOVED_PERMANENTLY:
            self.send_header("Location", self._base_url)
        self.send_header("Content-Type", _content_type(name))
        self.send_header("Content-Length", str(len(sent)))
        if coding:
            self.send_header("Content-Encoding", coding)
            self.send_header("Vary", "Accept-Encoding")
        for header, value in headers_for(f"/{name}", self._rules).items():
            self.send_header(header, value)
        self.end_headers()
        if self.command != "HEAD":
            # Noted first: whoever has the answer can already read that it was given.
            self._requests.append(Request(f"/{name}", int(status), len(body), len(sent)))
            self.wfile.write(sent)

    do_HEAD = do_GET

    def _find(self) -> tuple[HTTPStatus, str, bytes]:
        path = unquote(urlsplit(self.path).path)
        if path == self._base_url.rstrip("/") and path:
            return HTTPStatus.MOVED_PERMANENTLY, "", b""
        if path.startswith(self._base_url):
            name = path[len(self._base_url) :] or "index.html"
            try:
                file = (self._folder / name).resolve()
                if file.is_relative_to(self._folder) and file.is_file():
                    return HTTPStatus.OK, name, file.read_bytes()
            except (OSError, ValueError):
                pass  # a name with a NUL, or longer than any file's: not found, like every other name without a file
        missing = self._folder / "404.html"
        return HTTPStatus.NOT_FOUND, "404.html", missing.read_bytes() if missing.is_file() else b"Not found"

    def _compressed(self, name: str, body: bytes) -> tuple[str, bytes]:
        """The copy that the build compressed, if it made one and the browser takes it, as web servers do."""
        accepted = [part.split(";")[0].strip() for part in self.headers.get("Accept-Encoding", "").split(",")]
        for coding, ending in (("br", ".br"), ("gzip", ".gz")):
            file = self._folder / f"{name}{ending}"
            if coding in accepted and name and file.is_file():
                return coding, file.read_bytes()
        return "", body

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: the command line prints what matters."""


def _content_type(name: str) -> str:
    return _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
