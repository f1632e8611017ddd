"""Running a graph in pieces gives what running it whole gives."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from sporeprint_export.canonical import canonical
from sporeprint_export.convert import convert
from sporeprint_export.fold import fold
from sporeprint_export.freeze import freeze
from sporeprint_export.quantise import _inputs, find_products
from sporeprint_export.replay import replay
from sporeprint_export.streams import Pieces, tensor_name


def run_to_the_end(graph, images, batch, stops):
    pieces, place = Pieces(graph, batch), 0
    states = pieces.begin(images)
    for stop in [*stops, len(graph.nodes) - 1]:
        (states,) = pieces.run(place, stop, [(states, graph.weights)])
        place = stop
    last = tensor_name(graph.nodes[-1]["input"][0])
    return np.concatenate([state[last] for state in states])


@pytest.mark.parametrize("batch", [1, 2, 4])
@pytest.mark.parametrize("cuts", [1, 5])
def test_pieces_and_batches_change_no_answer(graph, images, batch, cuts):
    middle = [int(stop) for stop in np.linspace(len(graph.nodes) // 4, len(graph.nodes) - 4, cuts)]
    assert graph.nodes[-1]["op"] == "Identity"
    found = run_to_the_end(graph, images, batch, middle)
    np.testing.assert_allclose(found, replay(graph, images), atol=1e-4)


def test_photos_that_do_not_fill_a_batch_are_left_out(graph, images):
    states = Pieces(graph, 3).begin(images)
    assert [state["image:0"].shape[0] for state in states] == [3]


def test_two_streams_with_other_weights_stay_apart(graph, images):
    pieces = Pieces(graph, 2)
    kernel = next(name for name, value in graph.weights.items() if value.ndim == 4)
    changed = {**graph.weights, kernel: graph.weights[kernel] * 2}
    last = len(graph.nodes) - 1
    states = pieces.begin(images)
    first, second = pieces.run(0, last, [(states, graph.weights), (states, changed)])
    name = tensor_name(graph.nodes[-1]["input"][0])
    assert not np.allclose(first[0][name], second[0][name])
    np.testing.assert_allclose(first[0][name], replay(graph, images[:2]), atol=1e-4)


@pytest.fixture
def single_precision_ops(convert_at_once):
    """A network with operations that TensorFlow has in float32 only: resizing, and batch norm before a convolution."""
    layers = keras.layers
    image = keras.Input((16, 16, 3))
    x = layers.UpSampling2D(2, interpolation="bilinear")(layers.Rescaling(1 / 255)(image))
    x = layers.MaxPool2D()(x)
    x = layers.BatchNormalization(moving_mean_initializer="ones")(x)
    x = layers.Conv2D(8, 3, strides=2)(layers.ReLU()(x))
    model = keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))
    return canonical(convert(fold(freeze(model))))


@pytest.mark.slow
def test_operations_without_a_float64_form_are_run_in_float32(single_precision_ops):
    ops = {node["op"] for node in single_precision_ops.nodes}
    assert ops & {"ResizeBilinear", "FusedBatchNormV3"}
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    found = run_to_the_end(single_precision_ops, images, 2, [len(single_precision_ops.nodes) // 2])
    np.testing.assert_allclose(found, replay(single_precision_ops, images), atol=1e-5)


def test_a_products_inputs_are_in_the_order_of_its_weights_rows(graph, images, monkeypatch):
    monkeypatch.setattr("sporeprint_export.quantise.SMALLEST_ROUNDED", 1)
    products = find_products(graph)
    shapes = {graph.weights[product.weights].shape[:2] for product in products}
    assert {(1, 1), (3, 3)} < shapes, "plain and pointwise convolutions, and the head"
    pieces, place = Pieces(graph, 4), 0
    states = pieces.begin(images)
    for product in products:
        weights = graph.weights[product.weights]
        (states,) = pieces.run(place, product.place, [(states, graph.weights)])
        place = product.place
        rows = _inputs(product.node, states[0][tensor_name(product.node["input"][0])], weights.shape)
        ours = rows @ weights.reshape(-1, weights.shape[-1]).astype(np.float64)
        plain = replay(*_alone(graph, product, images))
        np.testing.assert_allclose(ours.reshape(plain.shape), plain, atol=1e-3)


def _alone(graph, product, images):
    """The graph with that product's bias and activation taken away, and its node as the output."""
    op = {"_FusedConv2D": "Conv2D", "_FusedMatMul": "MatMul"}.get(product.node["op"], product.node["op"])
    kept = ("T", "strides", "padding", "data_format", "dilations", "transpose_a", "transpose_b")
    attributes = {key: value for key, value in product.node["attr"].items() if key in kept}
    bare = {"name": "bare", "op": op, "input": product.node["input"][:2], "attr": attributes}
    return replace(graph, nodes=[*graph.nodes[: product.place], bare]), images, lambda count: None, "bare"
