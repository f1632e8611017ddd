"""A server that misbehaves as it is told."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

Answering = Callable[[socket.socket, str], None]
Answer = bytes | Answering


def reply(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; `Content_Length="9"` lies about the length, `Content_Length=""` does not state it."""
    given = {"Content-Length": str(len(body)), **{name.replace("_", "-"): text for name, text in headers.items()}}
    head = "".join(f"{name}: {text}\r\n" for name, text in given.items() if text)
    return f"HTTP/1.1 {status}\r\n{head}Connection: close\r\n\r\n".encode("latin-1") + body


def header(request: str, name: str) -> str:
    """One header of a request as the server got it; "" without it."""
    for line in request.splitlines()[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name.lower():
            return value.strip()
    return ""


def _path(request: str) -> str:
    # What is no request, such as the beginning of a TLS connection, has none.
    return [*request.split(" ", 2), ""][1]


class Server:
    """A server on this machine that gives each path its answers one after the other, the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[str] = []
        self.open = self.most_open = 0
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def answer(self, path: str, *answers: Answer) -> str:
        """Answer `path` so; returns its address."""
        self.answers[path] = list(answers)
        return self.url + path

    def asked(self, path: str) -> list[str]:
        """The requests for a path, whole."""
        return [request for request in self.requests if _path(request) == path]

    def close(self) -> None:
        """Stop answering."""
        with contextlib.suppress(OSError):  # closing alone does not wake who waits for the next connection
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connected, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=[connected], daemon=True).start()

    def _talk(self, connected: socket.socket) -> None:
        with connected, contextlib.suppress(OSError):  # the other side may have had enough
            request = connected.recv(65536).decode("latin-1")
            if not request:
                return
            with self._lock:
                self.requests.append(request)
                self.open += 1
                self.most_open = max(self.most_open, self.open)
                queue = self.answers.get(_path(request), [reply(status="418 Unexpected")])
                answer = queue.pop(0) if len(queue) > 1 else queue[0]
            try:
                answer(connected, request) if callable(answer) else connected.sendall(answer)
            finally:
                with self._lock:
                    self.open -= 1
