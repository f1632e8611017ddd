"""The model as a TensorFlow Lite (LiteRT) file, for a native app."""

from __future__ import annotations

import warnings
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.lite.python.convert import ConverterError

from sporeprint_export.fold import fold
from sporeprint_export.form_saved_model import SIGNATURE
from sporeprint_export.freeze import INPUT, OUTPUT, freeze
from sporeprint_export.manifest import Manifest
from sporeprint_training.errors import StepFailed


class _Single(tf.Module):  # type: ignore[misc]
    """One picture to logits and scores, from the folded graph that the bundle was made of."""

    def __init__(self, model: keras.Model, manifest: Manifest) -> None:
        super().__init__()
        graph = fold(freeze(model))
        wrapped = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
        names = (f"{name}:0" for name in (INPUT, OUTPUT))
        self._network = wrapped.prune(*(wrapped.graph.get_tensor_by_name(name) for name in names))
        self._temperature = manifest.temperature
        size = manifest.input.size
        image = tf.TensorSpec((1, size, size, 3), tf.float32, name="image")
        self.answer = tf.function(self._answer, input_signature=[image])

    def _answer(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = self._network(image)
        return {"logits": logits, "scores": tf.nn.softmax(logits / self._temperature)}


def write_tflite(model: keras.Model, manifest: Manifest, path: Path) -> None:
    """Write the file, whose bytes follow from the model alone.

    Its signature `serving_default` takes `image`, float32 `(1, size, size, 3)`, RGB from 0 to 255, and gives `logits`
    and calibrated `scores`, float32 `(1, classes)`. Weights are float16: half the bytes, and the interpreter computes
    in float32 either way.

    Raises:
        StepFailed: an operation that TensorFlow Lite lacks.
    """
    single = _Single(model, manifest)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([single.answer.get_concrete_function()], single)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    try:
        path.write_bytes(converter.convert())
    except ConverterError as error:
        raise StepFailed(
            "TensorFlow Lite has every operation of the model",
            received=str(error).strip().partition("\n")[0],
            next_step="Leave tflite out of --also",
        ) from None


def tflite_answers(path: Path, images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits and scores, `(n, classes)` each, that the written file gives for pictures `(n, size, size, 3)`."""
    run = open_interpreter(path).get_signature_runner(SIGNATURE)
    answers = [run(image=image[np.newaxis].astype(np.float32)) for image in images]
    logits, scores = (np.concatenate([answer[name] for answer in answers]) for name in ("logits", "scores"))
    return logits, scores


def open_interpreter(path: Path) -> tf.lite.Interpreter:
    """Load a written file."""
    with warnings.catch_warnings():
        # TensorFlow 2.19 announces the interpreter's move to a package of its own; this one reads the same files.
        warnings.filterwarnings("ignore", r"\s*Warning: tf\.lite\.Interpreter is deprecated", UserWarning)
        return tf.lite.Interpreter(model_content=path.read_bytes())
