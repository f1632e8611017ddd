"""One spelling for one graph: the same model gives the same bytes, whatever names its layers had."""

from __future__ import annotations

from collections import Counter
from typing import Any

from numpy.typing import NDArray

from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.freeze import INPUT, OUTPUT

Node = dict[str, Any]
_KEPT = ("name", "op", "input", "attr")
_PASSES_THROUGH = ("Identity", "BiasAdd", "Add", "AddV2", "Reshape")


def canonical(graph: ConvertedGraph) -> ConvertedGraph:
    """Order nodes from the photo to the logits and name them by operation and number.

    Keras numbers layers by how many a process has made before; such names must not reach a file that is named by its
    hash. Nodes that the logits do not need, control inputs, devices and private attributes are dropped.
    """
    nodes = {node["name"]: node for node in graph.nodes}
    order = _from_inputs(OUTPUT, nodes)
    names = _number(nodes[name] for name in order)
    return ConvertedGraph(
        nodes=[_rewrite(nodes[name], names) for name in order],
        weights={names[name]: graph.weights[name] for name in order if name in graph.weights},
        producer=graph.producer,
        versions=graph.versions,
    )


def _from_inputs(output: str, nodes: dict[str, Node]) -> list[str]:
    # Depth first, without recursion: deep networks are deeper than Python's stack.
    done: dict[str, None] = {}
    stack = [(output, False)]
    while stack:
        name, ready = stack.pop()
        if ready:
            done.setdefault(name)
        elif name not in done:
            stack.append((name, True))
            stack.extend((source, False) for source in reversed(_sources(nodes[name])))
    return list(done)


def _sources(node: Node) -> list[str]:
    return [source.split(":")[0] for source in node.get("input", []) if not source.startswith("^")]


def _number(nodes: Any) -> dict[str, str]:
    counts: Counter[str] = Counter()
    names = {}
    for node in nodes:
        counts[node["op"]] += 1
        numbered = f"{node['op'].lstrip('_')}_{counts[node['op']]}"
        names[node["name"]] = {OUTPUT: OUTPUT}.get(node["name"], INPUT if node["op"] == "Placeholder" else numbered)
    return names


def _rewrite(node: Node, names: dict[str, str]) -> Node:
    kept = {key: node[key] for key in _KEPT if key in node}
    kept["name"] = names[node["name"]]
    if "input" in kept:
        sources = (source.partition(":") for source in node["input"] if not source.startswith("^"))
        kept["input"] = [names[name] + colon + port for name, colon, port in sources]
    if "attr" in kept:
        kept["attr"] = {key: value for key, value in node["attr"].items() if not key.startswith("_")}
    return kept


def head_weights(graph: ConvertedGraph) -> dict[str, NDArray[Any]]:
    """The weights of the last matrix product and its bias, which are all that retraining the head changes.

    Empty when the graph does not end in a matrix product: then everything is backbone.
    """
    nodes = {node["name"]: node for node in graph.nodes}
    path = _tail(nodes, graph.weights)
    elsewhere = {source for node in graph.nodes if node["name"] not in path for source in _sources(node)}
    used = [source for name in path for source in _sources(nodes[name])]
    head = {name for name in used if name in graph.weights and name not in elsewhere}
    return {name: value for name, value in graph.weights.items() if name in head}


def _tail(nodes: dict[str, Node], weights: dict[str, NDArray[Any]]) -> list[str]:
    path = [OUTPUT]
    while nodes[path[-1]]["op"] in _PASSES_THROUGH:
        values = [source for source in _sources(nodes[path[-1]]) if source not in weights]
        if len(values) != 1:
            return []
        path.append(values[0])
    return path if nodes[path[-1]]["op"] in ("MatMul", "_FusedMatMul") else []
