"""A run's calibrated scores for photo files: the reference that the browser has to reproduce."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sporeprint_training.decision import calibrated_scores
from sporeprint_training.images import UnreadableImage, read_input
from sporeprint_training.models import load_model
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.run import Run

BATCH = 16


def predict_scores(run: Run, photos: Sequence[Path], progress: Progress = SILENT) -> list[list[float] | None]:
    """Identify photo files with the Keras model, through the same decoding and resizing as the browser's.

    Args:
        run: a finished run.
        photos: files, decoded a batch at a time.
        progress: told about every photo.

    Returns:
        One score per class for each photo, in the run's class order; None where a file is not a usable photo.
    """
    model = load_model(run)
    answers: list[list[float] | None] = []
    with progress.step("Identifying in Keras", len(photos)) as advance:
        for start in range(0, len(photos), BATCH):
            batch = [_read(path, run) for path in photos[start : start + BATCH]]
            usable = [pixels for pixels in batch if pixels is not None]
            logits = iter(model.predict_on_batch(np.stack(usable).astype(np.float32)) if usable else [])
            for pixels in batch:
                known = None if pixels is None else next(logits)
                answers.append(None if known is None else calibrated_scores(known.tolist(), run.record.temperature))
            advance(len(batch))
    return answers


def _read(path: Path, run: Run) -> np.ndarray | None:  # type: ignore[type-arg]
    try:
        return read_input(path, run.record.input)
    except (UnreadableImage, OSError):
        return None
