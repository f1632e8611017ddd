"""A model of one's own, saved as a `.keras` file, as a backbone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from sporeprint_training import hub_layer as _registers_the_custom_layer  # noqa: F401
from sporeprint_training.errors import BadInput

_AFTER_THE_FEATURES = (keras.layers.Softmax, keras.layers.Activation, keras.layers.Dropout)


def load_keras_file(path: Path, size: int | None, default_size: int) -> keras.Model:
    """Load a model up to its feature vector: what enters its last dense layer where it ends in one, else its output.

    The model takes RGB from 0 to 255; its scaling is part of it, as in every `model.keras` that Sporeprint writes. A
    feature map is averaged over its places. Code in the file is refused (Keras's safe mode).

    Args:
        path: file.
        size: side of the input, pixels; None takes the model's own.
        default_size: for a model that takes any size, when `size` is None.

    Raises:
        BadInput: it is no such model, takes another size, or has no feature vector.
    """
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
        side = _side(model, size, default_size)
        features = _features(model)
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise BadInput(
            "A backbone of one's own is a .keras file of one graph of layers from RGB 0 to 255 to a feature vector",
            received=f"{path}: {error}",
            next_step="Name another file with --weights, or correct input.size",
        ) from None
    model.trainable = True
    if side == model.input_shape[1]:
        return keras.Model(model.inputs, features, name="from_file")
    image = keras.Input((side, side, 3), name="image")
    return keras.Model(image, keras.Model(model.inputs, features, name="from_file")(image))


def _side(model: Any, size: int | None, default_size: int) -> int:
    shape = getattr(model, "input_shape", None)
    if not isinstance(model, keras.Model) or not isinstance(shape, tuple) or len(shape) != 4 or shape[3] != 3:
        raise ValueError(f"it takes {shape}, not (None, size, size, 3)")
    if not hasattr(model, "outputs") or len(model.outputs) != 1:
        raise ValueError("it has not one output")
    fixed = shape[1]
    if shape[1] != shape[2] or (size and fixed and size != fixed):
        raise ValueError(f"it takes images of {shape[1]} x {shape[2]} pixels and input.size is {size}")
    return int(size or fixed or default_size)


def _features(model: keras.Model) -> Any:
    tensor = model.outputs[0]
    layer = _maker(tensor)
    while isinstance(layer, _AFTER_THE_FEATURES):
        tensor = layer.input
        layer = _maker(tensor)
    if not isinstance(layer, keras.layers.Dense):
        tensor = model.outputs[0]
    else:
        tensor = layer.input
        while isinstance(_maker(tensor), keras.layers.Dropout):
            tensor = _maker(tensor).input
    if len(tensor.shape) == 4:
        return keras.layers.GlobalAveragePooling2D(name="features")(tensor)
    if len(tensor.shape) != 2 or tensor.shape[1] is None:
        raise ValueError(f"its features have the shape {tuple(tensor.shape)}, not (None, n)")
    return tensor


def _maker(tensor: Any) -> Any:
    """The layer whose output a tensor is."""
    return tensor._keras_history.operation
