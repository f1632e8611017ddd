"""Weights for a backbone of which no published copy is at hand: random, but alive.

A random network whose batch norm has never seen a photo answers the same to every photo, or with numbers of any size,
so that comparing answers would prove nothing. Its statistics are therefore taken from photos.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_training.application import copy_weights, plain_network
from sporeprint_training.backbone_registry import Entry
from sporeprint_training.backbones import Backbone, build_backbone
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.weights import find_weights


def write_drawn_weights(entry: Entry, size: int, pixels: NDArray[np.uint8], path: Path, seed: int = 0) -> Path:
    """Draw weights at random, take batch norm's statistics from photos, and write the file that a user would name.

    Args:
        entry: a network with weights files.
        size: side of the input, pixels.
        pixels: photos, `(n, size, size, 3)`.
        path: ends in `.weights.h5`.
        seed: of the draw.
    """
    keras.utils.set_random_seed(seed)
    model = ModelConfig(base=entry.name, weights="none")
    backbone = build_backbone(model, find_weights(model), size)
    take_statistics(backbone, pixels)
    written = backbone.model
    if entry.name != "compact":
        written = plain_network(entry, size)
        copy_weights(backbone.model, written)
    written.save_weights(path)
    return path


def take_statistics(backbone: Backbone, pixels: NDArray[np.uint8]) -> None:
    """Set the means and variances of all batch norm layers to those of photos, in one pass.

    Keras' default momentum would need hundreds of passes.
    """
    layers = [layer for layer in backbone.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.momentum = 0.0
    # As a graph, which lets go of every layer's output once it is used: eight photos are 35 GB of them in the largest.
    tf.function(lambda photos: backbone.model(photos, training=True))(pixels.astype(np.float32))
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
