"""From a Keras model to one self-contained inference graph."""

from __future__ import annotations

import keras
import tensorflow as tf
from tensorflow.core.framework.graph_pb2 import GraphDef
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
    return _simplify(graph)


def _simplify(graph: GraphDef) -> GraphDef:
    with tf.Graph().as_default() as imported:
        tf.import_graph_def(graph, name="")
        meta_graph = tf.compat.v1.train.export_meta_graph(graph_def=imported.as_graph_def(), graph=imported)
    meta_graph.collection_def["train_op"].node_list.value.append(OUTPUT)
    config = config_pb2.ConfigProto()
    rewriter = config.graph_options.rewrite_options
    rewriter.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    rewriter.min_graph_nodes = -1
    # "dependency" clears the control inputs that inlining leaves behind.
    rewriter.optimizers.extend(["pruning", "function", "constfold", "dependency", "pruning", "constfold", "dependency"])
    return tf_optimizer.OptimizeGraph(config, meta_graph)
