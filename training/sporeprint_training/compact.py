"""A small network that learns from scratch within minutes on two cores: the demonstration's backbone."""

from __future__ import annotations

from typing import Any

import keras

BLOCKS = ((48, 2, False), (96, 2, True), (160, 2, True), (192, 1, False))
"""Channels, stride and residual step of each block. The resolution falls early: depthwise steps on large maps cost
most of the time on a processor, and leaving them out lost no accuracy."""


def compact(image: Any) -> keras.Model:
    """Build the network: a stem, then depthwise-separable blocks with a residual step, then mean features.

    About 100 thousand parameters. The operations are those that every browser backend runs fast
    (Howard et al. 2017, MobileNets).

    Input shape: `(batch, size, size, 3)`, RGB 0 to 255. Output shape: `(batch, 192)`.
    """
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="to_minus_one_to_one")(image)
    x = keras.layers.Conv2D(24, 3, strides=2, padding="same", use_bias=False, name="stem")(x)
    x = _norm_relu(x, "stem")
    for index, (width, strides, refined) in enumerate(BLOCKS):
        x = _separable(x, width, strides, f"block{index}_widen")
        if refined:
            x = keras.layers.Add(name=f"block{index}_add")([x, _separable(x, width, 1, f"block{index}_refine")])
    return keras.Model(image, keras.layers.GlobalAveragePooling2D(name="features")(x), name="compact")


def _separable(x: Any, width: int, strides: int, name: str) -> Any:
    x = keras.layers.DepthwiseConv2D(3, strides, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    x = _norm_relu(x, f"{name}_depthwise")
    x = keras.layers.Conv2D(width, 1, use_bias=False, name=f"{name}_pointwise")(x)
    return _norm_relu(x, f"{name}_pointwise")


def _norm_relu(x: Any, name: str) -> Any:
    x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)
