"""Zeros around a picture as part of the convolution that needs them, not as a copy of the picture.

Keras pads before its strided convolutions (MobileNetV2 four times, one of the copies 5 MB); in the browser such a copy
costs as much as a layer.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sporeprint_export.convert import ConvertedGraph

Node = dict[str, Any]
_CONVOLUTIONS = ("_FusedConv2D", "FusedDepthwiseConv2dNative", "Conv2D", "DepthwiseConv2dNative")
_VALID = base64.b64encode(b"VALID").decode()
_EXPLICIT = {"s": base64.b64encode(b"EXPLICIT").decode()}


def absorb_padding(graph: ConvertedGraph) -> ConvertedGraph:
    """Give every convolution without padding of its own the zeros that a `Pad` puts around its picture.

    A `Pad` stays where it pads the batch or the channels, and where what reads it is no convolution: a maximum takes
    zeros for values.

    Returns:
        A graph with the same logits, in which an absorbed `Pad` may be left without a reader.
    """
    nodes = {node["name"]: node for node in graph.nodes}
    return replace(graph, nodes=[_absorbed(node, nodes, graph.weights) for node in graph.nodes])


def _absorbed(node: Node, nodes: dict[str, Node], weights: dict[str, NDArray[Any]]) -> Node:
    if node["op"] not in _CONVOLUTIONS or node["attr"]["padding"]["s"] != _VALID:
        return node
    pad = nodes[node["input"][0]]
    # (4, 2): batch, height, width, channels; before, after.
    around = weights.get(pad["input"][1]) if pad["op"] == "Pad" else None
    if around is None or np.any(around[[0, 3]]) or not _channels_last(node):
        return node
    paddings = {"list": {"i": [str(count) for count in around.reshape(-1)]}}
    attributes = {**node["attr"], "padding": _EXPLICIT, "explicit_paddings": paddings}
    return {**node, "input": [pad["input"][0], *node["input"][1:]], "attr": attributes}


def _channels_last(node: Node) -> bool:
    return base64.b64decode(node["attr"].get("data_format", {"s": ""})["s"]) in (b"", b"NHWC")
