"""Running a bundle's graph in TensorFlow, from the bytes that the phone gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.json_format import ParseDict
from numpy.typing import NDArray
from tensorflow.core.framework.graph_pb2 import GraphDef
from tensorflow.core.framework.node_def_pb2 import NodeDef

from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.freeze import INPUT, OUTPUT

_CONTRACTION = {
    "_FusedConv2D": ("Conv2D", ("T", "strides", "padding", "explicit_paddings", "data_format", "dilations")),
    "FusedDepthwiseConv2dNative": (
        "DepthwiseConv2dNative",
        ("T", "strides", "padding", "explicit_paddings", "data_format", "dilations"),
    ),
    "_FusedMatMul": ("MatMul", ("T", "transpose_a", "transpose_b")),
}


def replay(
    graph: ConvertedGraph,
    images: NDArray[np.uint8],
    advance: Callable[[int], None] = lambda count: None,
    output: str = OUTPUT,
) -> NDArray[np.float32]:
    """Identify pictures one by one, as the phone does; only what the output needs is computed.

    Args:
        graph: from `read_graph`.
        images: `(n, size, size, 3)`, RGB from 0 to 255.
        advance: called with 1 after each picture.
        output: name of the node whose value is wanted; its first dimension is the batch of one.

    Returns:
        Logits, `(n, classes)`, or the other output's values without their first dimension, `(n, ...)`.
    """
    function = prune(graph, output)

    def answers() -> Iterator[NDArray[np.float32]]:
        for image in images:
            yield function(tf.constant(image[np.newaxis], tf.float32)).numpy()[0]
            advance(1)

    return np.stack(list(answers()))


def prune(graph: ConvertedGraph, *outputs: str) -> Any:
    """The part of the graph that computes the outputs, as a TensorFlow function of the picture.

    It returns one tensor, or a list when several outputs are named.
    """
    graph_def = to_graph_def(graph)
    wrapped = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph_def, name=""), [])
    names = (name if ":" in name else f"{name}:0" for name in (INPUT, *outputs))
    picture, *wanted = (wrapped.graph.get_tensor_by_name(name) for name in names)
    return wrapped.prune(picture, wanted if len(wanted) > 1 else wanted[0], input_signature=positional([picture]))


def positional(tensors: Sequence[Any]) -> tuple[tuple[tf.TensorSpec, ...], dict[str, Any]]:
    """The signature of a pruned function that takes these tensors in this order.

    Without one, every call first fails to be bound, and TensorFlow prints all arguments into an error that nobody sees:
    that takes milliseconds.
    """
    specs = (tf.TensorSpec(tensor.shape, tensor.dtype, f"input_{place}") for place, tensor in enumerate(tensors))
    return tuple(specs), {}


def to_graph_def(graph: ConvertedGraph) -> GraphDef:
    """The same graph in TensorFlow's own operations: tensorflowjs' fused ones are taken apart."""
    result = GraphDef()
    result.versions.producer = graph.producer
    for item in graph.nodes:
        node = ParseDict(item, NodeDef())
        if "padding" in node.attr and node.attr["padding"].s == b"EXPLICIT":
            _pad_apart(node, result)
        if node.op == "Const":
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(graph.weights[node.name]))
            result.node.append(node)
        elif node.op in _CONTRACTION:
            _expand(node, result)
        elif node.op == "Prelu":
            _prelu(node.name, node.input[0], node.input[1], result)
        else:
            result.node.append(node)
    return result


def _pad_apart(node: NodeDef, graph: GraphDef) -> None:
    # TensorFlow's optimiser forgets explicit paddings when it fuses a depthwise convolution, and the process aborts.
    around = np.array(node.attr["explicit_paddings"].list.i, np.int32).reshape(4, 2)
    counts = graph.node.add(name=f"{node.name}/paddings", op="Const")
    counts.attr["dtype"].type = tf.int32.as_datatype_enum
    counts.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(around))
    _add(graph, f"{node.name}/padded", "Pad", node.input[0], counts.name)
    graph.node[-1].attr["Tpaddings"].type = tf.int32.as_datatype_enum
    node.input[0] = graph.node[-1].name
    node.attr["padding"].s = b"VALID"
    del node.attr["explicit_paddings"]


def _expand(fused: NodeDef, graph: GraphDef) -> None:
    op, attributes = _CONTRACTION[fused.op]
    steps = [step.decode() for step in fused.attr["fused_ops"].list.s if step != b"NoOp"]
    names = [*(f"{fused.name}/{number}" for number in range(len(steps))), fused.name]
    extra = list(fused.input[2:])
    graph.node.append(NodeDef(name=names[0], op=op, input=fused.input[:2]))
    for key in attributes:
        if key in fused.attr:
            graph.node[-1].attr[key].CopyFrom(fused.attr[key])
    for source, name, step in zip(names, names[1:], steps, strict=False):
        if step == "Prelu":
            _prelu(name, source, extra.pop(0), graph)
            continue
        _add(graph, name, step, source, *([extra.pop(0)] if step == "BiasAdd" else []))
        if step == "LeakyRelu":
            graph.node[-1].attr["alpha"].f = fused.attr["leakyrelu_alpha"].f


def _prelu(name: str, source: str, slope: str, graph: GraphDef) -> None:
    # TensorFlow has no such operation: relu(x) - slope * relu(-x).
    _add(graph, f"{name}/positive", "Relu", source)
    _add(graph, f"{name}/negated", "Neg", source)
    _add(graph, f"{name}/negative", "Relu", f"{name}/negated")
    _add(graph, f"{name}/scaled", "Mul", f"{name}/negative", slope)
    _add(graph, name, "Sub", f"{name}/positive", f"{name}/scaled")


def _add(graph: GraphDef, name: str, op: str, *sources: Any) -> None:
    graph.node.add(name=name, op=op, input=sources).attr["T"].type = tf.float32.as_datatype_enum
