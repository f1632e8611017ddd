"""The files of a run folder that other stages read, apart from the record and the thumbnails."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from sporeprint_training.batches import Floats, PhotoReader
from sporeprint_training.calibrate import softmax
from sporeprint_training.drawn import DRAWN_SPECIES, draw_photo
from sporeprint_training.engine.outcome import predict
from sporeprint_training.errors import StepFailed
from sporeprint_training.images import decode_upright, to_input
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.predictions import TEXT_BYTES, Predictions, write
from sporeprint_training.run import PREDICTIONS_FILE, SELF_TEST_FILE

CHECKED_PHOTOS = 128
SELF_TEST_SIDE = 256
"""Pixels. Phones fetch the picture again whenever the model is surest of another drawing."""
_SELF_TEST_SEED = 7
AGREEMENT = 0.01
"""Largest difference allowed between logits from cached features and from the whole model."""


def write_predictions(
    folder: Path,
    photos: Mapping[str, pd.DataFrame],
    logits: Mapping[str, Floats],
    familiarity: Mapping[str, NDArray[np.float64]],
) -> None:
    """Write predictions.h5 from the rows of each held-out split, their logits `(photos, classes)` and familiarity."""
    rows = pd.concat([frame.assign(split=split) for split, frame in photos.items()], ignore_index=True)
    texts = {name: np.array(rows[name].tolist(), dtype=np.str_) for name in TEXT_BYTES}
    values = np.concatenate([logits[split] for split in photos])
    familiar = np.concatenate([familiarity[split] for split in photos])
    labels = rows["label"].to_numpy(np.int32)
    write(folder / PREDICTIONS_FILE, Predictions(label=labels, familiarity=familiar, logits=values, **texts))


def write_self_test(folder: Path, model: keras.Model, spec: InputSpec) -> None:
    """Draw the picture that every phone identifies before the app says that it is ready.

    Of one drawing per drawn species it is the one that the model is surest of: where the scores are flat, a phone
    that computes nonsense could pass.
    """
    pictures = [_jpeg(draw_photo(name, _SELF_TEST_SEED, SELF_TEST_SIDE)) for name in DRAWN_SPECIES]
    pixels = np.stack([to_input(decode_upright(picture), spec) for picture in pictures]).astype(np.float32)
    scores = softmax(np.asarray(model(pixels, training=False)), temperature=1.0)
    (folder / SELF_TEST_FILE).write_bytes(pictures[int(scores.max(axis=1).argmax())])


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=90)
    return stream.getvalue()


def check_assembled(
    model: keras.Model, spec: InputSpec, paths: Sequence[Path], expected: Floats, batch_size: int
) -> None:
    """See that the whole model answers as its parts did in training, on some of the photos.

    Args:
        model: the whole model.
        spec: geometry of the input.
        paths: photos of the split that `expected` belongs to.
        expected: their logits, shape `(photos, classes)`, as training had them.
        batch_size: photos per forward pass.

    Raises:
        StepFailed: the whole model answers otherwise.
    """
    rows = np.unique(np.linspace(0, len(paths) - 1, min(CHECKED_PHOTOS, len(paths))).astype(int))
    logits = predict(model, PhotoReader([paths[row] for row in rows], spec), batch_size)
    difference = float(np.abs(logits - expected[rows]).max())
    if difference > AGREEMENT:
        raise StepFailed(
            "The assembled model gives the same logits as its trained parts",
            received=f"a difference of {difference:.3g}",
            next_step="Delete the folder .features beside the runs and train again",
        )
