"""Where a graph's head lies: the matrix products between the features and the logits."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.freeze import OUTPUT

Node = dict[str, Any]
RESHAPING = ("Identity", "Reshape", "Squeeze")
"""Operations that leave every value, and the order of values, as they were."""
_AFTER_THE_PRODUCT = (*RESHAPING, "BiasAdd", "Add", "AddV2")
_PRODUCTS = ("MatMul", "_FusedMatMul")


@dataclass(frozen=True)
class Head:
    """One matrix product with its bias, or, after factorising, several one after the other."""

    path: tuple[str, ...]
    """Names of the nodes from the logits back to the first product."""
    products: tuple[Node, ...]
    """The products from the features to the logits; each one's second input is a constant."""

    @property
    def features(self) -> str:
        """What enters the first product, `(1, features)`: a node's name, with `:port` where it is not the first."""
        return str(self.products[0]["input"][0])

    @property
    def kernels(self) -> tuple[str, ...]:
        """Names of the products' constants."""
        return tuple(_name(product["input"][1]) for product in self.products)


def find_head(graph: ConvertedGraph) -> Head | None:
    """Follow the graph back from the logits; None when it does not end in a matrix product with a constant."""
    nodes = {node["name"]: node for node in graph.nodes}
    path, products = [OUTPUT], list[Node]()
    length = 0
    while (source := _value(nodes[path[-1]], graph, first=not products)) is not None:
        if nodes[path[-1]]["op"] in _PRODUCTS:
            products.append(nodes[path[-1]])
            length = len(path)
        path.append(source)
    return Head(tuple(path[:length]), tuple(reversed(products))) if products else None


def _value(node: Node, graph: ConvertedGraph, *, first: bool) -> str | None:
    """Name of the node to go on with, None where the head has begun."""
    values = [name for name in sources(node) if name not in graph.weights]
    if node["op"] in _PRODUCTS:
        # A product with a bias before the last one is a layer of its own, which belongs to the backbone.
        constant = len(values) == 1 and _name(node["input"][1]) in graph.weights
        return values[0] if constant and (first or not fused_steps(node)) else None
    passed = _AFTER_THE_PRODUCT if first else RESHAPING
    return values[0] if node["op"] in passed and len(values) == 1 else None


def sources(node: Node) -> list[str]:
    """Names of the nodes whose values enter `node`."""
    return [_name(source) for source in node.get("input", []) if not source.startswith("^")]


def fused_steps(node: Node) -> tuple[str, ...]:
    """What a fused product or convolution does after it, e.g. `("BiasAdd", "Relu")`."""
    listed = node.get("attr", {}).get("fused_ops", {}).get("list", {}).get("s", [])
    return tuple(step for step in (base64.b64decode(item).decode() for item in listed) if step != "NoOp")


def flag(node: Node, name: str) -> bool:
    """A true-or-false attribute, e.g. `transpose_b`; absent means false."""
    return bool(node.get("attr", {}).get(name, {}).get("b"))


def needed(outputs: Iterable[str], nodes: dict[str, Node]) -> list[str]:
    """Names of the nodes that the outputs depend on, every one after its sources."""
    # Depth first, without recursion: deep networks are deeper than Python's stack.
    done: dict[str, None] = {}
    stack = [(name, False) for name in outputs]
    while stack:
        name, ready = stack.pop()
        if ready:
            done.setdefault(name)
        elif name not in done:
            stack.append((name, True))
            stack.extend((source, False) for source in reversed(sources(nodes[name])))
    return list(done)


def _name(source: str) -> str:
    return source.split(":")[0]
