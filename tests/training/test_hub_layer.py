from __future__ import annotations

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from sporeprint_training.hub_layer import HubLayer, image_size, load_module

SIZE = 8


def save_module(folder: Path) -> Path:
    """Mean colour less moving statistics that training updates, times a trainable kernel: `(batch, 5)`."""
    module = tf.train.Checkpoint()
    kernel, moving_mean = tf.Variable(tf.ones((3, 5))), tf.Variable(tf.zeros(3), trainable=False)

    @tf.function
    def call(image, training=False):
        mean = tf.reduce_mean(image, (1, 2))
        if training:
            moving_mean.assign(0.5 * moving_mean + 0.5 * tf.reduce_mean(mean, 0))
        return (mean - moving_mean) @ kernel

    for training in (False, True):
        call.get_concrete_function(tf.TensorSpec((None, SIZE, SIZE, 3)), training=training)
    module.variables, module.trainable_variables = [kernel, moving_mean], [kernel]
    module.regularization_losses = [tf.function(lambda: tf.reduce_sum(tf.square(kernel)), input_signature=[])]
    module.__call__ = call
    tf.saved_model.save(module, str(folder))
    return folder


def make_model(folder: Path) -> tuple[keras.Model, HubLayer]:
    layer = HubLayer.from_module(load_module(folder), folder, SIZE, name="hub_module")
    image = keras.Input((SIZE, SIZE, 3))
    return keras.Model(image, keras.layers.Dense(2)(layer(image))), layer


def fit(model: keras.Model) -> None:
    images = np.random.default_rng(0).random((16, SIZE, SIZE, 3), np.float32)
    model.compile(keras.optimizers.Adam(0.1), "mse", jit_compile=False)
    model.fit(images, images.mean((1, 2))[:, :2], epochs=2, verbose=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_module(tmp_path / "module")


def test_the_layer_answers_as_the_module_does(folder):
    _, layer = make_model(folder)
    image = np.random.default_rng(1).random((2, SIZE, SIZE, 3), np.float32)
    np.testing.assert_allclose(layer(image).numpy(), load_module(folder)(image, training=False).numpy(), atol=1e-6)
    assert image_size(load_module(folder)) == SIZE


def test_a_frozen_module_does_not_move_not_even_its_statistics(folder):
    model, layer = make_model(folder)
    layer.trainable = False
    before = [value.copy() for value in layer.get_weights()]
    fit(model)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_trainable_module_learns_kernel_and_statistics(folder):
    model, layer = make_model(folder)
    assert [variable.trainable for variable in layer.variables].count(True) == 1
    before = [value.copy() for value in layer.get_weights()]
    fit(model)
    assert all(not np.array_equal(old, new) for old, new in zip(before, layer.get_weights(), strict=True))


def test_the_modules_own_regularisation_counts_only_while_it_learns(folder):
    _, layer = make_model(folder)
    image = np.zeros((1, SIZE, SIZE, 3), np.float32)
    layer(image, training=True)
    assert [float(loss) for loss in layer.losses] == [15.0]
    layer.trainable = False
    layer(image, training=True)
    assert layer.losses == []


def test_keras_and_module_share_their_variables(folder):
    _, layer = make_model(folder)
    layer.set_weights([np.full_like(value, 2) for value in layer.get_weights()])
    image = np.full((1, SIZE, SIZE, 3), 3, np.float32)
    np.testing.assert_allclose(layer(image).numpy(), np.full((1, 5), 6), atol=1e-5)


def test_a_fine_tuned_model_loads_where_the_folder_no_longer_exists(folder, tmp_path):
    model, _ = make_model(folder)
    fit(model)
    image = np.random.default_rng(2).random((3, SIZE, SIZE, 3), np.float32)
    expected = model.predict(image, verbose=0)
    model.save(tmp_path / "model.keras")
    shutil.rmtree(folder)
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(image, verbose=0), expected, atol=1e-6)
    loaded.save(tmp_path / "again.keras")
    again = keras.saving.load_model(tmp_path / "again.keras")
    np.testing.assert_allclose(again.predict(image, verbose=0), expected, atol=1e-6)


def test_a_loaded_model_can_go_on_learning(folder, tmp_path):
    model, _ = make_model(folder)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    before = [value.copy() for value in loaded.get_layer("hub_module").get_weights()]
    fit(loaded)
    after = loaded.get_layer("hub_module").get_weights()
    assert all(not np.array_equal(old, new) for old, new in zip(before, after, strict=True))


def test_something_else_than_a_hub_module_is_refused(tmp_path):
    tf.saved_model.save(tf.Module(), str(tmp_path / "plain"))
    with pytest.raises(ValueError, match="TensorFlow Hub interface"):
        load_module(tmp_path / "plain")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "saved_model.pb").write_bytes(b"\x00garbage")
    with pytest.raises(ValueError, match="SavedModel"):
        load_module(tmp_path / "broken")
