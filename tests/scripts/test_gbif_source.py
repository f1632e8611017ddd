"""Sources at GBIF are asked for once, fetched once, and then are files like all others."""

from __future__ import annotations

import io
import json
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from gbif_server import KEY, USER, gbif_server
from photo_server import Server
from served_archive import ServedArchive
from sporeprint.cli import app
from sporeprint.gbif_source import API_VARIABLE, fetched
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import BadInput

FUNGI = {"type": "equals", "key": "TAXON_KEY", "value": "5"}


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr("sporeprint_training.dataset.darwin_core.gbif_api._FIRST_PAUSE", 0.001)
    for name, value in USER.items():
        monkeypatch.setenv(name, value)


def jpeg(seed: int, size: tuple[int, int]) -> bytes:
    """A smooth pattern that no other seed shows."""
    stream = io.BytesIO()
    pattern = Image.frombytes("RGB", (9, 7), Random(seed).randbytes(189))
    pattern.resize(size, Image.Resampling.BICUBIC).save(stream, "JPEG")
    return stream.getvalue()


def test_a_key_of_gbif_becomes_a_data_set(tmp_path, monkeypatch, no_waiting):
    server = Server()
    archive = ServedArchive(server, jpeg)
    for name in ("Amanita muscaria", "Amanita virosa"):
        for _ in range(3):
            archive.add(name)
    data = archive.write(tmp_path / "made.zip").read_bytes()
    out = tmp_path / "dataset"
    with gbif_server(data) as gbif:
        monkeypatch.setenv(API_VARIABLE, gbif.url)
        command = ["ingest", f"gbif:{KEY}", "--out", str(out), "--private-hosts", "--min-photos", "2"]
        app(command, standalone_mode=False)
    server.close()
    assert len(read_dataset(out).photos) == 12
    assert (tmp_path / "dataset-gbif" / f"{KEY}.zip").read_bytes() == data


def test_a_search_is_asked_for_once(tmp_path, monkeypatch, no_waiting):
    search = tmp_path / "fungi.json"
    search.write_text(json.dumps(FUNGI))
    with gbif_server(b"PK made by GBIF") as gbif:
        monkeypatch.setenv(API_VARIABLE, gbif.url)
        for _ in range(2):
            [path] = fetched([Path(f"gbif:{search}")], tmp_path / "dataset")
            assert path.read_bytes() == gbif.archive
    assert [method for method, *_ in gbif.asked].count("POST") == 1
    assert sum(address.endswith(".zip") for _, address, *_ in gbif.asked) == 1


@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_a_search_that_is_none_is_one_line(tmp_path, text, no_waiting):
    search = tmp_path / "fungi.json"
    if text is not None:
        search.write_text(text)
    with pytest.raises(BadInput, match=r"fungi\.json"):
        fetched([Path(f"gbif:{search}")], tmp_path / "dataset")


def test_other_sources_stay_as_they_are(tmp_path):
    assert fetched([tmp_path], tmp_path / "dataset") == [tmp_path]
