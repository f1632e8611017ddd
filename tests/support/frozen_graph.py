"""A Keras model as the export's graph, without the converter: enough where the fused operations do not matter."""

from __future__ import annotations

import keras
import tensorflow as tf
from google.protobuf.json_format import MessageToDict

from sporeprint_export.canonical import canonical
from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.fold import fold
from sporeprint_export.freeze import freeze


def frozen_graph(model: keras.Model) -> ConvertedGraph:
    """The model's canonical graph in TensorFlow's own operations."""
    graph = fold(freeze(model))
    weights = {node.name: tf.make_ndarray(node.attr["value"].tensor) for node in graph.node if node.op == "Const"}
    nodes = [MessageToDict(node) for node in graph.node]
    versions = {"generatedBy": "test", "convertedBy": "test"}
    return canonical(ConvertedGraph(nodes, weights, graph.versions.producer, versions))
