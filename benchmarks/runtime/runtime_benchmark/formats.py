"""One trained model in the formats of all runtimes; the peers' through the converters that their makers offer."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

import keras
import tensorflow as tf

from runtime_benchmark.peers import ModelFormat
from runtime_benchmark.tools import Tools, run_quietly
from sporeprint_training.models import load_model
from sporeprint_training.progress import Progress
from sporeprint_training.run import Run

_QUIET = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
_OPSET = "17"


def write_formats(run: Run, out: Path, tools: Tools, progress: Progress) -> dict[ModelFormat, Path]:
    """Write the float32 model once per format.

    Every converter starts from the trained model as its documentation says, and may do its best.

    Args:
        run: the trained model.
        out: an empty folder.
        tools: from `install_tools`.
        progress: told of each conversion.

    Returns:
        Format to the folder that a page serves as model/.

    Raises:
        BadInput: the run holds no model.
        StepFailed: a converter failed.
    """
    folders: dict[ModelFormat, Path] = {kind: out / kind for kind in ("tfjs", "tflite", "onnx")}
    saved = out / "saved_model"
    with progress.step("Save the model for the peers' converters"):
        model = _one_at_a_time(load_model(run))
        module = _servable(model)
        tf.saved_model.save(module, str(saved), signatures={"serving_default": module.answer})
    with progress.step("Convert with tensorflowjs"):
        _to_tfjs(out)
    folders["tflite"].mkdir()
    # It prints the signature of what it converts to standard output, where only results belong.
    with progress.step("Convert with TFLiteConverter"), contextlib.redirect_stdout(io.StringIO()):
        # Not from the SavedModel, whose variables it would keep apart from the graph.
        (folders["tflite"] / "model.tflite").write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    folders["onnx"].mkdir()
    with progress.step("Convert with tf2onnx"):
        _to_onnx(saved, folders["onnx"] / "model.onnx", tools)
    return folders


def _one_at_a_time(model: keras.Model) -> keras.Model:
    # LiteRT.js refuses a graph whose batch is left open.
    image = keras.Input(batch_shape=(1, *model.input_shape[1:]), name="image")
    return keras.Model(image, model(image, training=False))


def _servable(model: keras.Model) -> tf.Module:
    image = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="image")
    module = tf.Module()
    module.model = model
    module.answer = tf.function(lambda image: {"logits": model(image, training=False)}, input_signature=[image])
    return module


def _to_tfjs(folder: Path) -> None:
    # Its command line splits options at spaces, so it is told relative paths.
    options = ["--input_format=tf_saved_model", "--output_format=tfjs_graph_model", "saved_model", "tfjs"]
    command = [sys.executable, "-m", "tensorflowjs.converters.converter", *options]
    run_quietly(command, _QUIET, "tensorflowjs converts the model", folder=folder)


def _to_onnx(saved: Path, out: Path, tools: Tools) -> None:
    path = os.pathsep.join([str(tools.converters), *sys.path[1:]])
    options = ["--saved-model", str(saved), "--opset", _OPSET, "--output", str(out)]
    command = [sys.executable, "-m", "tf2onnx.convert", *options]
    run_quietly(command, {**_QUIET, "PYTHONPATH": path}, "tf2onnx converts the model")
