"""What pretrained networks are made of survives the export; every backbone at its real size: `benchmarks/backbones`."""

import base64

import keras
import numpy as np
import pytest

from backbones_benchmark.drawn_weights import take_statistics
from sporeprint_export.canonical import canonical
from sporeprint_export.convert import convert
from sporeprint_export.fold import fold
from sporeprint_export.freeze import freeze
from sporeprint_export.padding import absorb_padding
from sporeprint_export.replay import replay
from sporeprint_training.backbones import build_backbone
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.weights import find_weights

SIZE = 96


@pytest.fixture(scope="module")
def photos():
    """Six pictures of large colour patches."""
    patches = np.random.default_rng(3).integers(0, 256, (6, 6, 6, 3), np.uint8)
    return patches.repeat(SIZE // 6, axis=1).repeat(SIZE // 6, axis=2)


@pytest.fixture(scope="module")
def three_in_one(photos):
    """Inception v3, EfficientNet v2 and ResNet18 side by side under one head: the conversion is made once for all."""
    keras.utils.set_random_seed(0)
    image = keras.Input((SIZE, SIZE, 3), name="image")
    features = []
    for base in ("inception_v3", "efficientnet_v2_b0", "resnet18"):
        model = ModelConfig(base=base, weights="none")
        backbone = build_backbone(model, find_weights(model), SIZE)
        # Without statistics of its own, a random network answers the same to every picture.
        take_statistics(backbone, photos)
        network = keras.Model(backbone.model.input, backbone.model.output, name=base)
        features.append(keras.layers.Rescaling(_one_over_spread(network, photos))(network(image)))
    head = keras.layers.Dense(5, name="head_logits")
    return keras.Model(image, head(keras.layers.Concatenate()(features)))


def _one_over_spread(network, photos):
    return 1 / float(network(photos.astype(np.float32), training=False).numpy().std())


@pytest.fixture(scope="module")
def graph(three_in_one):
    """The graph that phones would get."""
    return canonical(absorb_padding(convert(fold(freeze(three_in_one)))))


def test_the_exported_graph_answers_as_the_networks_do(three_in_one, graph, photos):
    expected = three_in_one.predict_on_batch(photos.astype(np.float32))
    spread = expected.std(axis=0).min()
    assert spread > 0.05, "answers that do not depend on the picture would prove nothing"
    # Random networks amplify rounding: 0.0023 of the spread was measured. A wrong operation changes all of it.
    np.testing.assert_allclose(replay(graph, photos), expected, atol=0.01 * spread)


def test_every_batch_norm_and_padding_of_theirs_became_part_of_a_convolution(graph):
    nodes = {node["name"]: node for node in graph.nodes}
    biases = [
        graph.weights[node["input"][2]]
        for node in graph.nodes
        if b"BiasAdd"
        in [base64.b64decode(step) for step in node["attr"].get("fused_ops", {}).get("list", {}).get("s", [])]
    ]
    # Inception has 94 convolutions, ResNet18 20. EfficientNet's depthwise ones keep a bias of their own.
    assert len(biases) >= 94 + 20 + 60
    assert {bias.ndim for bias in biases} == {1}
    pads = [node for node in graph.nodes if node["op"] in ("Pad", "PadV2")]
    readers = [node["op"] for node in graph.nodes for pad in pads if pad["name"] in node.get("input", [])]
    assert readers == ["MaxPool"], "only the maximum cannot take zeros for padding"
    assert "FusedBatchNormV3" not in {node["op"] for node in nodes.values()}
