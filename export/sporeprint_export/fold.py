"""Folding batch norm, and whatever else scales or shifts channels, into the weights before it.

It works on the frozen graph, so that Keras layers, nested models and TensorFlow Hub modules are all the same to it.
Left alone, batch norm stays in the converted graph as multiplications and additions of rank-4 constants, which cost
time and which the browser's wasm backend refuses as the bias of a fused convolution.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.core.framework.graph_pb2 import GraphDef
from tensorflow.core.framework.node_def_pb2 import NodeDef

from sporeprint_export.freeze import OUTPUT

Array = NDArray[np.float64]
_CONTRACTIONS = ("Conv2D", "DepthwiseConv2dNative", "MatMul")


@dataclass(frozen=True)
class _Affine:
    """`scale * x + shift` per channel."""

    scale: Array
    shift: Array

    def then(self, later: _Affine) -> _Affine:
        return _Affine(self.scale * later.scale, self.shift * later.scale + later.shift)


def fold(graph: GraphDef) -> GraphDef:
    """Multiply per-channel scales into the weights of the convolution or matrix product that they follow.

    Each chain of `Mul`, `Add`, `Sub`, `RealDiv`, `BiasAdd` or `FusedBatchNorm` with constants becomes one `BiasAdd`
    with a bias of rank 1. A chain ends where its value is used twice, where anything else happens to it (an
    activation, say), and at the graph's output; batch norm that does not follow a convolution stays as it is.

    Args:
        graph: from `freeze`; not changed.

    Returns:
        A graph with the same names of input and output, whose values differ by rounding only.
    """
    result = GraphDef()
    result.CopyFrom(graph)
    nodes = {node.name: node for node in result.node}
    consumers = _consumers(result)
    for node in list(result.node):
        if node.op in _CONTRACTIONS and _foldable(node, nodes):
            _fold_into(node, nodes, consumers, result)
    return result


def _consumers(graph: GraphDef) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in graph.node:
        for source in node.input:
            found.setdefault(_name(source), []).append(node.name)
    return found


def _name(source: str) -> str:
    return source.lstrip("^").split(":")[0]


def _constant(source: str, nodes: dict[str, NodeDef]) -> Array | None:
    node = nodes[_name(source)]
    while node.op == "Identity":
        node = nodes[_name(node.input[0])]
    if node.op != "Const" or node.attr["dtype"].type != tf.float32.as_datatype_enum:
        return None
    return np.asarray(tf.make_ndarray(node.attr["value"].tensor), dtype=np.float64)


def _foldable(node: NodeDef, nodes: dict[str, NodeDef]) -> bool:
    # Reading a missing key of `attr` would add it.
    channels_last = "data_format" not in node.attr or node.attr["data_format"].s == b"NHWC"
    transposed = "transpose_b" in node.attr and node.attr["transpose_b"].b
    return channels_last and not transposed and _constant(node.input[1], nodes) is not None


def _fold_into(node: NodeDef, nodes: dict[str, NodeDef], consumers: dict[str, list[str]], graph: GraphDef) -> None:
    weights = _constant(node.input[1], nodes)
    assert weights is not None  # _foldable looked
    depthwise = node.op == "DepthwiseConv2dNative"
    channels = weights.shape[-1] * (weights.shape[-2] if depthwise else 1)
    total, last, steps = _Affine(np.ones(channels), np.zeros(channels)), node, Counter[str]()
    while (following := _following(last, nodes, consumers)) is not None:
        step = _affine_step(following, last.name, channels, nodes)
        if step is None:
            break
        total, last = total.then(step), following
        steps[following.op] += following.op != "Identity"
    if steps.total() == 0 or steps == {"BiasAdd": 1}:
        return
    scale = total.scale.reshape(weights.shape[-2:]) if depthwise else total.scale
    node.input[1] = _add_constant(f"{node.name}/folded_weights", weights * scale, graph)
    bias = _add_constant(f"{node.name}/folded_bias", total.shift, graph)
    _become_bias_add(last, node.name, bias)


def _following(node: NodeDef, nodes: dict[str, NodeDef], consumers: dict[str, list[str]]) -> NodeDef | None:
    users = consumers.get(node.name, [])
    if len(users) != 1 or users[0] == OUTPUT:
        return None
    return nodes[users[0]]


def _affine_step(node: NodeDef, source: str, channels: int, nodes: dict[str, NodeDef]) -> _Affine | None:
    if node.op == "Identity":
        return _Affine(np.ones(channels), np.zeros(channels))
    if node.op.startswith("FusedBatchNorm"):
        return _batch_norm(node, source, nodes)
    if node.op not in ("BiasAdd", "Add", "AddV2", "Sub", "Mul", "RealDiv") or len(node.input) != 2:
        return None
    first = _name(node.input[0]) == source
    value = _per_channel(node.input[1 if first else 0], channels, nodes)
    if value is None or (node.op == "RealDiv" and not first):
        return None
    one, zero = np.ones(channels), np.zeros(channels)
    if node.op == "Mul":
        return _Affine(value, zero)
    if node.op == "RealDiv":
        return _Affine(one / value, zero)
    if node.op == "Sub":
        return _Affine(one, -value) if first else _Affine(-one, value)
    return _Affine(one, value)


def _per_channel(source: str, channels: int, nodes: dict[str, NodeDef]) -> Array | None:
    value = _constant(source, nodes)
    if value is None or (value.size != 1 and value.shape[-1] != value.size) or value.size not in (1, channels):
        return None
    return np.broadcast_to(value.reshape(-1), (channels,))


def _batch_norm(node: NodeDef, source: str, nodes: dict[str, NodeDef]) -> _Affine | None:
    parts = [_constant(item, nodes) for item in node.input[1:5]]
    if node.attr["is_training"].b or _name(node.input[0]) != source or any(part is None for part in parts):
        return None
    gamma, beta, mean, variance = (part for part in parts if part is not None)
    scale = gamma / np.sqrt(variance + node.attr["epsilon"].f)
    return _Affine(scale, beta - mean * scale)


def _add_constant(name: str, value: Array, graph: GraphDef) -> str:
    node = graph.node.add(name=name, op="Const")
    node.attr["dtype"].type = tf.float32.as_datatype_enum
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value.astype(np.float32)))
    return name


def _become_bias_add(node: NodeDef, source: str, bias: str) -> None:
    # Keeping the chain's last name spares looking for whoever reads it.
    node.op = "BiasAdd"
    node.ClearField("attr")
    node.attr["T"].type = tf.float32.as_datatype_enum
    node.attr["data_format"].s = b"NHWC"
    del node.input[:]
    node.input.extend([source, bias])
