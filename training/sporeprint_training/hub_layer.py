"""A TensorFlow Hub module as a Keras 3 layer that trains, freezes, saves and exports.

`hub.KerasLayer` does not work in Keras 3 and `TFSMLayer` cannot be fine-tuned.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

ASSET = "module"


class _ModuleVariable(keras.Variable):  # type: ignore[misc]
    """A Keras variable whose storage is a variable of the module, so that either side sees the other's changes."""

    _value: Any

    def share(self, module_variable: tf.Variable, *, keep: bool) -> None:
        """Take over the module's storage; `keep` decides whose value stays, this one's or the module's."""
        if keep:
            module_variable.assign(self._value)
        self._value = module_variable


@keras.saving.register_keras_serializable("sporeprint")
class HubLayer(keras.layers.Layer):  # type: ignore[misc]
    """A SavedModel with the TensorFlow Hub interface for image feature vectors.

    The saved `.keras` file holds the module itself, so it loads where the original folder does not exist.

    Args:
        units: length of the feature vector.
        variables: `(shape, trainable)` of each of the module's variables, in the module's order.

    Input shape: `(batch, size, size, 3)`, float32 from 0 to 1.
    Output shape: `(batch, units)`.
    """

    def __init__(self, units: int, variables: Sequence[tuple[Sequence[int], bool]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self._description = [(list(shape), bool(trainable)) for shape, trainable in variables]
        self._module: Any = None
        self._folder: Path | None = None

    @classmethod
    def from_module(cls, module: Any, folder: Path, size: int, **kwargs: Any) -> HubLayer:
        """Wrap a loaded module.

        Args:
            module: from `load_module`.
            folder: where it was loaded from; saving the layer copies it.
            size: side of the input, pixels.
            kwargs: what every Keras layer takes.

        Raises:
            ValueError: the module's output is not one vector per image.
        """
        trainable = {id(variable) for variable in module.trainable_variables}
        features = _call(module, tf.zeros((1, size, size, 3)), training=False)
        if not isinstance(features, tf.Tensor) or features.shape.rank != 2:
            raise ValueError("its output is not a feature vector of shape (batch, units)")
        description = [(variable.shape.as_list(), id(variable) in trainable) for variable in module.variables]
        layer = cls(int(features.shape[1]), description, **kwargs)
        layer.build((None, size, size, 3))
        layer._adopt(module, folder, keep=False)
        return layer

    def build(self, input_shape: Any) -> None:
        """Create the variables; their values come from the module or from the saved model."""
        if not self.built:
            self._shared = [
                _ModuleVariable("zeros", tuple(shape), "float32", trainable=trainable, name=f"variable_{index}")
                for index, (shape, trainable) in enumerate(self._description)
            ]
        super().build(input_shape)

    def _adopt(self, module: Any, folder: Path, *, keep: bool) -> None:
        for mine, theirs in zip(self._shared, module.variables, strict=True):
            mine.share(theirs, keep=keep)
        self._module, self._folder = module, folder

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Feature vectors; batch norm moves only while the layer is trainable and training."""
        learning = bool(training and self.trainable)
        if learning:
            for loss in getattr(self._module, "regularization_losses", None) or ():
                self.add_loss(loss())
        return _call(self._module, inputs, training=learning)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, int]:
        """`(batch, units)`; known without the module, which a loaded model gets only after its graph."""
        return (input_shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        """What `__init__` takes."""
        return {**super().get_config(), "units": self.units, "variables": [list(item) for item in self._description]}

    def save_assets(self, dir_path: str) -> None:
        """Put the module's own files beside the variables."""
        if self._folder is None:
            raise ValueError(f"{self.name} has no module to save")
        shutil.copytree(self._folder, Path(dir_path) / ASSET)

    def load_assets(self, dir_path: str) -> None:
        """Load the module; Keras has restored the variables' values before."""
        # Keras deletes its folder after loading; saving again needs the files.
        parent = tempfile.mkdtemp(prefix="sporeprint-hub-")
        weakref.finalize(self, shutil.rmtree, parent, ignore_errors=True)
        folder = Path(parent) / ASSET
        shutil.copytree(Path(dir_path) / ASSET, folder)
        self._adopt(load_module(folder), folder, keep=True)


def load_module(folder: Path) -> Any:
    """Load a SavedModel that follows the hub interface.

    Raises:
        ValueError: it cannot be loaded or called, or has variables that are not float32.
    """
    try:
        module = tf.saved_model.load(str(folder))
    except (OSError, tf.errors.OpError) as error:
        raise ValueError(f"it is not a complete SavedModel: {error}") from None
    if not callable(module) or not hasattr(module, "variables"):
        raise ValueError("it is a SavedModel without the TensorFlow Hub interface (callable, with variables)")
    if any(variable.dtype != tf.float32 for variable in module.variables):
        raise ValueError("it has variables that are not float32")
    return module


def image_size(module: Any) -> int | None:
    """Side of the square image that the module was made for, pixels; None when it takes any."""
    shapes = [item.shape for signature in _signatures(module) for item in signature]
    sides = {shape[1] for shape in shapes if shape.rank == 4 and shape[1] is not None and shape[1] == shape[2]}
    return int(sides.pop()) if len(sides) == 1 else None


def _signatures(module: Any) -> list[list[tf.TensorSpec]]:
    functions = getattr(module.__call__, "concrete_functions", [])
    return [
        [item for item in tf.nest.flatten(function.structured_input_signature) if isinstance(item, tf.TensorSpec)]
        for function in functions
    ]


def _call(module: Any, inputs: Any, *, training: bool) -> Any:
    functions = getattr(module.__call__, "concrete_functions", [])
    constants = [
        item
        for function in functions
        for item in tf.nest.flatten(function.structured_input_signature)
        if isinstance(item, bool)
    ]
    # Modules without anything that differs in training have no such argument.
    return module(inputs, training=training) if constants else module(inputs)
