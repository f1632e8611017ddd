"""The Keras model's answers that a run keeps, which the bundle has to repeat."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from sporeprint_training.decision import calibrated_scores
from sporeprint_training.errors import BadInput
from sporeprint_training.images import UnreadableImage, read_input
from sporeprint_training.run import PARITY_FILE, SELF_TEST_FILE, Run


@dataclass(frozen=True)
class Answers:
    """Pixels and the Keras model's logits; the last picture is the self-test's."""

    images: NDArray[np.uint8]
    """`(n, size, size, 3)`, RGB."""
    logits: NDArray[np.float32]
    """`(n, classes)`."""

    def self_test_scores(self, temperature: float) -> tuple[float, ...]:
        """Calibrated scores of the self-test picture, to six decimals: the last bits differ between processors."""
        return tuple(
            round(score, 6) for score in calibrated_scores(self.logits[-1].astype(float).tolist(), temperature)
        )


def read_answers(run: Run, model: keras.Model) -> Answers:
    """Read the run's parity.npz, and let the model identify the self-test picture.

    Raises:
        BadInput: a file is missing or broken, or does not fit the run's classes and input.
    """
    images, logits = _read_parity(run)
    try:
        picture = read_input(run.folder / SELF_TEST_FILE, run.record.input)[np.newaxis]
    except (OSError, UnreadableImage) as error:
        raise _incomplete(run, f"{SELF_TEST_FILE}: {error}") from None
    answer = model.predict_on_batch(picture.astype(np.float32))
    answers = Answers(np.concatenate([images, picture]), np.concatenate([logits, answer]).astype(np.float32))
    if not np.isfinite(answers.logits).all():
        raise _incomplete(run, "answers that are NaN or infinite")
    return answers


def _read_parity(run: Run) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    try:
        with np.load(run.folder / PARITY_FILE, allow_pickle=False) as arrays:
            images, logits = arrays["images"], arrays["logits"]
    except (OSError, KeyError, ValueError) as error:
        raise _incomplete(run, f"{PARITY_FILE}: {error}") from None
    size, classes = run.record.input.size, len(run.record.classes)
    if images.shape[1:] != (size, size, 3) or images.dtype != np.uint8 or logits.shape != (len(images), classes):
        raise _incomplete(run, f"{PARITY_FILE} with photos {images.shape} and logits {logits.shape}")
    return images, logits


def _incomplete(run: Run, received: str) -> BadInput:
    return BadInput(
        f"A run holds {PARITY_FILE} and {SELF_TEST_FILE}, with {len(run.record.classes)} classes and "
        f"{run.record.input.size} pixels as its run.json says",
        received=f"{run.folder}: {received}",
        next_step="Train again",
    )
