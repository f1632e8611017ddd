"""The random numbers of each photo, one column per thing that is drawn.

Every key of the configuration has columns of its own, so that turning one on changes nothing that another draws.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

ALGORITHM = "philox"
"""Named, because TensorFlow would choose another one for each device. A step that XLA compiles as a whole still draws
other numbers from it than one that it does not, as XLA lays them out otherwise."""
MOST_OPERATIONS = 10
"""As many as `RandAugmentConfig.operations` allows."""
_SINGLE = (
    *("flip_x", "flip_y", "rotate", "zoom", "shift_x", "shift_y", "crop_area", "crop_ratio", "crop_x", "crop_y"),
    *("brightness", "contrast", "saturation", "hue", "blur", "mix", "mix_x", "mix_y"),
)
COLUMNS = {name: column for column, name in enumerate(_SINGLE)}
_FIRST_OPERATION = len(_SINGLE)
_FIRST_DIRECTION = _FIRST_OPERATION + MOST_OPERATIONS
WIDTH = _FIRST_DIRECTION + MOST_OPERATIONS


class Draws:
    """Uniform numbers of a batch of photos.

    Args:
        uniform: shape `(photos, WIDTH)`, each in [0, 1).
    """

    def __init__(self, uniform: Any) -> None:
        self._uniform = uniform

    def between(self, name: str, low: float, high: float) -> Any:
        """A number in [low, high) for each photo, shape `(photos,)`."""
        return low + (high - low) * self._uniform[:, COLUMNS[name]]

    def around(self, name: str, centre: float, most: float) -> Any:
        """A number at most `most` away from `centre` for each photo, shape `(photos,)`."""
        return self.between(name, centre - most, centre + most)

    def coin(self, name: str) -> Any:
        """-1.0 or 1.0 for each photo, equally often, shape `(photos,)`."""
        return tf.where(self._uniform[:, COLUMNS[name]] < 0.5, -1.0, 1.0)

    def operations(self, count: int, kinds: int) -> tuple[Any, Any]:
        """Which of `kinds` operations each photo undergoes, int32, and in which direction, -1.0 or 1.0.

        Both have the shape `(photos, count)`.
        """
        which = self._uniform[:, _FIRST_OPERATION : _FIRST_OPERATION + count]
        direction = self._uniform[:, _FIRST_DIRECTION : _FIRST_DIRECTION + count]
        return tf.cast(which * kinds, tf.int32), tf.where(direction < 0.5, -1.0, 1.0)


def batch_draws(photos: Any, seed: Any) -> Any:
    """Uniform numbers for the next batch of training, shape `(photos, WIDTH)`; `seed` has two whole numbers."""
    return tf.random.stateless_uniform((photos, WIDTH), seed, alg=ALGORITHM)


def photo_draws(seed: int, view: int, sha256: str) -> NDArray[np.float32]:
    """Uniform numbers of one view of one photo, shape `(WIDTH,)`: the same whatever other photos there are."""
    return _generator("draws", seed, view, sha256).random(WIDTH, dtype=np.float32)


def photo_noise(seed: int, view: int, sha256: str, size: int) -> NDArray[np.float32]:
    """Noise of one view of one photo with mean 0 and standard deviation 1, shape `(size, size, 3)`."""
    return _generator("noise", seed, view, sha256).standard_normal((size, size, 3), dtype=np.float32)


def _generator(*parts: object) -> np.random.Generator:
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))
