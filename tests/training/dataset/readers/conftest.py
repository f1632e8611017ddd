"""Tables as strangers write them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """`written(name, *lines)`: a file of these lines (text or bytes), gzipped where the name ends in `.gz`."""

    def make(name: str, *lines: str | bytes) -> Path:
        data = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return make


@pytest.fixture
def photos(tmp_path: Path) -> Callable[..., None]:
    """`photos(*names)`: files of these names; no reader opens them."""

    def make(*names: str) -> None:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"jpeg")

    return make
