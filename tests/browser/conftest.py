"""A real Chromium on a small real site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from colour_bundle import write_colour_bundle
from faulty_site import FaultySite, status
from sporeprint_site.browser import ARGUMENTS, find_chromium
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions
from sporeprint_site.vendoring import vendor

ROOT = Path(__file__).parents[2]


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
    def wait_for(page: Page, state: str, timeout: float = 20_000, *, model: str = "") -> str:
        """The status line's words, once it has the state, and the model with this name identifies."""
        named = f"[data-model='{model}']" if model else ""
        status = page.locator(f"[data-testid=offline-status][data-state={state}]{named}")
        status.wait_for(timeout=timeout)
        return status.inner_text()

    @staticmethod
    def identify(page: Page, photo: bytes, name: str = "photo.png") -> str:
        """Choose a photo, wait for the answer and return the screen's text."""
        before = page.locator("section.result").element_handle() if page.locator("section.result").count() else None
        page.get_by_test_id("photo-input").set_input_files([{"name": name, "mimeType": "image/png", "buffer": photo}])
        if before:
            page.wait_for_function("old => !old.isConnected", arg=before)
        answer = page.locator("[data-testid=result], [data-testid=not-sure], [data-testid=error]").first
        answer.wait_for(timeout=20_000)
        return page.locator("main").inner_text()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, the machine's own where it has one."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def colour_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The colour model."""
    return write_colour_bundle(tmp_path_factory.mktemp("colours") / "bundle")


@pytest.fixture(scope="module")
def colour_site(request: pytest.FixtureRequest, colour_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app built around the colour model, as phones get it.

    A file of tests that calls single modules says `READABLE = True`: packed, they cannot be told apart.
    """
    vendor(ROOT)
    folder = tmp_path_factory.mktemp("public")
    build_site([colour_bundle], folder, BuildOptions(readable=getattr(request.module, "READABLE", False)))
    return folder


@pytest.fixture
def site(colour_site: Path) -> Iterator[FaultySite]:
    """The colour site, served."""
    with _served(colour_site) as served:
        yield served


@pytest.fixture
def make_app(browser: Browser) -> Iterator[Callable[[FaultySite], App]]:
    """Makes a fresh browser profile; at the end no request may have left the origin, no policy been violated."""
    with _profiles(browser) as make:
        yield make


@pytest.fixture
def app(site: FaultySite, make_app: Callable[[FaultySite], App]) -> App:
    """A fresh browser profile on the colour site."""
    return make_app(site)


@pytest.fixture(scope="module")
def modules(colour_site: Path, browser: Browser) -> Iterator[App]:
    """A profile with one tab on a colour site whose model never arrives, for a file's tests that call single modules.

    They share it: to open the app for each of them takes longer than most of them do.
    """
    with _served(colour_site) as served, _profiles(browser) as make:
        served.faults["content/"] = status(404)
        shared = make(served)
        shared.open()
        yield shared


@contextmanager
def _served(folder: Path) -> Iterator[FaultySite]:
    served = FaultySite(folder)
    served.start()
    try:
        yield served
    finally:
        served.stop()


@contextmanager
def _profiles(browser: Browser) -> Iterator[Callable[[FaultySite], App]]:
    apps: list[App] = []

    def make(site: FaultySite, **options: object) -> App:
        app = App(browser.new_context(**options), site)  # type: ignore[arg-type]
        app.context.on("request", lambda request: _note_foreign(app, request.url))
        app.context.on("console", lambda message: _note_violation(app, message.text))
        apps.append(app)
        return app

    try:
        yield make
    finally:
        for app in apps:
            app.context.close()
    for app in apps:
        assert app.foreign == []
        assert app.violations == []


def _note_foreign(app: App, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("blob", "data") and not url.startswith(app.site.url.removesuffix(app.site.base_url)):
        app.foreign.append(url)


def _note_violation(app: App, text: str) -> None:
    if "Content Security Policy" in text:
        app.violations.append(text)
