"""Folding keeps the answers and leaves nothing that the browser would compute in vain."""

from collections import Counter

import keras
import numpy as np
import pytest
import tensorflow as tf
from google.protobuf.json_format import MessageToDict

from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.fold import fold
from sporeprint_export.freeze import freeze
from sporeprint_export.replay import replay
from sporeprint_training.images import read_input
from sporeprint_training.input_spec import InputSpec

RANDOM = np.random.default_rng(0)
VECTOR = tf.constant(RANDOM.uniform(0.5, 2, 8), tf.float32)


def run(graph, images):
    # `replay` wants constants apart from the graph, as model.json has them.
    weights = {n.name: tf.make_ndarray(n.attr["value"].tensor) for n in graph.node if n.op == "Const"}
    return replay(ConvertedGraph([MessageToDict(n) for n in graph.node], weights, graph.versions.producer, {}), images)


def nodes_used(graph):
    nodes = {node.name: node for node in graph.node}
    found, queue = set(), ["logits"]
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue.extend(source.split(":")[0] for source in nodes[name].input)
    return Counter(nodes[name].op for name in found)


class Affine(keras.layers.Layer):
    """A layer that only does what it is given."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def call(self, x):
        return self.change(x)


def chain(change):
    image = keras.Input((32, 32, 3), name="image")
    x = keras.layers.ReLU()(Affine(change)(keras.layers.Conv2D(8, 3, use_bias=False)(image)))
    return keras.Model(image, keras.layers.Dense(4)(keras.layers.GlobalAveragePooling2D()(x)))


def test_folding_keeps_the_logits(network, images):
    frozen = freeze(network)
    expected = network.predict_on_batch(images.astype(np.float32))
    np.testing.assert_allclose(run(frozen, images), expected, atol=5e-5)
    np.testing.assert_allclose(run(fold(frozen), images), expected, atol=5e-5)


def test_batch_norm_stays_only_where_no_convolution_comes_before(network):
    used = nodes_used(fold(freeze(network)))
    assert used["Mul"] == 3, "the pixels' scaling, the batch norm after pooling, and the slope of PReLU"
    assert used["BiasAdd"] == 6


def test_folding_does_not_change_its_argument(network):
    frozen = freeze(network)
    before = frozen.SerializeToString(deterministic=True)
    fold(frozen)
    assert frozen.SerializeToString(deterministic=True) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x - VECTOR,
        lambda x: VECTOR - x,
        lambda x: x / VECTOR + 1.0,
        lambda x: (x + VECTOR) * VECTOR * 2.0,
        lambda x: tf.compat.v1.nn.fused_batch_norm(
            x, VECTOR, VECTOR, mean=VECTOR, variance=VECTOR, epsilon=0.5, is_training=False
        )[0],
    ],
    ids=["minus", "from", "divide", "several", "batch_norm_op"],
)
def test_every_way_of_scaling_channels_becomes_one_bias(change, images):
    model = chain(change)
    folded = fold(freeze(model))
    expected = np.asarray(model(images.astype(np.float32)))
    np.testing.assert_allclose(run(folded, images), expected, rtol=1e-4, atol=1e-4)
    used = nodes_used(folded)
    assert not {"Mul", "AddV2", "Sub", "RealDiv", "FusedBatchNorm", "FusedBatchNormV3"} & set(used)
    assert used["BiasAdd"] == 1, "the head's bias is zero and was dropped"


@pytest.mark.parametrize(
    "change",
    [
        lambda x: 2.0 / x,
        lambda x: x * tf.reshape(tf.range(30, dtype=tf.float32), (1, 30, 1, 1)),
        lambda x: tf.nn.relu(x + VECTOR) + x,
        lambda x: x * x,
    ],
    ids=["reciprocal", "by_row", "used_twice", "square"],
)
def test_what_is_no_scaling_of_channels_stays(change, images):
    model = chain(change)
    expected = np.asarray(model(images.astype(np.float32)))
    np.testing.assert_allclose(run(fold(freeze(model)), images), expected, rtol=1e-4)


def test_real_mobilenet_keeps_its_features_on_real_photos(real_data):
    spec = InputSpec(size=224)
    image = keras.Input((224, 224, 3), name="image")
    plain = keras.applications.MobileNetV2(input_shape=(224, 224, 3), include_top=False, pooling="avg", weights=None)
    plain.load_weights(real_data / "weights" / "mobilenet_v2_1.0_224_imagenet_notop.weights.h5")
    model = keras.Model(image, plain(keras.layers.Rescaling(1 / 127.5, offset=-1.0)(image)))
    photos = [next(iter(sorted(folder.glob("*.jpg")))) for folder in sorted((real_data / "fungi20").iterdir())[:4]]
    images = np.stack([read_input(photo, spec) for photo in photos])
    folded = fold(freeze(model))
    np.testing.assert_allclose(run(folded, images), model.predict_on_batch(images.astype(np.float32)), atol=5e-5)
    assert nodes_used(folded)["BiasAdd"] == 52
