"""The model as a TensorFlow SavedModel, for a server: TensorFlow Serving loads the folder as it is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_export.manifest import Manifest

SIGNATURE = "serving_default"
BATCH = 16


class _Served(tf.Module):  # type: ignore[misc]
    def __init__(self, model: keras.Model, manifest: Manifest, assets: Path) -> None:
        super().__init__()
        self._model = model
        self._temperature = manifest.temperature
        self._assets = [tf.saved_model.Asset(str(path)) for path in sorted(assets.iterdir())]
        size = manifest.input.size
        image = tf.TensorSpec((None, size, size, 3), tf.float32, name="image")
        self.answer = tf.function(self._answer, input_signature=[image])

    def _answer(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = self._model(image, training=False)
        return {"logits": logits, "scores": tf.nn.softmax(logits / self._temperature)}


def write_saved_model(model: keras.Model, manifest: Manifest, labels: str, folder: Path) -> None:
    """Write the SavedModel.

    Its signature `serving_default` takes `image`, float32 `(n, size, size, 3)`, RGB from 0 to 255 for any n, cropped
    and resized as the manifest says, and gives `logits` and `scores`, both float32 `(n, classes)`; scores are
    calibrated, the temperature is inside. `assets/` holds `classes.txt`, the names in output order, and
    `manifest.json`. The bytes are not the same each time: `fingerprint.pb` holds a random number, and
    `saved_model.pb` the numbers that TensorFlow gave its functions in this process.

    Args:
        model: input `(batch, size, size, 3)`, output logits.
        manifest: the bundle's.
        labels: content of classes.txt.
        folder: new.
    """
    with tempfile.TemporaryDirectory(prefix="sporeprint-assets-") as temporary:
        assets = Path(temporary)
        (assets / "classes.txt").write_text(labels, encoding="utf-8")
        (assets / "manifest.json").write_bytes(manifest.to_json())
        served = _Served(model, manifest, assets)
        tf.saved_model.save(served, str(folder), signatures={SIGNATURE: served.answer})


def saved_model_answers(folder: Path, images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits and scores, `(n, classes)` each, that the written folder gives for pictures `(n, size, size, 3)`."""
    loaded = tf.saved_model.load(str(folder))
    signature = loaded.signatures[SIGNATURE]
    parts: list[dict[str, Any]] = [
        signature(image=tf.constant(images[start : start + BATCH], tf.float32))
        for start in range(0, len(images), BATCH)
    ]
    logits, scores = (np.concatenate([part[name].numpy() for part in parts]) for name in ("logits", "scores"))
    return logits, scores
