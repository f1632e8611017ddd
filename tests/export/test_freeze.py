"""The frozen graph: what does not depend on the photo is a constant, and the same one on every processor."""

import keras
import numpy as np
import tensorflow as tf

from sporeprint_export.freeze import freeze


def test_the_root_in_batch_norms_scale_is_rounded_correctly():
    """TensorFlow's own is not, for a fifth of all values; how far it is off depends on the processor."""
    image = keras.Input((8, 8, 3))
    norm = keras.layers.BatchNormalization(epsilon=1e-3)
    x = norm(keras.layers.Conv2D(512, 1, use_bias=False, kernel_initializer="ones")(image))
    model = keras.Model(image, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x)))
    variance = np.random.default_rng(0).uniform(0.01, 4, 512).astype(np.float32)
    norm.moving_variance.assign(variance)
    graph = freeze(model)
    assert "Rsqrt" not in {node.op for node in graph.node}
    exact = (1 / np.sqrt((variance + np.float32(1e-3)).astype(np.float64))).astype(np.float32)
    constants = (tf.make_ndarray(node.attr["value"].tensor) for node in graph.node if node.op == "Const")
    # The scale was multiplied into the weights, which were ones.
    (weights,) = (value for value in constants if value.shape == (1, 1, 3, 512))
    np.testing.assert_array_equal(weights[0, 0], np.stack([exact] * 3))
    approximate = tf.math.rsqrt(variance + np.float32(1e-3)).numpy()
    assert not np.array_equal(approximate, exact), "or this test shows nothing on this machine"
