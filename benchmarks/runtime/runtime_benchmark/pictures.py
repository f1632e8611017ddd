"""The photos that every runtime answers for: the run's own, and what the Keras model says to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sporeprint_training.decision import calibrated_scores
from sporeprint_training.errors import BadInput
from sporeprint_training.images import read_input
from sporeprint_training.models import load_model
from sporeprint_training.run import Run
from sporeprint_training.run_photos import read_photos

PHOTOS = 30
_BATCH = 10


@dataclass(frozen=True)
class Pictures:
    """Pixels as the model takes them, so that no runtime is timed for decoding or resizing."""

    png: tuple[Path, ...]
    """For the app: at the model's own size it decodes and resizes to exactly the same pixels."""
    raw: tuple[Path, ...]
    """For the peers: RGB bytes row by row."""
    keras: tuple[tuple[float, ...], ...]
    """Calibrated scores of the trained model by photo."""


def write_pictures(run: Run, out: Path, count: int = PHOTOS) -> Pictures:
    """Spread `count` photos over those that training kept for measuring an export, and let the model identify them.

    Raises:
        BadInput: the run kept fewer, or they or the model are missing or changed.
    """
    kept = read_photos(run).of("val", "test")
    if len(kept) < count:
        raise BadInput(
            f"The benchmark needs {count} photos that nothing was trained on",
            received=f"{len(kept)} in {run.folder}",
            next_step="Train on a data set with a larger test split",
        )
    chosen = [kept[index].path for index in np.linspace(0, len(kept) - 1, count).astype(int)]
    images = np.stack([read_input(run.folder / path, run.record.input) for path in chosen])
    logits = load_model(run).predict(images.astype(np.float32), batch_size=_BATCH, verbose=0)
    out.mkdir(parents=True)
    scores = (tuple(calibrated_scores(row.astype(float).tolist(), run.record.temperature)) for row in logits)
    return Pictures(
        png=tuple(_write_png(pixels, out / f"{index}.png") for index, pixels in enumerate(images)),
        raw=tuple(_write_raw(pixels, out / f"{index}.rgb") for index, pixels in enumerate(images)),
        keras=tuple(scores),
    )


def _write_png(pixels: NDArray[np.uint8], path: Path) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def _write_raw(pixels: NDArray[np.uint8], path: Path) -> Path:
    path.write_bytes(pixels.tobytes())
    return path
