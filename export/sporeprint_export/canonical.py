"""One spelling for one graph: the same model gives the same bytes, whatever names its layers had."""

from __future__ import annotations

from collections import Counter
from typing import Any

from numpy.typing import NDArray

from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.freeze import INPUT, OUTPUT
from sporeprint_export.head import Node, find_head, needed, sources

_KEPT = ("name", "op", "input", "attr")
_UNREAD = ("TArgs", "filter_format", "num_host_args", "use_cudnn_on_gpu")
"""Attributes that say nothing, neither to tensorflowjs nor here; phones fetch the graph again with every new head."""


def canonical(graph: ConvertedGraph) -> ConvertedGraph:
    """Order nodes from the photo to the logits and name them by operation and number.

    Keras numbers layers by how many a process has made before; such names must not reach a file that is named by its
    hash. Nodes that the logits do not need, control inputs, devices and private attributes are dropped.
    """
    nodes = {node["name"]: node for node in graph.nodes}
    order = needed([OUTPUT], nodes)
    names = _number(nodes[name] for name in order)
    return ConvertedGraph(
        nodes=[_rewrite(nodes[name], names) for name in order],
        weights={names[name]: graph.weights[name] for name in order if name in graph.weights},
        producer=graph.producer,
        versions=graph.versions,
    )


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
        kept["attr"] = {key: value for key, value in node["attr"].items() if _is_read(key, value, node["op"])}
    return kept


def _is_read(key: str, value: Any, op: str) -> bool:
    # A constant's value lies in the shards, and its shape is in the list of weights.
    said_elsewhere = key in _UNREAD or (op == "Const" and key == "value")
    return not (key.startswith("_") or said_elsewhere or value == {"list": {}})


def head_weights(graph: ConvertedGraph) -> dict[str, NDArray[Any]]:
    """The weights of the last matrix product and its bias, which are all that retraining the head changes.

    Of a factorised head, those of both products. Empty when the graph does not end in a matrix product: then
    everything is backbone. What other outputs make of the same weights does not change whose they are.
    """
    head = find_head(graph)
    if head is None:
        return {}
    nodes = {node["name"]: node for node in graph.nodes}
    backbone = (name for name in needed([OUTPUT], nodes) if name not in head.path)
    elsewhere = {source for name in backbone for source in sources(nodes[name])}
    used = {source for name in head.path for source in sources(nodes[name])} - elsewhere
    return {name: value for name, value in graph.weights.items() if name in used}
