"""Starting from what another run learned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras

from sporeprint_training.artefact import sha256_file
from sporeprint_training.backbone_registry import lookup
from sporeprint_training.backbones import Backbone, build_backbone
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.errors import BadInput
from sporeprint_training.execution import without_xla_on_cpu
from sporeprint_training.models import HEAD_LAYERS, LOGITS_LAYER, load_model
from sporeprint_training.run import MODEL_FILE, Run, read_run
from sporeprint_training.weights import WeightsSource


def warm_source(model: ModelConfig) -> WeightsSource:
    """The run that `model.warm_start` names, as weights.

    Raises:
        BadInput: it is no finished run, or one of another backbone.
    """
    run = _run(model)
    return WeightsSource("file", str(run.folder / MODEL_FILE), sha256_file(run.folder / MODEL_FILE))


def warm_backbone(model: ModelConfig, source: WeightsSource, size: int | None) -> tuple[Backbone, keras.Model, Run]:
    """The backbone that the run learned, its whole model, and the run.

    Args:
        model: names the run.
        source: from `warm_source`.
        size: side of the input, pixels; None takes the run's.

    Raises:
        BadInput: the run has another input size, or its model cannot be read.
    """
    run = _run(model)
    if size not in (None, run.record.input.size):
        raise BadInput(
            "A run starts from one with the same input size",
            received=f"input.size = {size}, and {run.folder} has {run.record.input.size}",
            next_step="Leave input.size out, or start from another run",
        )
    whole = load_model(run)
    body = keras.Model(whole.input, whole.get_layer(HEAD_LAYERS[0]).input, name="backbone")
    if lookup(model.base).kind in ("application", "own"):
        # Built anew: a saved layer remembers that it did not learn.
        built = build_backbone(model, WeightsSource("none", "", ""), run.record.input.size)
        built.model.set_weights(body.get_weights())
        return replace(built, source=source), whole, run
    without_xla_on_cpu(body)
    layers = tuple(layer for layer in body.layers if layer.weights)
    for layer in layers:
        layer.trainable = True
    return Backbone(model.base, body, layers, source, run.record.input.size), whole, run


def copy_head(whole: keras.Model, run: Run, names: list[str], head: keras.Model) -> bool:
    """Take the head over too, where it has the same classes in the same order; says whether it did."""
    same = [item.scientific_name for item in run.record.classes] == names
    if same:
        head.get_layer(LOGITS_LAYER).set_weights(whole.get_layer(LOGITS_LAYER).get_weights())
    return same


def _run(model: ModelConfig) -> Run:
    run = read_run(Path(model.warm_start or ""))
    if run.record.config.model.base != model.base:
        raise BadInput(
            "A run starts from one with the same backbone",
            received=f"{model.base}, and {run.folder} has {run.record.config.model.base}",
            next_step="Set model.base to that, or start from another run",
        )
    return run
