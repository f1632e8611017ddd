"""One training as anyone would write it: the frozen backbone in the model, decoded photos in memory, `model.fit`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sporeprint_training.backbones import build_backbone
from sporeprint_training.batches import PhotoReader
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.engine.prepare import prepare
from sporeprint_training.engine.task import split_photos
from sporeprint_training.execution import jit
from sporeprint_training.models import assemble, build_head


def plain_fit(dataset: Path, config: RunConfig, epochs: int | None = None) -> Mapping[str, Any]:
    """Train, and say how long `fit` took: decoding and building the model do not count.

    Args:
        dataset: folder of a data set.
        config: one combination of the grid.
        epochs: stop after so many; None goes on until early stopping or the config's end.

    Returns:
        `seconds` of `fit`, `epochs` that it trained, and the best `val_accuracy`.
    """
    prepared = prepare(dataset, config)
    keras.utils.set_random_seed(config.seed)
    backbone = build_backbone(config.model, prepared.source, config.input.size)
    backbone.model.trainable = False
    n_classes = len(prepared.data.species)
    model = assemble(backbone, build_head(backbone.model.output_shape[1], n_classes, config.model.classifier.dropout))
    pixels, labels = {}, {}
    for split in ("train", "val"):
        photos = split_photos(prepared.data, split)
        reader = PhotoReader([prepared.data.folder / path for path in photos["path"]], config.input.spec(backbone.size))
        pixels[split] = reader.read(np.arange(len(photos)))
        labels[split] = keras.utils.to_categorical(photos["label"], n_classes)
    model.compile(
        keras.optimizers.Adam(config.model.learning_rate),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.model.label_smoothing),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=jit(),
    )
    stopping = config.callbacks.early_stopping
    callbacks = []
    if stopping:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                stopping.monitor, patience=stopping.patience, start_from_epoch=stopping.start_from_epoch,
                restore_best_weights=stopping.restore_best_weights,
            )
        )  # fmt: skip
    started = time.perf_counter()
    history = model.fit(
        pixels["train"], labels["train"], batch_size=config.batch_size, epochs=epochs or config.max_epochs,
        validation_data=(pixels["val"], labels["val"]), callbacks=callbacks, verbose=0,
    )  # fmt: skip
    reached = history.history["val_accuracy"]
    return {"seconds": time.perf_counter() - started, "epochs": len(reached), "val_accuracy": max(reached)}
