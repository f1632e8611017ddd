"""What the trained Keras model answers to the photos that its run keeps: the bundle has to repeat it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from sporeprint_training.batches import PhotoReader
from sporeprint_training.decision import calibrated_scores
from sporeprint_training.errors import BadInput
from sporeprint_training.run import SELF_TEST_FILE, Run
from sporeprint_training.run_photos import RunPhotos

Images = NDArray[np.uint8]
Logits = NDArray[np.float32]
_BATCH = 16


@dataclass(frozen=True)
class Answers:
    """Photos that nothing was trained on, with their labels and the Keras model's logits."""

    photos: tuple[Path, ...]
    """The files, as a phone would get them."""
    images: Images
    """Their pixels at the model's input, `(n, size, size, 3)`, RGB."""
    labels: NDArray[np.int64]
    """`(n,)`."""
    logits: Logits
    """`(n, classes)`."""
    calibration: Images
    """Pixels of some photos of the train split, `(m, size, size, 3)`: rounding weights may look at these alone."""
    self_test_image: Images
    """`(1, size, size, 3)`."""
    self_test_logits: Logits
    """`(1, classes)`."""

    def rows(self, rows: Sequence[int]) -> Answers:
        """The same for some of the held-out photos."""
        index = np.array(rows)
        return replace(
            self,
            photos=tuple(self.photos[row] for row in rows),
            images=self.images[index],
            labels=self.labels[index],
            logits=self.logits[index],
        )

    def self_test_scores(self, temperature: float) -> tuple[float, ...]:
        """Calibrated scores of the self-test picture, to four decimals: processors differ in the fifth."""
        logits = self.self_test_logits[0].astype(float).tolist()
        return tuple(round(score, 4) for score in calibrated_scores(logits, temperature))


def read_answers(
    run: Run, photos: RunPhotos, model: keras.Model, advance: Callable[[int], None] = lambda count: None
) -> Answers:
    """Decode the run's photos and let the model identify them.

    Args:
        run: a finished run.
        photos: those that it keeps.
        model: its model.
        advance: called with the number of photos identified.

    Raises:
        BadInput: a file is missing, changed or broken, or the model answers with NaN or infinity.
    """
    held_out = photos.of("val", "test")
    images = _pixels(run, [photo.path for photo in held_out])
    picture = _pixels(run, [SELF_TEST_FILE])
    answers = Answers(
        photos=tuple(run.folder / photo.path for photo in held_out),
        images=images,
        labels=np.array([photo.label for photo in held_out]),
        logits=_identify(model, images, advance),
        calibration=_pixels(run, [photo.path for photo in photos.of("train")]),
        self_test_image=picture,
        self_test_logits=_identify(model, picture, lambda count: None),
    )
    if not (np.isfinite(answers.logits).all() and np.isfinite(answers.self_test_logits).all()):
        raise BadInput(
            "A trained model answers with finite numbers",
            received=f"{run.folder}: NaN or infinite logits",
            next_step="Train again",
        )
    return answers


def _identify(model: keras.Model, images: Images, advance: Callable[[int], None]) -> Logits:
    parts = []
    for start in range(0, len(images), _BATCH):
        batch = images[start : start + _BATCH]
        parts.append(np.asarray(model.predict_on_batch(batch.astype(np.float32)), np.float32))
        advance(len(batch))
    return np.concatenate(parts)


def _pixels(run: Run, paths: Sequence[str]) -> Images:
    return PhotoReader([run.folder / path for path in paths], run.record.input, keep=False).read(np.arange(len(paths)))
