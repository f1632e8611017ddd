"""ResNet-18 (He et al. 2015), which `keras.applications` has not."""

from __future__ import annotations

from typing import Any

import keras

WIDTHS = (64, 128, 256, 512)
"""Channels of the four stages, of two blocks each; all but the first halve the resolution."""


def resnet18(image: Any) -> keras.Model:
    """Build the network without its top; 11.2 million parameters, layers and padding as in torchvision and timm.

    Input shape: `(batch, size, size, 3)`, RGB from 0 to 1 less the mean of ImageNet, divided by its deviation.
    Output shape: `(batch, 512)`.
    """
    x = _convolution(image, 64, 7, 2, "conv1")
    x = keras.layers.ReLU(name="conv1_relu")(x)
    # Zeros are as good as minus infinity here: the values are not negative.
    x = keras.layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = keras.layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for stage, width in enumerate(WIDTHS, 1):
        x = _block(x, width, 1 if stage == 1 else 2, f"layer{stage}_0")
        x = _block(x, width, 1, f"layer{stage}_1")
    source = keras.utils.get_source_inputs(image)
    return keras.Model(source, keras.layers.GlobalAveragePooling2D(name="features")(x), name="resnet18")


def _block(x: Any, width: int, strides: int, name: str) -> Any:
    shortcut = x
    if strides > 1:
        shortcut = _convolution(x, width, 1, strides, f"{name}_shortcut")
    x = keras.layers.ReLU(name=f"{name}_relu1")(_convolution(x, width, 3, strides, f"{name}_conv1"))
    x = _convolution(x, width, 3, 1, f"{name}_conv2")
    return keras.layers.ReLU(name=f"{name}_relu2")(keras.layers.Add(name=f"{name}_add")([shortcut, x]))


def _convolution(x: Any, width: int, kernel: int, strides: int, name: str) -> Any:
    if kernel > 1:
        # Equal zeros on all sides, where "same" would pad a strided convolution on two alone.
        x = keras.layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    x = keras.layers.Conv2D(width, kernel, strides, use_bias=False, kernel_initializer="he_normal", name=name)(x)
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_norm")(x)
