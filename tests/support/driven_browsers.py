"""Firefox and WebKitGTK, driven over the protocols that they bring along: WebDriver BiDi and WebDriver.

Debian's packages: firefox-esr; webkit2gtk-driver with its MiniBrowser, which needs a display (xvfb).
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from websockets.sync.client import ClientConnection, connect

PATIENCE = 120.0
"""Seconds that a browser may take to begin or to answer."""


class Driven(Protocol):
    """What a test asks of a browser with one tab."""

    def go(self, url: str) -> None:
        """Open an address and wait until it is loaded."""

    def reload(self) -> None:
        """Load the page again."""

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression, awaited when it is a promise; it has to be a text or None."""

    def choose(self, selector: str, file: Path) -> None:
        """Choose a file in a file input."""

    def picture(self) -> bytes:
        """What the window shows, PNG."""


def wait_until(browser: Driven, script: str, seconds: float = PATIENCE) -> str:
    """Ask until an expression gives a text that is not empty."""
    end = time.monotonic() + seconds
    while not (found := browser.run(script)):
        if time.monotonic() > end:
            raise AssertionError(f"{script} gave nothing in {seconds:.0f} s; the page says {_words(browser)!r}")
        time.sleep(0.1)
    return str(found)


def _words(browser: Driven) -> str:
    return str(browser.run("document.body.innerText"))


class Firefox:
    """One tab of a Firefox that was started with its remote agent."""

    def __init__(self, wire: ClientConnection) -> None:
        self._wire = wire
        self._calls = 0
        self._ask("session.new", capabilities={})
        self._tab = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def go(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def reload(self) -> None:
        self._ask("browsingContext.reload", context=self._tab, wait="complete")

    def run(self, script: str) -> Any:
        answer = self._ask("script.evaluate", expression=script, target={"context": self._tab}, awaitPromise=True)
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def choose(self, selector: str, file: Path) -> None:
        locator = {"type": "css", "value": selector}
        [node] = self._ask("browsingContext.locateNodes", context=self._tab, locator=locator)["nodes"]
        self._ask("input.setFiles", context=self._tab, element={"sharedId": node["sharedId"]}, files=[str(file)])

    def picture(self) -> bytes:
        return base64.b64decode(self._ask("browsingContext.captureScreenshot", context=self._tab)["data"])

    def _ask(self, method: str, **params: Any) -> Any:
        self._calls += 1
        self._wire.send(json.dumps({"id": self._calls, "method": method, "params": params}))
        while (answer := json.loads(self._wire.recv(timeout=PATIENCE))).get("id") != self._calls:
            """An event, or nothing that was asked for."""
        assert answer["type"] == "success", answer
        return answer["result"]


class WebKit:
    """One tab of WebKitGTK's MiniBrowser."""

    def __init__(self, driver: str) -> None:
        self._driver = driver
        options = {"binary": str(mini_browser()), "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        session = self._ask("POST", "/session", wanted)["sessionId"]
        self._session = f"/session/{session}"

    def go(self, url: str) -> None:
        self._ask("POST", f"{self._session}/url", {"url": url})

    def reload(self) -> None:
        self._ask("POST", f"{self._session}/refresh", {})

    def run(self, script: str) -> Any:
        asked = "const done = arguments[0]; Promise.resolve(" + script + ").then(done, (error) => done(String(error)));"
        return self._ask("POST", f"{self._session}/execute/async", {"script": asked, "args": []})

    def choose(self, selector: str, file: Path) -> None:
        found = self._ask("POST", f"{self._session}/element", {"using": "css selector", "value": selector})
        [element] = found.values()
        self._ask("POST", f"{self._session}/element/{element}/value", {"text": str(file)})

    def picture(self) -> bytes:
        return base64.b64decode(self._ask("GET", f"{self._session}/screenshot"))

    def close(self) -> None:
        self._ask("DELETE", self._session)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._driver + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]


def mini_browser() -> Path | None:
    """WebKitGTK's own small browser, which lies outside the search path."""
    return next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))), None)


def missing(name: str) -> str:
    """What the machine lacks to drive a browser; empty when nothing."""
    needed = {"firefox": ("firefox-esr",), "webkit": ("WebKitWebDriver", "Xvfb")}[name]
    lacking = [program for program in needed if shutil.which(program) is None]
    if name == "webkit" and mini_browser() is None:
        lacking.append("MiniBrowser")
    return ", ".join(lacking)


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """Firefox with a fresh profile, without a window."""
    profile = folder / "profile"
    profile.mkdir()
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    log = folder / "firefox.log"
    with log.open("wb") as errors, _running(command, stderr=errors):
        address = _wait_for(log, r"WebDriver BiDi listening on (ws://\S+)")
        with connect(f"{address}/session", max_size=None) as wire:
            yield Firefox(wire)


@contextmanager
def webkit(folder: Path) -> Iterator[WebKit]:
    """WebKitGTK with a profile that ends with it, on a screen of its own."""
    number = folder / "display"
    with number.open("wb") as out:
        command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x1000x24"]
        with _running(command, stdout=out, stderr=subprocess.DEVNULL):
            environment = {**os.environ, "DISPLAY": ":" + _wait_for(number, r"(\d+)\n")}
            port = _free_port()
            with _running(["WebKitWebDriver", f"--port={port}"], env=environment, stderr=subprocess.DEVNULL):
                _wait_for_port(port)
                browser = WebKit(f"http://127.0.0.1:{port}")
                yield browser
                browser.close()


@contextmanager
def _running(command: list[str], **options: Any) -> Iterator[None]:
    process = subprocess.Popen(command, **options)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(file: Path, pattern: str) -> str:
    end = time.monotonic() + PATIENCE
    while not (found := re.search(pattern, file.read_text(errors="replace"))):
        assert time.monotonic() < end, f"{file} has no {pattern}: {file.read_text(errors='replace')[-500:]}"
        time.sleep(0.05)
    return found[1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < end, f"nothing listens on port {port}"
            time.sleep(0.05)
