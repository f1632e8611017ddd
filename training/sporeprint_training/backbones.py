"""The networks that turn pixels into features, each with its scaling inside."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras

from sporeprint_training.application import build_application, load_weights
from sporeprint_training.backbone_registry import REGISTRY, Entry, lookup
from sporeprint_training.compact import compact
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.errors import BadInput
from sporeprint_training.execution import without_xla_on_cpu
from sporeprint_training.hub_layer import HubLayer, image_size, load_module
from sporeprint_training.keras_file import load_keras_file
from sporeprint_training.weights import WeightsSource, keras_cache, require_reachable, unreachable


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
        BadInput: the weights do not fit the network, or the network or module another size.
        StepFailed: the weights have to be fetched and cannot be.
    """
    entry = lookup(model.base)
    if entry.kind == "hub":
        return _hub(entry, source, size)
    if entry.kind == "file":
        return _finish(entry, load_keras_file(Path(source.location), size, entry.size), source)
    weights = _weights_file(source, entry.name)
    if entry.name == "compact":
        network = compact(keras.Input((size or entry.size, size or entry.size, 3), name="image"))
        if weights is not None:
            load_weights(network, weights, entry.name)
        return _finish(entry, network, source)
    return _finish(entry, build_application(entry, size or entry.size, weights), source)


def _finish(entry: Entry, built: keras.Model, source: WeightsSource) -> Backbone:
    network = keras.Model(built.inputs[0], built.outputs[0], name="backbone")
    without_xla_on_cpu(network)
    learning = tuple(layer for layer in _flat(built.layers) if layer.trainable_weights)
    return Backbone(entry.name, network, learning, source, network.input_shape[1])


def _flat(layers: Iterable[keras.layers.Layer]) -> Iterator[keras.layers.Layer]:
    for layer in layers:
        if isinstance(layer, keras.Model):
            yield from _flat(layer.layers)
        else:
            yield layer


def _weights_file(source: WeightsSource, base: str) -> str | None:
    if source.kind == "none":
        return None
    return source.location if source.kind == "file" else _download(source, base)


def _download(source: WeightsSource, base: str) -> str:
    cached = keras_cache(source.location)
    if cached.is_file():
        return str(cached)
    require_reachable(source, base)
    try:
        return str(keras.utils.get_file(cached.name, source.location, cache_subdir="models"))
    except Exception as error:  # get_file raises a bare Exception for whatever went wrong on the network
        raise unreachable(source, base, str(error)) from None


def _hub(entry: Entry, source: WeightsSource, size: int | None) -> Backbone:
    folder = Path(source.location) if source.kind == "saved_model" else _resolve(source, entry.name)
    try:
        module = load_module(folder)
        fixed = image_size(module)
        # A module of one's own under the iNaturalist module's name says its size, or has the usual one.
        side = size or fixed or (REGISTRY["hub"] if source.kind == "saved_model" else entry).size
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
    return _finish(entry, keras.Model(image, layer(scaled)), source)


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
