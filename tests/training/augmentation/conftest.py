"""Photos that say where their pixels are, and operations without graphs."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from augmented import SIZE


@pytest.fixture
def eager():
    """Without tracing and compiling: a test of pixels takes milliseconds."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def photos():
    """Light and dark, colourful and grey in places, at every scale; nothing near black or white."""
    draw = np.random.default_rng(0)
    coarse = draw.uniform(60, 190, (12, 4, 4, 3)).repeat(SIZE // 4, axis=1).repeat(SIZE // 4, axis=2)
    return (coarse + draw.uniform(-20, 20, (12, SIZE, SIZE, 3))).astype(np.float32)


@pytest.fixture(scope="module")
def places():
    across, down = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    picture = np.stack([across, down, 0 * across], axis=-1) * 4 + 64
    return np.repeat(picture[None], 64, axis=0).astype(np.float32)
