"""The network as a stage trains it: which layers learn, in which arithmetic, over how many accelerators."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from sporeprint_training.backbone_registry import lookup
from sporeprint_training.backbones import Backbone, build_backbone
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.engine.plan import Stage
from sporeprint_training.engine.task import Task
from sporeprint_training.errors import BadInput
from sporeprint_training.models import assemble, build_head
from sporeprint_training.weights import WeightsSource


def strategy() -> tf.distribute.Strategy:
    """All visible accelerators together when there are several; otherwise as TensorFlow does by itself."""
    several = len(tf.config.list_logical_devices("GPU")) > 1
    return tf.distribute.MirroredStrategy() if several else tf.distribute.get_strategy()


def check_stages(config: RunConfig, backbone: Backbone, stages: Sequence[Stage]) -> None:
    """Refuse stages that the backbone cannot do, before anything is computed.

    Raises:
        BadInput: a number of layers for a module that is one piece, or larger than the backbone; a backbone without
            weights that never learns; half precision with a module that has its own.
    """
    known = len(backbone.layers)
    for stage in stages:
        if stage.whole_network and isinstance(stage.layers, int) and (stage.layers > known or known == 1):
            raise BadInput(
                "The layers that learn are at most those with weights; a hub module is tuned as a whole",
                received=f"{_layers_key(config, stage)} = {stage.layers}, and {config.model.base} has {known}",
                next_step='Set it to "all"' + ("" if known == 1 else " or to a smaller number"),
            )
    if not backbone.pretrained and not stages[0].whole_network:
        raise BadInput(
            "A backbone without weights learns from the first stage on",
            received=f"{_layers_key(config, stages[0])} = {stages[0].layers!r} and no weights for {config.model.base}",
            next_step='Name weights, or set it to "all"',
        )
    published = lookup(config.model.base).kind in ("hub", "file")
    if config.precision != "float32" and published and any(stage.whole_network for stage in stages):
        raise BadInput(
            "A module or model from a file computes in the precision that it was published with",
            received=f"precision = {config.precision} and layers of {config.model.base} that learn",
            next_step='Set precision to "float32"',
        )


def _layers_key(config: RunConfig, stage: Stage) -> str:
    return f"stages.{stage.index}.layers" if config.stages else "fine_tune.layers"


def set_learning(backbone: Backbone, stage: Stage) -> None:
    """Let the layers of a stage learn, and no others."""
    count = {"all": len(backbone.layers), "none": 0}.get(str(stage.layers))
    last = int(stage.layers) if count is None else count
    for index, layer in enumerate(reversed(backbone.layers)):
        # Batch norm keeps the statistics it came with: a few photos per batch would spoil them.
        kept = not stage.learn_batch_norm and backbone.pretrained and isinstance(layer, _BATCH_NORM)
        layer.trainable = index < last and not kept


_BATCH_NORM = keras.layers.BatchNormalization


class Trainee:
    """The whole model of a task in the arithmetic that it is trained in.

    In single precision it is the model itself. In half precision it is a twin, because a saved model keeps the
    arithmetic that it was built with; its weights are single precision either way.
    """

    def __init__(self, task: Task, model: keras.Model) -> None:
        self._model = model
        self.network, self.backbone = model, task.backbone
        if task.config.precision != "float32":
            self.network, self.backbone = _twin(task)
            self.network.set_weights(model.get_weights())

    def give_back(self) -> None:
        """Copy what was learned into the model."""
        if self.network is not self._model:
            self._model.set_weights(self.network.get_weights())


def _twin(task: Task) -> tuple[keras.Model, Backbone]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(task.config.precision)
    try:
        with task.strategy.scope():
            backbone = build_backbone(task.config.model, WeightsSource("none", "", ""), task.spec.size)
            pretrained = Backbone(
                backbone.base, backbone.model, backbone.layers, task.backbone.source, task.backbone.size
            )
            width = int(np.prod(backbone.model.output_shape[1:]))
            head = build_head(width, task.n_classes, task.config.model.classifier.dropout)
            return assemble(pretrained, head), pretrained
    finally:
        keras.config.set_dtype_policy(before)
