"""From RGB 0 to 255 to what a network expects, as a layer that is exported with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
"""Of RGB from 0 to 1 over the training photos of ImageNet (torchvision, timm)."""


@dataclass(frozen=True)
class Scaling:
    """`matrix @ rgb + offset` for every pixel."""

    matrix: Array
    """`(3, 3)`: row by channel of the result, column by R, G, B."""
    offset: Array
    """`(3,)`."""

    @property
    def nothing(self) -> bool:
        """Whether pixels stay as they are."""
        return bool(np.array_equal(self.matrix, np.eye(3)) and not self.offset.any())

    def __call__(self, image: Any) -> Any:
        """Apply it to a Keras tensor `(batch, height, width, 3)`, by a layer that never learns."""
        if self.nothing:
            return image
        scale, first = self.matrix[0, 0], self.offset[0]
        if np.array_equal(self.matrix, scale * np.eye(3)) and (self.offset == first).all():
            return keras.layers.Rescaling(float(scale), offset=float(first), name="scaled_pixels")(image)
        # One fixed 1x1 convolution: swaps channels too, is exact, and every backend has the operation.
        layer = keras.layers.Conv2D(3, 1, name="scaled_pixels", trainable=False)
        result = layer(image)
        layer.set_weights([self.matrix.T.reshape(1, 1, 3, 3).astype(np.float32), self.offset.astype(np.float32)])
        return result


IMAGENET_STATISTICS = Scaling(
    np.diag(1 / (255 * np.array(IMAGENET_DEVIATION))), -np.array(IMAGENET_MEAN) / np.array(IMAGENET_DEVIATION)
)


def scaling_of(preprocess_input: Callable[[Array], Array]) -> Scaling:
    """What a `preprocess_input` of `keras.applications` does, found by asking it for four colours.

    All of them scale, shift and swap channels, each pixel alike.

    Raises:
        ValueError: it does something else to a fifth colour.
    """
    asked = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 70, 200]], np.float64)
    # A copy: some of them change what they are given.
    black, *primaries, other = preprocess_input(asked.reshape(1, 1, 5, 3).copy())[0, 0]
    # Rounding in float64 would leave 1 a little off.
    matrix = np.round((np.array(primaries) - black).T / 255, 12)
    found = Scaling(matrix + 0.0, black)
    if not np.allclose(found.matrix @ asked[4] + found.offset, other, atol=1e-6):
        raise ValueError("it does more to pixels than scaling, shifting and swapping channels")
    return found
