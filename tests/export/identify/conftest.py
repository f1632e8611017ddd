"""A bundle whose model is exact arithmetic, photos for it, and a server that can be told what to answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from colour_bundle import plain_photo, write_colour_bundle
from photo_server import Server
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


@pytest.fixture
def server() -> Iterator[Server]:
    """The server."""
    running = Server()
    yield running
    running.close()
