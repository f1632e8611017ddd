"""A network of `keras.applications`, or one with such a factory, behind the scaling of its pixels."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from sporeprint_training.backbone_registry import Entry
from sporeprint_training.errors import BadInput
from sporeprint_training.pixel_scaling import IMAGENET_STATISTICS, Scaling, scaling_of
from sporeprint_training.resnet18 import resnet18

Make = Callable[[Any], keras.Model]
"""From the scaled image to the network up to its feature vector."""


def build_application(entry: Entry, size: int, weights: str | None) -> keras.Model:
    """Build the network from RGB 0 to 255 `(batch, size, size, 3)`, named "image", to features `(batch, n)`.

    Args:
        entry: of kind `application`, or `resnet18`.
        size: side of the input, pixels.
        weights: file for the network without top and scaling, as Keras publishes them; None leaves it random.

    Raises:
        BadInput: the network cannot be that small, or the file does not fit it.
    """
    make, scaling = _recipe(entry)
    image = keras.Input((size, size, 3), name="image")
    try:
        network = make(scaling(image))
    except ValueError as error:
        raise BadInput(
            f"{entry.name} can be built for the size of its input",
            received=f"input.size = {size}: {error}",
            next_step=f"Its own size is {entry.size}; leave input.size out or enlarge it",
        ) from None
    if weights is not None:
        # Weights files count layers by kind, and the scaling adds one: load into the plain network, then copy.
        plain = plain_network(entry, size)
        load_weights(plain, weights, entry.name)
        _finish_published(entry, plain)
        copy_weights(plain, network)
    return network


def plain_network(entry: Entry, size: int) -> keras.Model:
    """The same network without the scaling of its pixels, with random weights: what weights files are for."""
    make, _ = _recipe(entry)
    return make(keras.Input((size, size, 3)))


def _recipe(entry: Entry) -> tuple[Make, Scaling]:
    if entry.kind == "own":
        return resnet18, IMAGENET_STATISTICS
    factory = getattr(keras.applications, entry.factory)
    scaling = scaling_of(sys.modules[factory.__module__].preprocess_input)
    return lambda image: factory(include_top=False, weights=None, input_tensor=image, pooling="avg"), scaling


def load_weights(network: keras.Model, path: str, base: str) -> None:
    """Load a weights file; a file that lacks layers is refused, too.

    Raises:
        BadInput: it is not for this network.
    """
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


def copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Copy the weights of one network to the same network behind other pixels, layer by layer in their order.

    Not by name: Keras numbers some layers by how many the process has made.
    """
    layers = [[layer for layer in model.layers if layer.weights] for model in (source, target)]
    # Only the scaling, which comes first, may be in one alone.
    count = min(len(found) for found in layers)
    for one, other in zip(layers[0][-count:], layers[1][-count:], strict=True):
        other.set_weights(one.get_weights())
        if hasattr(other, "finalize_state"):
            other.finalize_state()


def _finish_published(entry: Entry, plain: keras.Model) -> None:
    # Keras adds a division by the root of the deviation to the first EfficientNets only where it loads the ImageNet
    # weights itself (tensorflow issue 49930). It fits into the normalisation before it.
    if not entry.factory.startswith("EfficientNetB"):
        return
    deviation = np.array(sys.modules[getattr(keras.applications, entry.factory).__module__].IMAGENET_STDDEV_RGB)
    layer = next(layer for layer in plain.layers if isinstance(layer, keras.layers.Normalization))
    mean, variance, *count = layer.get_weights()
    layer.set_weights([mean, variance * deviation.astype(np.float32), *count])
