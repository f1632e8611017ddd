"""Running a graph piece by piece on calibration photos, with weights that change on the way.

Values are computed in float64: see `rounding`. Between two pieces they are kept as float32, which halves the memory
and, rounding single values only, leaves the averages over all photos and places where they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.core.framework.graph_pb2 import GraphDef

from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.freeze import INPUT
from sporeprint_export.replay import positional, to_graph_def

State = dict[str, NDArray[np.float32]]
"""Values of one batch of photos by tensor name: everything that the rest of the graph still needs."""
_SINGLE, _DOUBLE = tf.float32.as_datatype_enum, tf.float64.as_datatype_enum
_ONLY_SINGLE = ("ResizeBilinear", "FusedBatchNormV3")
"""Operations that TensorFlow has in float32 alone."""


class Pieces:
    """A graph that runs from one node to another.

    Args:
        graph: canonical, so that its nodes are in an order in which they can be computed.
        batch: photos that are computed together.
    """

    def __init__(self, graph: ConvertedGraph, batch: int) -> None:
        self.graph, self.batch = graph, batch
        self._place = {node["name"]: index for index, node in enumerate(graph.nodes)}
        definition = _in_double(_for_batch(to_graph_def(graph), batch))
        self._whole = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(definition, name=""), [])

    def begin(self, images: NDArray[np.uint8]) -> list[State]:
        """States at the graph's first node; photos that do not fill a batch are left out."""
        starts = range(0, len(images) - self.batch + 1, self.batch)
        return [{f"{INPUT}:0": images[start : start + self.batch].astype(np.float32)} for start in starts]

    def run(
        self, start: int, stop: int, streams: Sequence[tuple[list[State], Mapping[str, NDArray[Any]]]]
    ) -> list[list[State]]:
        """Compute the nodes from `start` up to, not including, `stop`.

        Args:
            start: index of a node.
            stop: index of a later node.
            streams: for each its states at `start` and the values of all constants.

        Returns:
            The states of each stream at `stop`.
        """
        needed, constants, kept = self._needed(start), self._constants(start, stop), self._needed(stop)
        tensor = self._whole.graph.get_tensor_by_name
        feeds = [tensor(name) for name in (*needed, *(f"{name}:0" for name in constants))]
        function = self._whole.prune(feeds, [tensor(name) for name in kept], input_signature=positional(feeds))
        results = []
        for states, values in streams:
            fixed = [tf.constant(values[name].astype(np.float64)) for name in constants]
            following = []
            for state in states:
                found = function(*(tf.constant(state[name].astype(np.float64)) for name in needed), *fixed)
                following.append(
                    {name: value.numpy().astype(np.float32) for name, value in zip(kept, found, strict=True)}
                )
            results.append(following)
        return results

    def _needed(self, place: int) -> list[str]:
        if place <= self._place[INPUT] + 1:
            return [f"{INPUT}:0"]
        sources = {
            source for node in self.graph.nodes[place:] for source in node.get("input", []) if self._computed(source)
        }
        return sorted(tensor_name(source) for source in sources if self._place[node_name(source)] < place)

    def _computed(self, source: str) -> bool:
        return node_name(source) not in self.graph.weights

    def _constants(self, start: int, stop: int) -> list[str]:
        used = {node_name(source) for node in self.graph.nodes[start:stop] for source in node.get("input", [])}
        return sorted(name for name in used if _is_float(self.graph.weights.get(name)))


def node_name(source: str) -> str:
    """The node that a node's input names."""
    return source.split(":")[0]


def tensor_name(source: str) -> str:
    """The tensor that a node's input names."""
    return source if ":" in source else f"{source}:0"


def _is_float(value: NDArray[Any] | None) -> bool:
    return value is not None and value.dtype == np.float32


def _for_batch(graph: GraphDef, batch: int) -> GraphDef:
    # The graph was frozen for one photo: so says its input, and shapes that it once computed are constants now.
    for node in graph.node:
        if node.name == INPUT:
            node.attr["shape"].shape.dim[0].size = batch
    constants = {node.name: node for node in graph.node if node.op == "Const"}
    for shape in {node.input[1] for node in graph.node if node.op == "Reshape"} & constants.keys():
        value = tf.make_ndarray(constants[shape].attr["value"].tensor)
        if value.size > 1 and value[0] == 1:
            changed = np.concatenate([np.array([batch], value.dtype), value[1:]])
            constants[shape].attr["value"].tensor.CopyFrom(tf.make_tensor_proto(changed))
    return graph


def _in_double(graph: GraphDef) -> GraphDef:
    result = GraphDef(versions=graph.versions)
    for node in graph.node:
        if node.op in _ONLY_SINGLE:
            _between_casts(node, result)
            continue
        copy = result.node.add()
        copy.CopyFrom(node)
        for attribute in copy.attr.values():
            if attribute.type == _SINGLE:
                attribute.type = _DOUBLE
            for index, kind in enumerate(attribute.list.type):
                attribute.list.type[index] = _DOUBLE if kind == _SINGLE else kind
            if attribute.tensor.dtype == _SINGLE:
                attribute.tensor.CopyFrom(tf.make_tensor_proto(tf.make_ndarray(attribute.tensor).astype(np.float64)))
    return result


def _between_casts(node: Any, graph: GraphDef) -> None:
    # Of these operations only the first output is used in an inference graph.
    for index, source in enumerate(node.input):
        if node.op == "ResizeBilinear" and index == 1:
            continue  # the size, an integer
        _cast(f"{node.name}/{index}", source, _DOUBLE, _SINGLE, graph)
        node.input[index] = f"{node.name}/{index}"
    inner = graph.node.add()
    inner.CopyFrom(node)
    inner.name = f"{node.name}/single"
    _cast(node.name, inner.name, _SINGLE, _DOUBLE, graph)


def _cast(name: str, source: str, before: int, after: int, graph: GraphDef) -> None:
    node = graph.node.add(name=name, op="Cast", input=[source])
    node.attr["SrcT"].type, node.attr["DstT"].type = before, after
