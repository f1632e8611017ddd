"""Putting a head on a backbone, and loading a run's model."""

from __future__ import annotations

import keras

from sporeprint_training import hub_layer as _registers_the_custom_layer  # noqa: F401
from sporeprint_training.backbones import Backbone
from sporeprint_training.errors import BadInput
from sporeprint_training.execution import without_xla_on_cpu
from sporeprint_training.run import MODEL_FILE, Run

DROPOUT_LAYER = "head_dropout"
LOGITS_LAYER = "head_logits"
HEAD_LAYERS = (DROPOUT_LAYER, LOGITS_LAYER)
"""Everything else belongs to the backbone; the export cuts the shards there."""


def build_head(n_features: int, n_classes: int, dropout: float, seed: int = 0) -> keras.Model:
    """The head alone: `(batch, n_features)` features to `(batch, n_classes)` logits.

    `seed` draws its first weights and what drops out, whatever was drawn before.
    """
    features = keras.Input((n_features,), name="features")
    dropped = keras.layers.Dropout(dropout, seed=seed, name=DROPOUT_LAYER)(features)
    kernel = keras.initializers.GlorotUniform(seed=seed)
    logits = keras.layers.Dense(n_classes, dtype="float32", kernel_initializer=kernel, name=LOGITS_LAYER)(dropped)
    return keras.Model(features, logits, name="head")


def assemble(backbone: Backbone, head: keras.Model) -> keras.Model:
    """The whole model, sharing the variables of its two parts, in one flat graph.

    Input shape: `(batch, size, size, 3)`, float32 RGB 0 to 255, named "image".
    Output shape: `(batch, n_classes)`, logits: dropout lies before the dense layer, and there is no softmax.
    """
    x = backbone.model.output
    for name in HEAD_LAYERS:
        x = head.get_layer(name)(x)
    return keras.Model(backbone.model.input, x, name="sporeprint")


def normalised(model: keras.Model, temperature: float) -> keras.Model:
    """The model followed by the softmax of its logits divided by the temperature: `(batch, classes)` scores."""
    cooled = keras.layers.Rescaling(1 / temperature, name="temperature")(model.output)
    return keras.Model(model.input, keras.layers.Softmax(name="scores")(cooled), name="sporeprint_scores")


def load_model(run: Run) -> keras.Model:
    """Load a run's model, without an optimiser.

    Raises:
        BadInput: the file is missing or not what the record says.
    """
    path = run.folder / MODEL_FILE
    try:
        model: keras.Model = keras.saving.load_model(path, compile=False)
    except (ValueError, OSError, KeyError) as error:
        raise BadInput(
            "A run folder holds its model as model.keras",
            received=f"{path}: {error}",
            next_step="Train again",
        ) from None
    without_xla_on_cpu(model)
    expected = ((None, run.record.input.size, run.record.input.size, 3), (None, len(run.record.classes)))
    if (tuple(model.input_shape), tuple(model.output_shape)) != expected:
        raise BadInput(
            "The model has the input size and the number of classes that run.json states",
            received=f"{path}: {model.input_shape} to {model.output_shape}, stated {expected[0]} to {expected[1]}",
            next_step="Train again",
        )
    return model
