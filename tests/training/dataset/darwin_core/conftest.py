"""Small archives, written as strangers might."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from darwin_core_archives import PLAIN

Make = Callable[..., Path]


@pytest.fixture
def make_archive(tmp_path: Path) -> Make:
    """`make_archive({"occurrence.txt": ...}, folder=False)`: `PLAIN` with other or more files; None leaves one out."""

    def make(changed: dict[str, str | bytes | None] | None = None, *, folder: bool = False) -> Path:
        contents = {name: data for name, data in {**PLAIN, **(changed or {})}.items() if data is not None}
        path = tmp_path / ("archive" if folder else "archive.zip")
        if folder:
            for name, data in contents.items():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                (path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        else:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
                for name, data in contents.items():
                    packed.writestr(name, data)
        return path

    return make
