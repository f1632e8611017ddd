"""Replacing a graph's head by a factorised one: `low_rank` says which rank, this rewrites the graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sporeprint_export.canonical import canonical
from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.head import Head, Node, find_head, flag, sources
from sporeprint_export.low_rank import Floats, decompose
from sporeprint_export.replay import replay

Array = NDArray[np.float32]


@dataclass(frozen=True)
class LinearHead:
    """`logits = features @ kernel + bias`."""

    kernel: Array
    """`(features, classes)`."""
    bias: Array
    """`(classes,)`."""


def linear_head(graph: ConvertedGraph) -> LinearHead | None:
    """The values of a graph's head; None when it has none or one that is factorised already."""
    head = find_head(graph)
    if head is None or len(head.products) != 1 or flag(head.products[0], "transpose_a"):
        return None
    stored = graph.weights[head.kernels[0]]
    kernel = stored.T if flag(head.products[0], "transpose_b") else stored
    nodes = {node["name"]: node for node in graph.nodes}
    constants = {source for name in head.path for source in sources(nodes[name])} & set(graph.weights)
    biases = [graph.weights[name] for name in sorted(constants - set(head.kernels))]
    added = [value.reshape(-1) for value in biases if value.dtype == np.float32]
    zero = np.zeros(kernel.shape[1], np.float32)
    return LinearHead(kernel, np.asarray(sum(added, start=zero), np.float32))


def head_features(
    graph: ConvertedGraph, images: NDArray[np.uint8], advance: Callable[[int], None] = lambda count: None
) -> Array:
    """What enters the head for each picture, `(n, features)`; arguments as of `replay`.

    Raises:
        ValueError: the graph has no head.
    """
    return replay(graph, images, advance, _head(graph).features)


def factorise(graph: ConvertedGraph, rank: int, features: Floats) -> ConvertedGraph:
    """Replace the head's matrix `(features, classes)` by two of the rank, fitted to the features; the bias stays.

    Args:
        graph: from `canonical`, with a head in one piece; not changed.
        rank: from `low_rank.choose_rank`, at least 1.
        features: of the photos to fit on, `(photos, features)`, from `head_features`.

    Returns:
        The graph in its canonical form. Both matrices belong to the head: `head_weights` finds them.

    Raises:
        ValueError: the graph has no such head, or the features do not fit it.
    """
    head, values = _head(graph), linear_head(graph)
    if values is None or not 1 <= rank <= min(values.kernel.shape):
        raise ValueError(f"a head in one piece, of at least rank {rank}")
    factors = decompose(values.kernel, features).cut(rank)
    product = head.products[0]
    weights = {"factor_left": np.ascontiguousarray(factors.left), "factor_right": np.ascontiguousarray(factors.right)}
    first = _product("factor_product", head.features, "factor_left")
    last = {**product, "input": [first["name"], "factor_right", *product["input"][2:]]}
    last["attr"] = {**product["attr"], **first["attr"]}
    nodes = [last if node is product else node for node in graph.nodes]
    constants = [_constant(name, value) for name, value in weights.items()]
    return canonical(replace(graph, nodes=[*nodes, first, *constants], weights={**graph.weights, **weights}))


def _head(graph: ConvertedGraph) -> Head:
    head = find_head(graph)
    if head is None:
        raise ValueError("a graph that ends in a matrix product")
    return head


def _product(name: str, value: str, kernel: str) -> Node:
    attributes = {"T": {"type": "DT_FLOAT"}, "transpose_a": {"b": False}, "transpose_b": {"b": False}}
    return {"name": name, "op": "MatMul", "input": [value, kernel], "attr": attributes}


def _constant(name: str, value: Array) -> Node:
    shape = {"dim": [{"size": str(length)} for length in value.shape]}
    tensor = {"dtype": "DT_FLOAT", "tensorShape": shape}
    return {"name": name, "op": "Const", "attr": {"dtype": {"type": "DT_FLOAT"}, "value": {"tensor": tensor}}}
