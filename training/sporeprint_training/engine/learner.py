"""One training step: change the photos, forward, backward, update, and measure the gradients on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Augment = Callable[[Any, Any], tuple[Any, Any]]


class Learner(keras.Model):  # type: ignore[misc]
    """What `fit` trains: a network, and what acts on it in training only and is never saved with it.

    Args:
        network: gives logits `(batch, classes)`.
        augment: a layer that changes pixels `(batch, size, size, 3)`, float32 0 to 255, and one-hot labels together.
        weights_of_classes: in the loss, `(classes,)`; None where all are 1.

    Inputs of `fit`: `({"input": …, "produced": …}, one_hot)`, where `produced` says when each row's batch was ready, in
    seconds since 1970, shape `(batch,)`; `last_produced` keeps it, so that waiting can be told from computing.
    """

    def __init__(
        self,
        network: keras.Model,
        augment: Augment | None = None,
        weights_of_classes: NDArray[np.float32] | None = None,
    ) -> None:
        super().__init__(name="learner")
        self.network, self.augment = network, augment
        self._of_classes = None if weights_of_classes is None else tf.constant(weights_of_classes)
        self.last_produced = self.add_weight(name="produced", dtype="float64", initializer="zeros", trainable=False)
        self._norms = {
            name: kind(name=name)
            for name, kind in (
                ("gradient_norm", keras.metrics.Mean),
                ("gradient_norm_max", Largest),
                ("first_gradient_norm", keras.metrics.Mean),
                ("last_gradient_norm", keras.metrics.Mean),
            )
        }

    def build(self, input_shape: Any = None) -> None:
        """Nothing: the network is built."""
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Logits of what `fit` gives."""
        return self.network(tf.cast(inputs["input"], tf.float32), training=training)

    def train_step(self, data: Any) -> dict[str, Any]:
        """Learn from one batch."""
        inputs, labels = data
        values = tf.cast(inputs["input"], tf.float32)
        if self.augment is not None:
            values, labels = self.augment(values, labels)
        with tf.GradientTape() as tape:
            logits = self.network(values, training=True)
            loss = self.compute_loss(values, labels, logits, self._of_photos(labels), training=True)
            scaled = self.optimizer.scale_loss(loss)
        weights = self.trainable_weights
        gradients = tape.gradient(scaled, weights)
        self._measure(weights, gradients)
        self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self.last_produced.assign(tf.reduce_max(inputs["produced"]))
        return self._results(loss, labels, logits)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Judge one batch."""
        inputs, labels = data
        logits = self(inputs, training=False)
        loss = self.compute_loss(inputs, labels, logits, self._of_photos(labels), training=False)
        return self._results(loss, labels, logits)

    def _of_photos(self, labels: Any) -> Any:
        return None if self._of_classes is None else tf.linalg.matvec(labels, self._of_classes)

    def _results(self, loss: Any, labels: Any, logits: Any) -> dict[str, Any]:
        # Keras divides the loss by the number of replicas, because their gradients are added.
        whole = loss * tf.distribute.get_strategy().num_replicas_in_sync
        tracker = next(metric for metric in self.metrics if metric.name == "loss")
        tracker.update_state(whole, sample_weight=tf.shape(labels)[0])
        results: dict[str, Any] = self.compute_metrics(None, labels, logits)
        return results

    def _measure(self, weights: list[Any], gradients: list[Any]) -> None:
        # Half precision scales the loss up, and several replicas have a part of it each.
        scale = tf.cast(getattr(self.optimizer, "dynamic_scale", 1.0), tf.float32)
        scale /= tf.distribute.get_strategy().num_replicas_in_sync
        kernels = [index for index, weight in enumerate(weights) if len(weight.shape) > 1]
        norms = {
            "gradient_norm": tf.linalg.global_norm(gradients) / scale,
            "first_gradient_norm": tf.norm(gradients[kernels[0]]) / scale,
            "last_gradient_norm": tf.norm(gradients[kernels[-1]]) / scale,
        }
        for name, value in (*norms.items(), ("gradient_norm_max", norms["gradient_norm"])):
            # A step that half precision skips has no gradient to speak of.
            finite = tf.math.is_finite(value)
            self._norms[name].update_state(tf.where(finite, value, 0.0), sample_weight=tf.cast(finite, tf.float32))


class Largest(keras.metrics.Metric):  # type: ignore[misc]
    """The largest value of an epoch; 0 before the first."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.largest = self.add_variable((), "zeros", name="largest")

    def update_state(self, value: Any, sample_weight: Any = None) -> None:
        """Look at one more value; `sample_weight` 0 leaves it out."""
        self.largest.assign(tf.maximum(self.largest, value))

    def result(self) -> Any:
        """The largest value so far."""
        return tf.convert_to_tensor(self.largest)
