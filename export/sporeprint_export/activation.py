"""Where on the photo the model saw a class: the class activation map (Zhou et al. 2016) as a second output.

A network that ends in global average pooling and one linear layer computes each logit as the mean, over the places of
its last feature map, of that place's features times the class's weights. The same product before the mean says how
much each place spoke for the class. It uses the head's own weights, so it adds nothing to download, and tfjs computes
only the outputs that it is asked for, so it costs nothing until somebody wants to see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.head import RESHAPING, Head, Node, find_head, flag, fused_steps
from sporeprint_export.replay import to_graph_def

ACTIVATION = "class_activation"
"""Output `(1, height, width, classes)`: features times head weights, without the bias and not divided by the number of
places. Its mean over height and width plus the head's bias is the logits."""

_MATMUL_ATTRIBUTES = ("T", "transpose_a", "transpose_b")


def add_class_activation(graph: ConvertedGraph) -> ConvertedGraph | None:
    """Add the output `ACTIVATION` beside the logits, whose nodes and weights stay as they are.

    A factorised head's products are applied one after the other. The only new constants are two shapes of a few
    bytes, which do not depend on the classes and so belong to the backbone.

    Args:
        graph: from `canonical`, after `factorise` if there is one; not changed. `canonical` would take the output
            away again.

    Returns:
        The graph with the output; None when the network does not end in global average pooling over height and width
        and a linear layer.
    """
    head = find_head(graph)
    if head is None or not _linear(head):
        return None
    shapes = _shapes(graph)
    spatial = _spatial(head, graph, shapes)
    if spatial is None:
        return None
    _, height, width, channels = shapes[_port(spatial)]
    weights = {
        f"{ACTIVATION}_rows": np.array([-1, channels], np.int32),
        f"{ACTIVATION}_map": np.array([1, height, width, -1], np.int32),
    }
    nodes = [*(_constant(name, value) for name, value in weights.items()), *_products(head, spatial)]
    return replace(graph, nodes=[*graph.nodes, *nodes], weights={**graph.weights, **weights})


def _linear(head: Head) -> bool:
    plain = not any(flag(product, "transpose_a") for product in head.products)
    return plain and set(fused_steps(head.products[-1])) <= {"BiasAdd"}


def _shapes(graph: ConvertedGraph) -> dict[str, tuple[int | None, ...]]:
    """Static shape of every tensor of known rank, by its name with port."""
    definition = to_graph_def(graph)
    with tf.Graph().as_default() as imported:
        tf.import_graph_def(definition, name="")
    tensors = (tensor for operation in imported.get_operations() for tensor in operation.outputs)
    return {tensor.name: tuple(tensor.shape.as_list()) for tensor in tensors if tensor.shape.rank is not None}


def _spatial(head: Head, graph: ConvertedGraph, shapes: dict[str, tuple[int | None, ...]]) -> str | None:
    """The tensor whose mean over height and width enters the head; None where there is none."""
    nodes = {node["name"]: node for node in graph.nodes}
    pool = nodes[head.features.split(":")[0]]
    while pool["op"] in RESHAPING:
        pool = nodes[pool["input"][0].split(":")[0]]
    if pool["op"] not in ("Mean", "AvgPool"):
        return None
    source = str(pool["input"][0])
    shape = shapes.get(_port(source), ())
    whole = len(shape) == 4 and None not in shape and shapes.get(_port(head.features)) == (1, shape[3])
    return source if whole and _pools_everything(pool, shape, graph.weights) else None


def _pools_everything(pool: Node, shape: Sequence[int | None], weights: dict[str, NDArray[Any]]) -> bool:
    if pool["op"] == "AvgPool":
        # The features' number has shown that one place is left; a window beyond the edge would still divide otherwise.
        window = [int(size) for size in pool["attr"]["ksize"]["list"]["i"]]
        return window == [1, *shape[1:3], 1]
    axes = weights.get(pool["input"][1].split(":")[0])
    return axes is not None and sorted(int(axis) % 4 for axis in axes.reshape(-1)) == [1, 2]


def _products(head: Head, spatial: str) -> list[Node]:
    # As one matrix with a row per place: backends have their fastest code for that, and it needs no transposed kernel.
    nodes = [_reshape(f"{ACTIVATION}_places", spatial, f"{ACTIVATION}_rows")]
    for number, product in enumerate(head.products, 1):
        attributes = {key: value for key, value in product["attr"].items() if key in _MATMUL_ATTRIBUTES}
        inputs = [nodes[-1]["name"], product["input"][1]]
        nodes.append({"name": f"{ACTIVATION}_product_{number}", "op": "MatMul", "input": inputs, "attr": attributes})
    return [*nodes, _reshape(ACTIVATION, nodes[-1]["name"], f"{ACTIVATION}_map")]


def _reshape(name: str, value: str, shape: str) -> Node:
    types = {"T": {"type": "DT_FLOAT"}, "Tshape": {"type": "DT_INT32"}}
    return {"name": name, "op": "Reshape", "input": [value, shape], "attr": types}


def _constant(name: str, value: NDArray[np.int32]) -> Node:
    shape = {"dim": [{"size": str(length)} for length in value.shape]}
    tensor = {"dtype": "DT_INT32", "tensorShape": shape}
    return {"name": name, "op": "Const", "attr": {"dtype": {"type": "DT_INT32"}, "value": {"tensor": tensor}}}


def _port(source: str) -> str:
    return source if ":" in source else f"{source}:0"
