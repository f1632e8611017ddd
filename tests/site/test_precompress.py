"""Files compressed beforehand: they unpack to the original, gain something, and come out the same every time."""

import gzip
import os

import brotli
import pytest

from sporeprint_site import precompress
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions
from sporeprint_site.precompress import precompressed, sizes_in_words
from sporeprint_training.errors import StepFailed

FILES = {"app/a.js": b"let a = 1;\n" * 200, "content/w.bin": os.urandom(4000), "icons/i.png": b"\0" * 5000, "e": b""}


def test_only_what_gains_by_it_is_compressed_and_unpacks_to_the_same():
    made = precompressed(FILES, ["br", "gz"])
    assert sorted(made) == ["app/a.js.br", "app/a.js.gz"]
    assert brotli.decompress(made["app/a.js.br"]) == FILES["app/a.js"]
    assert gzip.decompress(made["app/a.js.gz"]) == FILES["app/a.js"]
    assert [line.split()[:3] for line in sizes_in_words(FILES, made)] == [
        ["br:", "1", "files,"],
        ["gz:", "1", "files,"],
    ]


def test_gzip_names_neither_time_nor_system():
    packed = precompressed(FILES, ["gz"])["app/a.js.gz"]
    assert packed[4:8] == b"\0\0\0\0"
    assert packed[9] == 255


def test_nothing_is_compressed_unless_asked_for():
    assert precompressed(FILES, []) == {}
    assert sizes_in_words(FILES, {}) == []


def test_without_brotli_the_build_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "brotli", None)
    with pytest.raises(StepFailed, match=r"sporeprint\[precompress\]"):
        precompressed(FILES, ["br"])


def test_the_service_worker_stores_no_compressed_copy(make_bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(precompress, "_brotli", lambda: lambda data: brotli.compress(data, quality=1))
    report = build_site([make_bundle()], tmp_path / "public", BuildOptions(precompress=("br",)))
    assert (tmp_path / "public" / "index.html.br").is_file()
    assert not (tmp_path / "public" / "icons" / "icon-192.png.br").exists()
    assert ".br" not in (tmp_path / "public" / "sw.js").read_text().split("importScripts")[0]
    assert any(note.startswith("br: ") for note in report.notes)
