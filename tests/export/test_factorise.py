"""The factorised head in the graph: the same answers at full rank, and still a head of its own."""

from dataclasses import replace

import numpy as np
import pytest

from sporeprint_export.activation import ACTIVATION, add_class_activation
from sporeprint_export.browser_ops import check_ops
from sporeprint_export.canonical import canonical, head_weights
from sporeprint_export.factorise import factorise, head_features, linear_head
from sporeprint_export.low_rank import decompose
from sporeprint_export.replay import replay
from sporeprint_export.shards import write_graph


@pytest.fixture(scope="module")
def features(graph, images):
    return head_features(graph, images)


def test_features_times_kernel_plus_bias_are_the_logits(graph, images, features):
    head = linear_head(graph)
    assert features.shape == (len(images), 24)
    np.testing.assert_allclose(features @ head.kernel + head.bias, replay(graph, images), atol=1e-5)


def test_at_full_rank_the_answers_stay(graph, images, features):
    np.testing.assert_allclose(replay(factorise(graph, 4, features), images), replay(graph, images), atol=1e-4)


def test_at_a_smaller_rank_the_graph_computes_the_two_products_and_the_bias(graph, images, features):
    head = linear_head(graph)
    factors = decompose(head.kernel, features).cut(2)
    expected = features @ factors.left @ factors.right + head.bias
    found = factorise(graph, 2, features)
    np.testing.assert_allclose(replay(found, images), expected, atol=1e-4)
    assert not np.allclose(expected, replay(graph, images), atol=1e-2)
    check_ops((node["name"], node["op"]) for node in found.nodes)


def test_both_matrices_and_the_bias_are_the_head_and_the_old_one_is_gone(graph, features):
    found = factorise(graph, 2, features)
    assert sorted(value.shape for value in head_weights(found).values()) == [(2, 4), (4,), (24, 2)]
    assert not [value for value in found.weights.values() if value.shape == (24, 4)]
    assert canonical(found) == found
    assert linear_head(found) is None


def test_the_backbones_bytes_stay_with_another_head_of_another_rank(graph, features):
    retrained = replace(graph, weights={**graph.weights, **{n: v * 2 for n, v in head_weights(graph).items()}})
    files = [
        write_graph(factorise(one, rank, features), "float32", size=32, classes=4)
        for one, rank in ((graph, 2), (retrained, 3))
    ]
    assert files[0].backbone == files[1].backbone
    assert files[0].head.keys().isdisjoint(files[1].head)


def test_the_activation_map_goes_through_both_products(graph, images, features):
    found = add_class_activation(factorise(graph, 2, features))
    maps, bias = replay(found, images, output=ACTIVATION), linear_head(graph).bias
    np.testing.assert_allclose(maps.mean(axis=(1, 2)) + bias, replay(found, images), atol=1e-4)


def test_a_head_is_factorised_once_and_within_its_rank(graph, features):
    with pytest.raises(ValueError, match="in one piece"):
        factorise(factorise(graph, 2, features), 1, features)
    with pytest.raises(ValueError, match="at least rank 5"):
        factorise(graph, 5, features)
