"""Small photos with structure: every seed shows something else, so that none are near-duplicates by chance."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from sporeprint_training.dataset.ingest import IngestOptions, IngestReport, ingest

Picture = Callable[..., Image.Image]
TWO = {"Amanita virosa": 8, "agaricus_campestris": 9}


@pytest.fixture
def picture() -> Picture:
    """`picture(seed, size)`: a smooth coloured pattern, RGB."""

    def make(seed: int, size: tuple[int, int] = (64, 48)) -> Image.Image:
        return Image.frombytes("RGB", (9, 7), Random(seed).randbytes(189)).resize(size, Image.Resampling.BICUBIC)

    return make


@pytest.fixture
def jpeg(picture: Picture) -> Callable[..., bytes]:
    """`jpeg(seed, size, **save)`: the pattern as JPEG bytes."""

    def make(seed: int, size: tuple[int, int] = (64, 48), **save: object) -> bytes:
        stream = io.BytesIO()
        picture(seed, size).save(stream, "JPEG", **save)
        return stream.getvalue()

    return make


@pytest.fixture
def source(tmp_path: Path, jpeg: Callable[..., bytes]) -> Callable[..., Path]:
    """`source({"Amanita virosa": 6, ...})`: class folders with that many photos each; without counts, two with 17."""

    def make(
        species: dict[str, int] = TWO, name: str = "photos", first_seed: int = 0, size: tuple[int, int] = (64, 48)
    ) -> Path:
        seed = first_seed
        for folder, count in species.items():
            for number in range(count):
                path = tmp_path / name / folder / f"{number:02d}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(jpeg(seed, size))
                seed += 1
        return tmp_path / name

    return make


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., IngestReport]:
    """`run(source, ..., **options)`: ingest into `tmp_path / "dataset"`."""

    def make(*sources: Path, **options: object) -> IngestReport:
        return ingest(sources, tmp_path / "dataset", IngestOptions(**{"report": False} | options))

    return make
