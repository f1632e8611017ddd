"""Zeros around a picture move into the convolution that reads it, and nowhere else."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sporeprint_export.canonical import canonical
from sporeprint_export.convert import convert
from sporeprint_export.fold import fold
from sporeprint_export.freeze import freeze
from sporeprint_export.padding import absorb_padding
from sporeprint_export.replay import replay

layers = keras.layers
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)


def depthwise(x):
    return layers.DepthwiseConv2D(3, strides=2)(layers.ZeroPadding2D(((0, 1), (1, 0)))(x))


def fused_depthwise(x):
    x = layers.DepthwiseConv2D(3, strides=2, use_bias=False)(layers.ZeroPadding2D(((0, 1), (0, 1)))(x))
    return layers.ReLU(6.0)(layers.BatchNormalization()(x))


def plain(x):
    return layers.ReLU()(layers.Conv2D(4, 7, strides=2)(layers.ZeroPadding2D(3)(x)))


def pooled(x):
    return layers.MaxPool2D(3, strides=2)(layers.ZeroPadding2D(1)(x))


def read_twice(x):
    x = layers.ZeroPadding2D(1)(x)
    return layers.Conv2D(4, 3)(x) + layers.Conv2D(4, 3)(x)


def padded_twice(x):
    return layers.Conv2D(4, 3, padding="same")(layers.ZeroPadding2D(1)(x))


ABSORBED = (depthwise, fused_depthwise, plain, read_twice)
KEPT = (pooled, padded_twice)


def paddings(graph):
    return sum(node["op"] in ("Pad", "PadV2") for node in graph.nodes)


@pytest.mark.usefixtures("convert_at_once")
def test_padding_is_absorbed_by_convolutions_that_have_none():
    keras.utils.set_random_seed(0)
    image = keras.Input((16, 16, 3), name="image")
    # Below zero, or a maximum could not tell padding from picture.
    x = layers.Rescaling(-1 / 64, offset=-1.0)(image)
    features = [layers.GlobalAveragePooling2D()(block(x)) for block in (*ABSORBED, *KEPT)]
    model = keras.Model(image, layers.Dense(3, name="head_logits")(layers.Concatenate()(features)))
    graph = convert(fold(freeze(model)))
    assert paddings(graph) == len(ABSORBED) + len(KEPT)
    found = canonical(absorb_padding(graph))
    assert paddings(found) == len(KEPT)
    expected = model.predict_on_batch(IMAGES.astype(np.float32))
    np.testing.assert_allclose(replay(found, IMAGES), expected, rtol=1e-5, atol=1e-5)
