"""The networks that turn pixels into features, each with its scaling inside."""

from __future__ import annotations

import os
import socket
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sporeprint_training.compact import compact
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.errors import BadInput
from sporeprint_training.execution import without_xla_on_cpu
from sporeprint_training.hub_layer import HubLayer, image_size, load_module
from sporeprint_training.weights import HUB_BASES, WeightsSource, require_reachable, unreachable

DEFAULT_SIZE = {"inception_v3_inaturalist": 299, "hub": 224, "mobilenet_v2": 224, "resnet50": 224, "compact": 128}
"""Side of the input, pixels, where neither the configuration nor the module says."""
IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)
"""Of the Caffe ResNet-50 (He et al. 2015), which the Keras weights are; no scaling of the range."""


@dataclass(frozen=True)
class Backbone:
    """A network from "image" to one feature vector per photo."""

    base: str
    """As in the configuration."""
    model: keras.Model
    """Input `(batch, size, size, 3)`, float32 RGB 0 to 255; output `(batch, n_features)`."""
    layers: tuple[keras.layers.Layer, ...]
    """Those that can learn, from the input on, the scaling not among them."""
    source: WeightsSource
    size: int

    @property
    def pretrained(self) -> bool:
        """Whether it was trained before; otherwise it learns from scratch with its head."""
        return self.source.kind != "none"


def build_backbone(model: ModelConfig, source: WeightsSource, size: int | None) -> Backbone:
    """Build the network that `model.base` names and load its weights.

    Args:
        model: its `base` is used.
        source: from `find_weights`.
        size: side of the input, pixels; None takes the backbone's own.

    Raises:
        BadInput: the weights do not fit the network, or the module another size.
        StepFailed: the weights have to be fetched and cannot be.
    """
    if model.base in HUB_BASES:
        return _hub(model.base, source, size)
    base, side = model.base, size or DEFAULT_SIZE[model.base]
    image = keras.Input((side, side, 3), name="image")
    if base == "compact":
        network = compact(image)
        _load(network, source, base)
        return _finish(base, image, network.output, network.layers, source, side)
    make, scale = _APPLICATIONS[base]
    network = make(include_top=False, weights=None, input_tensor=scale(image))
    if source.kind != "none":
        # Weights files count layers by kind, and the scaling adds one: load into the plain network, then copy by name.
        plain = make(include_top=False, weights=None, input_shape=(side, side, 3))
        _load(plain, source, base)
        for layer in (item for item in plain.layers if item.weights):
            network.get_layer(layer.name).set_weights(layer.get_weights())
    pooled = keras.layers.GlobalAveragePooling2D(name="features")(network.output)
    return _finish(base, image, pooled, network.layers, source, side)


def _finish(base: str, image: Any, output: Any, layers: Any, source: WeightsSource, size: int) -> Backbone:
    network = keras.Model(image, output, name="backbone")
    without_xla_on_cpu(network)
    learning = tuple(layer for layer in layers if layer.weights and layer.name != CAFFE_LAYER)
    return Backbone(base, network, learning, source, size)


def _scale_mobilenet(image: Any) -> Any:
    return keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="to_minus_one_to_one")(image)


CAFFE_LAYER = "to_caffe_bgr"


def _scale_resnet(image: Any) -> Any:
    # RGB to BGR and the mean's subtraction as one fixed 1x1 convolution: exact, and every backend has the operation.
    layer = keras.layers.Conv2D(3, 1, name=CAFFE_LAYER, trainable=False)
    result = layer(image)
    swap = np.eye(3, dtype=np.float32)[::-1].reshape(1, 1, 3, 3)
    layer.set_weights([swap, -np.array(IMAGENET_MEAN_BGR, np.float32)])
    return result


_APPLICATIONS: dict[str, tuple[Callable[..., keras.Model], Callable[[Any], Any]]] = {
    "mobilenet_v2": (keras.applications.MobileNetV2, _scale_mobilenet),
    "resnet50": (keras.applications.ResNet50, _scale_resnet),
}


def _load(network: keras.Model, source: WeightsSource, base: str) -> None:
    if source.kind == "none":
        return
    path = source.location if source.kind == "file" else _download(source, base)
    try:
        with warnings.catch_warnings():
            # Keras only warns of layers that the file lacks and leaves them as they were drawn at random.
            warnings.simplefilter("error")
            network.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        raise BadInput(
            f"The weights file fits {base} without its classification top",
            received=f"{path}: {error}",
            next_step="Name the file that belongs to this backbone",
        ) from None


def _download(source: WeightsSource, base: str) -> str:
    name = source.location.rpartition("/")[2]
    cached = _keras_home() / "models" / name
    if cached.is_file():
        return str(cached)
    require_reachable(source, base)
    try:
        return str(keras.utils.get_file(name, source.location, cache_subdir="models"))
    except Exception as error:  # get_file raises a bare Exception for whatever went wrong on the network
        raise unreachable(source, base, str(error)) from None


def _keras_home() -> Path:
    # Where `get_file` keeps its downloads; Keras tells nobody.
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def _hub(base: str, source: WeightsSource, size: int | None) -> Backbone:
    folder = Path(source.location) if source.kind == "saved_model" else _resolve(source, base)
    try:
        module = load_module(folder)
        fixed = image_size(module)
        side = size or fixed or DEFAULT_SIZE["hub" if source.kind == "saved_model" else base]
        if fixed and side != fixed:
            raise ValueError(f"it takes images of {fixed} pixels and input.size is {side}")
        layer = HubLayer.from_module(module, folder, side, name="hub_module")
    except ValueError as error:
        raise BadInput(
            "The SavedModel is an image feature vector with the TensorFlow Hub interface",
            received=f"{source.location}: {error}",
            next_step="Name another module with --weights, or correct input.size",
        ) from None
    image = keras.Input((side, side, 3), name="image")
    scaled = keras.layers.Rescaling(1 / 255, name="to_zero_to_one")(image)
    return _finish(base, image, layer(scaled), [layer], source, side)


def _resolve(source: WeightsSource, base: str) -> Path:
    import tensorflow_hub  # pulls in a second Keras; only a download needs it

    before = socket.getdefaulttimeout()
    require_reachable(source, base)
    socket.setdefaulttimeout(60)
    try:
        return Path(tensorflow_hub.resolve(source.location))
    except Exception as error:  # the resolvers raise whatever the HTTP or archive library below them does
        raise unreachable(source, base, str(error)) from None
    finally:
        socket.setdefaulttimeout(before)
