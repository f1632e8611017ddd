"""A real Chromium, a small real bundle, and a server that can be told to fail."""

from __future__ import annotations

import io
import json
import math
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from sporeprint_export.manifest import (
    BundleFile,
    Metrics,
    ModelClass,
    Outputs,
    Provenance,
    SelfTest,
    Taxonomy,
    make_manifest,
)
from sporeprint_site.build import build_site
from sporeprint_site.headers import header_rules, headers_for
from sporeprint_site.options import BuildOptions
from sporeprint_site.vendoring import vendor
from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.decision import Band, Thresholds, calibrated_scores
from sporeprint_training.input_spec import InputSpec

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
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
            time.sleep(answer.pause)




# ---- A model that is exact arithmetic: it names a photo by its colour ----


@dataclass(frozen=True)
class ColourClass:
    """A class whose logit is a weighted sum of the photo's red, green and blue shares."""

    scientific_name: str
    weights: tuple[float, float, float]
    bias: float
    taxonomy: tuple[str, str]
    """Order and family."""
    toxicity: str = "not_assessed"
    deadly_look_alikes: tuple[str, ...] = ()


COLOURS = (
    ColourClass("Amanita muscaria", (12, 0, 0), 0, ("Agaricales", "Amanitaceae"), "poisonous"),
    ColourClass("Amanita phalloides", (0, 12, 0), 0, ("Agaricales", "Amanitaceae"), "deadly"),
    ColourClass("Boletus edulis", (0, 0, 12), 0, ("Boletales", "Boletaceae")),
    ColourClass("Agaricus campestris", (10, 0, 10), -2, ("Russulales", "Agaricaceae"), deadly_look_alikes=("Amanita virosa",)),
)


def colour_scores(red: float, green: float, blue: float) -> list[float]:
    """What the colour model says about a plain photo."""
    shares = [value / (red + green + blue) for value in (red, green, blue)]
    logits = [sum(w * s for w, s in zip(item.weights, shares, strict=True)) + item.bias for item in COLOURS]
    return calibrated_scores(logits, 1.0)


def plain_photo(red: int, green: int, blue: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A PNG of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", size, (red, green, blue)).save(stream, "PNG")
    return stream.getvalue()


def _node(name: str, op: str, inputs: tuple[str, ...] = (), **attributes: object) -> dict[str, object]:
    return {"name": name, "op": op, "input": list(inputs), "attr": {"T": {"type": "DT_FLOAT"}, **attributes}}


def _constant(name: str, shape: tuple[int, ...], kind: str = "DT_FLOAT") -> dict[str, object]:
    dimensions = {"dim": [{"size": str(size)} for size in shape]}
    return _node(name, "Const", dtype={"type": kind}, value={"tensor": {"dtype": kind, "tensorShape": dimensions}})


def _graph(size: int) -> list[dict[str, object]]:
    shape = {"shape": {"dim": [{"size": str(n)} for n in (-1, size, size, 3)]}}
    return [
        _node("image", "Placeholder", dtype={"type": "DT_FLOAT"}, shape=shape),
        _constant("rows_columns", (2,), "DT_INT32"),
        _constant("channels", (1,), "DT_INT32"),
        _constant("head_kernel", (3, len(COLOURS))),
        _constant("head_bias", (len(COLOURS),)),
        _node("mean", "Mean", ("image", "rows_columns"), keep_dims={"b": False}),
        _node("brightness", "Sum", ("mean", "channels"), keep_dims={"b": True}),
        # A black photo divides nothing by nothing: NaN, as a broken model would give.
        _node("shares", "RealDiv", ("mean", "brightness")),
        _node("product", "MatMul", ("shares", "head_kernel"), transpose_a={"b": False}, transpose_b={"b": False}),
        _node("logits", "AddV2", ("product", "head_bias")),
    ]


def _weights() -> tuple[list[dict[str, object]], dict[str, bytes]]:
    ballast = b"".join(struct.pack("<f", math.sin(index)) for index in range(50_000))
    kernel = [item.weights[channel] for channel in range(3) for item in COLOURS]
    groups = {
        "weights/ballast.bin": ([("ballast", [50_000], "float32")], ballast),
        "weights/backbone.bin": (
            [("rows_columns", [2], "int32"), ("channels", [1], "int32")],
            struct.pack("<3i", 1, 2, 1),
        ),
        "weights/head.bin": (
            [("head_kernel", [3, len(COLOURS)], "float32"), ("head_bias", [len(COLOURS)], "float32")],
            struct.pack(f"<{4 * len(COLOURS)}f", *kernel, *(item.bias for item in COLOURS)),
        ),
    }
    manifest = [
        {"paths": [path], "weights": [{"name": n, "shape": shape, "dtype": kind} for n, shape, kind in specs]}
        for path, (specs, _) in groups.items()
    ]
    return manifest, {path: data for path, (_, data) in groups.items()}


def write_colour_bundle(folder: Path, *, names: dict[str, str] | None = None, **changes: object) -> Path:
    """A complete bundle of a few kilobytes around the colour model.

    Args:
        folder: where to write it.
        names: other values for text fields of every class.
        changes: other content of the manifest.
    """
    weights, shards = _weights()
    topology = {"node": _graph(32), "versions": {"producer": 1}, "library": {}}
    graph = {"format": "graph-model", "modelTopology": topology, "weightsManifest": weights}
    contents: dict[str, tuple[bytes, str]] = {"model.json": (json.dumps(graph).encode(), "graph")}
    contents |= {path: (data, "head" if "head" in path else "backbone") for path, data in shards.items()}
    contents["self_test.png"] = (plain_photo(200, 30, 20), "self_test")
    contents["thumbnails/0.png"] = (plain_photo(200, 20, 20), "thumbnail")
    files = []
    for path, (data, role) in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
        files.append(BundleFile(path=path, bytes=len(data), sha256=sha256_bytes(data), role=role))
    manifest = make_manifest(**{**_manifest_content(files, names or {}), **changes})
    (folder / "manifest.json").write_bytes(manifest.to_json())
    return folder


def _manifest_content(files: list[BundleFile], names: dict[str, str]) -> dict[str, object]:
    classes = tuple(
        ModelClass(
            scientific_name=item.scientific_name + names.get("scientific_name", ""),
            authorship=names.get("authorship", "Fr."),
            taxonomy=Taxonomy(
                kingdom="Fungi", order=item.taxonomy[0], family=item.taxonomy[1], genus=item.scientific_name.split()[0]
            ),
            common_names={"en": names.get("common_name", f"The {item.scientific_name.split()[1]}")},
            toxicity=item.toxicity,
            syndrome=names.get("syndrome", "amatoxins" if item.toxicity == "deadly" else ""),
            toxicity_source=names.get("toxicity_source", "Benjamin 1995") if item.toxicity != "not_assessed" else "",
            look_alikes=item.deadly_look_alikes,
            deadly_look_alikes=item.deadly_look_alikes,
            n_photos=10,
            recall=0.9,
            n_test=10,
            thumbnail="thumbnails/0.png" if index == 0 else None,
            thumbnail_credit=names.get("thumbnail_credit", "drawn"),
        )
        for index, item in enumerate(COLOURS)
    )
    bands = (Band(name="high", from_score=0.9, right=0.96, n=84), Band(name="low", from_score=0, right=0.5, n=8))
    return {
        "name": "Colours",
        "input": InputSpec(size=32),
        "outputs": Outputs(logits="logits"),
        "classes": classes,
        "temperature": 1.0,
        "thresholds": Thresholds(species=0.7, genus=0.7, family=0.7, order=0.7, deadly=0.15, bands=bands),
        "priors": None,
        "files": tuple(files),
        "metrics": Metrics(top1=0.9, top3=1.0, macro_f1=0.9, n=100, deadly_recall=1.0, deadly_false_alarm=0.1),
        "provenance": Provenance(
            dataset_sha256="0" * 64,
            dataset_name="colours",
            drawn=True,
            run="run-1",
            backbone="compact",
            precision="float32",
            attribution=names.get("attribution", ""),
            never_seen=("Galerina marginata",),
        ),
        "self_test": SelfTest(photo="self_test.png", scores=tuple(colour_scores(200, 30, 20)), tolerance=1e-3),
    }


# ---- The app in a browser ----


@dataclass
class App:
    """One browser profile on one site, with everything it complained about."""

    context: BrowserContext
    site: FaultySite
    violations: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str = "", *, accept: bool = False) -> Page:
        """A new tab."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.site.url + path)
        if accept:
            page.get_by_test_id("gate-accept").click()
        return page

    @staticmethod
    def wait_for(page: Page, state: str, timeout: float = 20_000) -> str:
        """The status line's words, once it has the state."""
        status = page.locator(f"[data-testid=offline-status][data-state={state}]")
        status.wait_for(timeout=timeout)
        return status.inner_text()

    @staticmethod
    def identify(page: Page, photo: bytes, name: str = "photo.png") -> str:
        """Choose a photo, wait for the answer and return the screen's text."""
        before = page.locator("section.result").element_handle() if page.locator("section.result").count() else None
        page.get_by_test_id("photo-input").set_input_files(
            [{"name": name, "mimeType": "image/png", "buffer": photo}]
        )
        if before:
            page.wait_for_function("old => !old.isConnected", arg=before)
        answer = page.locator("[data-testid=result], [data-testid=not-sure], [data-testid=error]").first
        answer.wait_for(timeout=20_000)
        return page.locator("main").inner_text()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, the machine's own where it has one."""
    with sync_playwright() as playwright:
        executable = str(CHROMIUM) if CHROMIUM.is_file() else None
        chromium = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def colour_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app built around the colour model."""
    vendor(ROOT)
    folder = tmp_path_factory.mktemp("colours")
    build_site([write_colour_bundle(folder / "bundle")], folder / "public", BuildOptions())
    return folder / "public"


@pytest.fixture
def site(colour_site: Path) -> Iterator[FaultySite]:
    """The colour site, served."""
    served = FaultySite(colour_site)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def make_app(browser: Browser) -> Iterator[Callable[[FaultySite], App]]:
    """Makes a fresh browser profile; at the end no request may have left the origin, no policy been violated."""
    apps: list[App] = []

    def make(site: FaultySite, **options: object) -> App:
        app = App(browser.new_context(**options), site)  # type: ignore[arg-type]
        app.context.on("request", lambda request: _note_foreign(app, request.url))
        app.context.on("console", lambda message: _note_violation(app, message.text))
        apps.append(app)
        return app

    yield make
    for app in apps:
        app.context.close()
        assert app.foreign == []
        assert app.violations == []


@pytest.fixture
def app(site: FaultySite, make_app: Callable[[FaultySite], App]) -> App:
    """A fresh browser profile on the colour site."""
    return make_app(site)


@pytest.fixture
def write_bundle() -> Callable[..., Path]:
    """`write_colour_bundle`."""
    return write_colour_bundle


@pytest.fixture
def photo() -> Callable[..., bytes]:
    """`plain_photo`."""
    return plain_photo


@pytest.fixture
def scores_of() -> Callable[[float, float, float], list[float]]:
    """`colour_scores`."""
    return colour_scores


def _note_foreign(app: App, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("blob", "data") and not url.startswith(app.site.url.removesuffix(app.site.base_url)):
        app.foreign.append(url)


def _note_violation(app: App, text: str) -> None:
    if "Content Security Policy" in text:
        app.violations.append(text)
