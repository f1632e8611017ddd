"""Weights as whole numbers: the network still answers as before, better than after plain rounding."""

import base64
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from sporeprint_export import quantise as quantise_module
from sporeprint_export.canonical import head_weights
from sporeprint_export.precision import LARGE_PRODUCT, bits_for
from sporeprint_export.quantise import find_products, quantise
from sporeprint_export.replay import replay
from sporeprint_export.rounding import round_to_nearest


@pytest.fixture(autouse=True)
def every_product_counts(monkeypatch):
    monkeypatch.setattr(quantise_module, "SMALLEST_ROUNDED", 64)


@pytest.fixture(scope="module")
def calibration():
    patches = np.random.default_rng(5).integers(0, 256, (32, 8, 8, 3), np.uint8)
    return patches.repeat(4, axis=1).repeat(4, axis=2)


@pytest.fixture(scope="module")
def others():
    patches = np.random.default_rng(6).integers(0, 256, (24, 8, 8, 3), np.uint8)
    return patches.repeat(4, axis=1).repeat(4, axis=2)


def plainly_rounded(graph, bits):
    weights = dict(graph.weights)
    for product in find_products(graph):
        value = weights[product.weights]
        weights[product.weights] = round_to_nearest(value, value.shape[-1], bits).weights()
    return replace(graph, weights=weights)


def error(graph, other, images):
    return float(np.square(replay(other, images) - replay(graph, images)).mean())


def convolution(padding, **attributes):
    fixed = {"padding": {"s": base64.b64encode(padding).decode()}, "strides": {"list": {"i": ["1", "2", "2", "1"]}}}
    return {"op": "_FusedConv2D", "attr": {**fixed, **attributes}}


def test_a_convolution_that_pads_by_itself_sees_the_zeros():
    picture = np.random.default_rng(7).uniform(1, 2, (2, 8, 8, 3)).astype(np.float32)
    # On an even side TensorFlow's "SAME" puts its one row and column of zeros behind the picture.
    around = {"explicit_paddings": {"list": {"i": ["0", "0", "0", "1", "0", "1", "0", "0"]}}}
    found = quantise_module._inputs(convolution(b"EXPLICIT", **around), picture, (3, 3, 3, 4))
    assert (found == 0).any()
    np.testing.assert_array_equal(found, quantise_module._inputs(convolution(b"SAME"), picture, (3, 3, 3, 4)))


@pytest.mark.parametrize("bits", [4, 6])
def test_photos_that_it_was_not_fitted_on_lose_less_than_half_of_what_plain_rounding_costs(
    graph, calibration, others, bits
):
    (found,) = quantise(graph, [lambda size: bits], calibration)
    assert error(graph, found.graph, others) < error(graph, plainly_rounded(graph, bits), others) / 2


def test_eight_bits_change_next_to_nothing(graph, calibration, others):
    (found,) = quantise(graph, [lambda size: 8], calibration)
    assert set(found.rounded) == {product.weights for product in find_products(graph)}
    assert error(graph, found.graph, others) < 1e-4 * np.var(replay(graph, others))


def test_the_graph_holds_what_a_reader_of_the_whole_numbers_computes_with(graph, calibration):
    (found,) = quantise(graph, [lambda size: 6], calibration)
    for name, rounded in found.rounded.items():
        np.testing.assert_array_equal(found.graph.weights[name], rounded.weights())
        assert rounded.weights().shape == graph.weights[name].shape


def test_several_widths_at_once_are_what_each_is_alone(graph, calibration):
    middle = int(np.median([graph.weights[product.weights].size for product in find_products(graph)]))
    # The last one goes with the first up to a large product, and on its own from there.
    widths = [lambda size: 8, lambda size: 5, lambda size: 5 if size > middle else 8]
    together = quantise(graph, widths, calibration)
    assert {rounded.bits for rounded in together[2].rounded.values()} == {5, 8}
    for found, width in zip(together, widths, strict=True):
        (alone,) = quantise(graph, [width], calibration)
        assert found.rounded.keys() == alone.rounded.keys()
        for name, rounded in found.rounded.items():
            np.testing.assert_array_equal(rounded.integers, alone.rounded[name].integers)
        for name, value in found.graph.weights.items():
            np.testing.assert_array_equal(value, alone.graph.weights[name])


def test_another_head_leaves_the_backbones_whole_numbers_as_they_were(graph, calibration):
    head = head_weights(graph)
    changed = {name: np.flip(value, axis=-1).copy() for name, value in head.items()}
    (before,) = quantise(graph, [lambda size: 8], calibration)
    (after,) = quantise(replace(graph, weights={**graph.weights, **changed}), [lambda size: 8], calibration)
    differing = [
        name for name, value in before.graph.weights.items() if not np.array_equal(value, after.graph.weights[name])
    ]
    assert set(differing) == set(head)


def test_a_width_of_none_leaves_a_product_in_float16(graph, calibration):
    largest = max(graph.weights[product.weights].size for product in find_products(graph))
    (found,) = quantise(graph, [lambda size: None if size == largest else 8], calibration)
    assert all(graph.weights[name].size < largest for name in found.rounded)
    assert len(found.rounded) < len(find_products(graph))


def test_small_products_keep_eight_bits():
    assert [bits_for("int6", size) for size in (LARGE_PRODUCT - 1, LARGE_PRODUCT)] == [8, 6]
    assert [partial(bits_for, "int8")(size) for size in (1, 10**6)] == [8, 8]
    assert bits_for("float16", 10**6) is None


ELSEWHERE = """
import pickle, sys
from sporeprint_export import quantise
from sporeprint_training.artefact import sha256_bytes

quantise.SMALLEST_ROUNDED = 64
graph, images = pickle.load(open(sys.argv[1], "rb"))
(found,) = quantise.quantise(graph, [lambda size: 6], images)
values = [found.graph.weights[name].tobytes() for name in sorted(found.graph.weights)]
print(sha256_bytes(b"".join(values)))
"""


@pytest.mark.slow
def test_another_processors_arithmetic_gives_the_same_bytes(graph, calibration, tmp_path):
    """OpenBLAS is told to use an older processor's kernels and one thread: its sums differ in the last digit."""
    (tmp_path / "given.pickle").write_bytes(pickle.dumps((graph, calibration)))
    hashes = set()
    for changes in ({}, {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "1"}):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **changes}
        command = [sys.executable, "-c", ELSEWHERE, tmp_path / "given.pickle"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        hashes.add(done.stdout.splitlines()[-1])
    assert len(hashes) == 1
