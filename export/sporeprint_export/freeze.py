"""From a Keras model to one self-contained inference graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.core.framework.graph_pb2 import GraphDef
from tensorflow.core.framework.node_def_pb2 import NodeDef
from tensorflow.core.protobuf import config_pb2, rewriter_config_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tensorflow.python.grappler import tf_optimizer

INPUT = "image"
"""Placeholder of the photo: `(1, size, size, 3)`, float32 RGB from 0 to 255."""
OUTPUT = "logits"
"""Unscaled class scores: `(1, classes)`."""


def freeze(model: keras.Model) -> GraphDef:
    """Turn variables into constants, inline every function and work out everything that does not depend on the photo.

    The batch is fixed at one, as on the phone: shapes that would be computed at run time become constants.

    Args:
        model: input `(batch, size, size, 3)`, output `(batch, classes)` logits.
    """
    function = tf.function(lambda image: model(image, training=False))
    image = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name=INPUT)
    frozen = convert_variables_to_constants_v2(function.get_concrete_function(image))
    graph = frozen.graph.as_graph_def()
    graph.node.add(name=OUTPUT, op="Identity", input=[frozen.outputs[0].name])
    graph.node[-1].attr["T"].type = tf.float32.as_datatype_enum
    # "dependency" clears the control inputs that inlining leaves behind.
    inlined = _optimise(graph, ["pruning", "function", "dependency", "pruning"])
    return _optimise(_exact_roots(inlined), ["constfold", "dependency", "pruning", "constfold", "dependency"])


def _exact_roots(graph: GraphDef) -> GraphDef:
    """Work out the roots in batch norm's scales here, correctly rounded.

    TensorFlow's `Rsqrt` is an approximation of the processor, so that weights would differ in their last bits between
    machines, and with them the names of all shards.
    """
    nodes = {node.name: node for node in graph.node}
    for node in graph.node:
        value = _value(node.input[0], nodes) if node.op == "Rsqrt" else None
        if value is None:
            continue
        root = (1 / np.sqrt(value.astype(np.float64))).astype(np.float32)
        node.op = "Const"
        node.ClearField("attr")
        del node.input[:]
        node.attr["dtype"].type = tf.float32.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(root))
    return graph


def _value(source: str, nodes: Mapping[str, NodeDef]) -> NDArray[np.float32] | None:
    # A variance plus epsilon, which every processor adds alike; behind Identity where variables were read.
    node = nodes[source.split(":")[0]]
    if node.op == "Const":
        value: NDArray[np.float32] = tf.make_ndarray(node.attr["value"].tensor)
        return value if value.dtype == np.float32 else None
    if node.op == "Identity":
        return _value(node.input[0], nodes)
    if node.op not in ("Add", "AddV2"):
        return None
    terms = [_value(item, nodes) for item in node.input[:2]]
    return None if terms[0] is None or terms[1] is None else terms[0] + terms[1]


def _optimise(graph: GraphDef, passes: Sequence[str]) -> GraphDef:
    with tf.Graph().as_default() as imported:
        tf.import_graph_def(graph, name="")
        meta_graph = tf.compat.v1.train.export_meta_graph(graph_def=imported.as_graph_def(), graph=imported)
    meta_graph.collection_def["train_op"].node_list.value.append(OUTPUT)
    config = config_pb2.ConfigProto()
    rewriter = config.graph_options.rewrite_options
    rewriter.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    rewriter.min_graph_nodes = -1
    rewriter.optimizers.extend(passes)
    return tf_optimizer.OptimizeGraph(config, meta_graph)
