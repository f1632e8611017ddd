"""Weights as small integers: layer after layer, each on what the layers before it, already rounded, give it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_export.codec import SMALLEST_QUANTISED
from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.rounding import Matrix, Rounded, dampen, round_on_inputs
from sporeprint_export.streams import Pieces, State, node_name, tensor_name

SMALLEST_ROUNDED = 4096
"""Products with fewer weights stay float16: among them are the first ones, whose errors every later layer inherits."""
LARGEST_INPUTS = 8192
"""A product of more inputs stays float16: their second moments alone would fill half a gigabyte."""
DRIFT_DAMPING = 0.1
"""As `rounding.DAMPING`, where weights are moved to make good the drift of their inputs: more, because the drift seen
on a few photos is partly theirs alone. Measured: with ten times less, one more photo in a hundred changes its name."""
BATCH = 16
_PRODUCTS = ("Conv2D", "_FusedConv2D", "MatMul", "_FusedMatMul")

Weights = dict[str, NDArray[Any]]
Width = Callable[[int], int | None]
"""Bits for a product with so many weights; None leaves it in float16."""


@dataclass(frozen=True)
class Quantised:
    """A graph some of whose weights are integers."""

    graph: ConvertedGraph
    """With the values that a reader computes with; biases are corrected."""
    rounded: dict[str, Rounded] = field(default_factory=dict)
    """By the constant's name."""


@dataclass(frozen=True)
class _Product:
    """A convolution or matrix product with constant weights."""

    place: int
    node: dict[str, Any]
    weights: str
    bias: str | None


@dataclass
class _Stream:
    """One way to compute the graph: as trained, or with the weights rounded so far."""

    states: list[State]
    values: Weights
    widths: tuple[Width, ...] = ()
    """Those that have given every product the same bits so far."""
    rounded: dict[str, Rounded] = field(default_factory=dict)

    def divided(self, size: int) -> list[_Stream]:
        """The same stream once for each number of bits that its widths give a product of `size` weights."""
        by_bits: dict[int | None, tuple[Width, ...]] = {}
        for width in self.widths:
            by_bits[width(size)] = (*by_bits.get(width(size), ()), width)
        return [replace(self, widths=widths, rounded=dict(self.rounded)) for widths in by_bits.values()]


@dataclass
class _Statistics:
    """What a product's inputs were in the rounded graph (x) and in the trained one (y), mean over all places."""

    moments: Matrix
    """Of `outer(x, x)`."""
    drift: Matrix
    """Of `outer(x, y - x)`."""
    rounded_mean: Matrix
    trained_mean: Matrix


def quantise(
    graph: ConvertedGraph,
    widths: Sequence[Width],
    images: NDArray[np.uint8],
    advance: Callable[[int], None] = lambda count: None,
) -> list[Quantised]:
    """Round the large products' weights, once for each of some widths.

    Each product is first moved, so that on the drifted inputs it gives what it gave on the trained network's, then
    rounded; its bias takes up the mean of the error that is left. In that order from layer to layer: correcting all
    biases at once would correct the same error many times.

    Args:
        graph: canonical; its other weights as they will be stored.
        widths: bits for a product by the number of its weights.
        images: calibration photos, `(n, size, size, 3)` RGB.
        advance: called with 1 after each product.

    Returns:
        One result per width.
    """
    images = images[: _affordable(images.shape[1])]
    pieces = Pieces(graph, min(BATCH, len(images)))
    products = find_products(graph)
    trained = _Stream(pieces.begin(images), graph.weights)
    streams = [_Stream(trained.states, _stored(graph.weights), tuple(widths))]
    place = 0
    for product in products:
        everyone = [trained, *streams]
        moved = pieces.run(place, product.place, [(stream.states, stream.values) for stream in everyone])
        for stream, states in zip(everyone, moved, strict=True):
            stream.states = states
        place = product.place
        # The first layers, with the largest maps, mostly get the same bits whatever the width: they are computed once.
        streams = [part for stream in streams for part in stream.divided(graph.weights[product.weights].size)]
        for stream in streams:
            _round(product, stream, trained)
        advance(1)
    made = {width: stream for stream in streams for width in stream.widths}
    return [Quantised(replace(graph, weights=made[width].values), made[width].rounded) for width in widths]


def _affordable(size: int) -> int:
    # All photos' feature maps are in memory at once, about 30 MB each at 224 pixels.
    return max(BATCH, int(64 * (224 / size) ** 2))


def find_products(graph: ConvertedGraph) -> list[_Product]:
    """The products that are rounded, in the order in which they are computed."""
    found = []
    for place, node in enumerate(graph.nodes):
        weights = node_name(node["input"][1]) if node["op"] in _PRODUCTS else ""
        if weights in graph.weights and _worth_it(graph.weights[weights]) and not _transposed(node):
            bias = node_name(node["input"][2]) if len(node["input"]) > 2 and _adds_bias(node) else None
            found.append(_Product(place, node, weights, bias if bias in graph.weights else None))
    return found


def _worth_it(weights: NDArray[Any]) -> bool:
    inputs = weights.size // weights.shape[-1]
    return weights.dtype == np.float32 and weights.size >= SMALLEST_ROUNDED and inputs <= LARGEST_INPUTS


def _transposed(node: dict[str, Any]) -> bool:
    return any(node["attr"].get(key, {}).get("b", False) for key in ("transpose_a", "transpose_b"))


def _adds_bias(node: dict[str, Any]) -> bool:
    steps = node["attr"].get("fused_ops", {}).get("list", {}).get("s", [])
    return bool(steps) and base64.b64decode(steps[0]) == b"BiasAdd"


def _stored(weights: Weights) -> Weights:
    return {name: _as_stored(value) for name, value in weights.items()}


def _as_stored(value: NDArray[Any]) -> NDArray[Any]:
    if value.dtype != np.float32 or value.size < SMALLEST_QUANTISED:
        return value
    return value.astype(np.float16).astype(np.float32)


def _round(product: _Product, stream: _Stream, trained: _Stream) -> None:
    tensor = trained.values[product.weights].astype(np.float64)
    bits = stream.widths[0](tensor.size)
    if bits is None:
        return
    weights = tensor.reshape(-1, tensor.shape[-1])
    seen = _measure(product, tensor.shape, stream.states, trained.states)
    # Least squares: the weights whose answers to the drifted inputs are nearest to the trained answers.
    moved = weights + np.linalg.solve(dampen(seen.moments, DRIFT_DAMPING), seen.drift @ weights)
    flat = round_on_inputs(moved, seen.moments, bits)
    rounded = replace(flat, integers=flat.integers.reshape(tensor.shape))
    stream.rounded[product.weights] = rounded
    stream.values = {**stream.values, product.weights: rounded.weights()}
    if product.bias:
        left = seen.trained_mean @ weights - seen.rounded_mean @ flat.weights().astype(np.float64)
        corrected = (trained.values[product.bias].astype(np.float64) + left).astype(np.float32)
        stream.values[product.bias] = _as_stored(corrected)


def _measure(product: _Product, shape: tuple[int, ...], rounded: list[State], trained: list[State]) -> _Statistics:
    source, inputs = tensor_name(product.node["input"][0]), int(np.prod(shape[:-1]))
    total = _Statistics(np.zeros((inputs, inputs)), np.zeros((inputs, inputs)), np.zeros(inputs), np.zeros(inputs))
    count = 0
    for ours, theirs in zip(rounded, trained, strict=True):
        x, y = (_inputs(product.node, state[source], shape) for state in (ours, theirs))
        total.moments += x.T @ x
        total.drift += x.T @ (y - x)
        total.rounded_mean += x.sum(axis=0)
        total.trained_mean += y.sum(axis=0)
        count += len(x)
    return _Statistics(*(value / count for value in vars(total).values()))


def _inputs(node: dict[str, Any], value: NDArray[np.float32], shape: tuple[int, ...]) -> Matrix:
    """Every place's inputs of a product, `(places, inputs)`, in the order of the weights' rows."""
    if "MatMul" in node["op"]:
        return value.reshape(-1, shape[0]).astype(np.float64)
    strides, dilations = (_integers(node, key) or [1, 1, 1, 1] for key in ("strides", "dilations"))
    padding = base64.b64decode(node["attr"]["padding"]["s"]).decode()
    if padding == "EXPLICIT":
        value, padding = np.pad(value, np.reshape(_integers(node, "explicit_paddings"), (4, 2))), "VALID"
    if shape[:2] == (1, 1):
        return value[:, :: strides[1], :: strides[2]].reshape(-1, shape[2]).astype(np.float64)
    patches: Matrix = tf.image.extract_patches(value, [1, *shape[:2], 1], strides, dilations, padding).numpy()
    return patches.reshape(-1, patches.shape[-1]).astype(np.float64)


def _integers(node: dict[str, Any], key: str) -> list[int]:
    return [int(item) for item in node["attr"].get(key, {}).get("list", {}).get("i", [])]
