"""Small data sets that are ingested like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.run_config import load_run_config

COLOURS = {
    "Amanita muscaria": (190, 40, 30),
    "Amanita phalloides": (150, 170, 60),
    "Boletus edulis": (120, 80, 40),
    "Lactarius indigo": (60, 80, 180),
}


def paint_photos(folder: Path, names: tuple[str, ...] = tuple(COLOURS), n_photos: int = 14) -> Path:
    """Write class folders of 48 px pictures: one colour per class under a random pattern of light."""
    draw = np.random.default_rng(0)
    for name in names:
        (folder / name).mkdir(parents=True)
        for index in range(n_photos):
            light = Image.fromarray(draw.integers(60, 256, (5, 5), np.uint8)).resize((60, 48), Image.Resampling.BICUBIC)
            pixels = np.asarray(light, np.float32)[:, :, None] / 255 * np.array(COLOURS[name])
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{index}.png")
    return folder


@pytest.fixture(scope="session")
def coloured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of four classes, told apart by colour; one is deadly."""
    folder = tmp_path_factory.mktemp("coloured")
    options = IngestOptions(name="coloured", licence="CC0-1.0", attribution="Painted by a test", split_val=0.2)
    ingest([paint_photos(folder / "photos")], folder / "dataset", options)
    return folder / "dataset"


@pytest.fixture(scope="session")
def quick() -> Callable[..., RunConfig]:
    """A configuration that trains `compact` at 32 px for a few epochs; dotted keys change it."""

    def make(**changes: object) -> RunConfig:
        values = {"model.base": "compact", "input.size": 32, "max_epochs": 3, "batch_size": 16, "model.weights": None}
        values |= {key.replace("__", "."): value for key, value in changes.items()}
        return load_run_config(None, values)

    return make


@pytest.fixture(scope="module")
def narrow_network() -> Iterator[None]:
    """The compact network with fewer and narrower blocks: most of a short training is tracing the graph."""
    # Not for tests that do without Keras.
    from sporeprint_training import compact

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compact, "BLOCKS", ((16, 2, False), (24, 2, True)))
        yield
