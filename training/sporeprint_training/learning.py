"""From a backbone and a data set to a trained model and its logits on the held-out photos."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from sporeprint_training.backbones import Backbone
from sporeprint_training.balance import appearances
from sporeprint_training.batches import Batches, Floats, PhotoReader, Rows
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.errors import BadInput
from sporeprint_training.execution import answers, without_xla_on_cpu
from sporeprint_training.features import photo_features
from sporeprint_training.fitting import Epoch, Phase, fit
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.models import assemble, build_head
from sporeprint_training.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from sporeprint_training.dataset.store import Dataset


@dataclass(frozen=True)
class Learned:
    """A trained model and what training left behind."""

    model: keras.Model
    history: tuple[Epoch, ...]
    logits: dict[str, Floats]
    """For the splits "val" and "test", shape `(photos, classes)` in the order of `split_photos`."""
    features: dict[str, Floats]
    """The head's input for the splits "train", "val" and "test", shape `(photos, n_features)`, likewise."""
    seconds: dict[str, float]
    """By `features`, `head` and `fine_tune`."""


@dataclass(frozen=True)
class Task:
    """Everything that the phases share."""

    data: Dataset
    config: RunConfig
    spec: InputSpec
    backbone: Backbone
    tensorboard: Path
    cache: Path
    progress: Progress

    @property
    def n_classes(self) -> int:
        """Length of the logits."""
        return len(self.data.species)

    def paths(self, photos: pd.DataFrame) -> list[Path]:
        """Files of some rows."""
        return [self.data.folder / path for path in photos["path"]]


def split_photos(data: Dataset, split: str) -> pd.DataFrame:
    """Rows of one split in the data set's order."""
    return data.photos[data.photos["split"] == split].reset_index(drop=True)


def learn(task: Task) -> Learned:
    """Train as configured: the head on a frozen backbone's features, or the whole network from scratch; then fine-tune.

    Raises:
        StepFailed: the loss stopped being a number.
        BadInput: a photo cannot be decoded, or the backbone has no such layers to fine-tune.
    """
    check_layers(task)
    head = build_head(task.backbone.model.output_shape[1], task.n_classes, task.config.model.classifier.dropout)
    model = assemble(task.backbone, head)
    if task.backbone.pretrained:
        history, features, seconds = _train_head(task, head)
    else:
        history, features, seconds = _train_network(task, model, Phase("network", task.config.max_epochs, _rate(task)))
    if task.config.fine_tune.active:
        _unfreeze(task)
        tune = task.config.fine_tune
        more, features, tuned = _train_network(task, model, Phase("fine_tune", tune.epochs, tune.learning_rate))
        history, seconds = history + more, seconds | {"fine_tune": tuned["head"]}
    logits = {split: head(features[split], training=False).numpy() for split in ("val", "test")}
    return Learned(model, tuple(history), logits, features, {"features": 0.0, "fine_tune": 0.0} | seconds)


def _rate(task: Task) -> float:
    return task.config.model.learning_rate


Outcome = tuple[list[Epoch], dict[str, Floats], dict[str, float]]


def _train_head(task: Task, head: keras.Model) -> Outcome:
    started = time.monotonic()
    features = _features(task)
    seconds = {"features": time.monotonic() - started}
    started = time.monotonic()
    train, val = split_photos(task.data, "train"), split_photos(task.data, "val")
    draw = np.random.default_rng(task.config.seed)

    def views(rows: Rows) -> Floats:
        if "mirrored" not in features:
            return features["train"][rows]
        coin = draw.random(len(rows)) < 0.5
        return np.where(coin[:, None], features["mirrored"][rows], features["train"][rows])

    history = fit(
        head,
        _batches(task, views, train, draw),
        _batches(task, lambda rows: features["val"][rows], val, None),
        Phase("head", task.config.max_epochs, _rate(task)),
        task.config,
        task.tensorboard,
        task.progress,
    )
    return history, features, {**seconds, "head": time.monotonic() - started}


def _features(task: Task) -> dict[str, Floats]:
    views = [(split, split, False) for split in ("train", "val", "test")]
    if task.config.dataset.data_augmentation:
        views.append(("mirrored", "train", True))
    photos = {split: split_photos(task.data, split) for split in ("train", "val", "test")}
    features = {}
    with task.progress.step("Computing features", sum(len(photos[split]) for _, split, _ in views)) as done:
        for view, split, mirrored in views:
            features[view] = photo_features(
                task.backbone,
                task.paths(photos[split]),
                photos[split]["sha256"].tolist(),
                task.spec,
                task.cache,
                mirrored=mirrored,
                batch_size=task.config.batch_size,
                done=done,
            )
    return features


def _batches(task: Task, read: object, photos: pd.DataFrame, draw: np.random.Generator | None) -> Batches:
    labels, size, upsample = photos["label"].to_numpy(np.int32), task.config.batch_size, task.config.dataset.upsample
    shown = None
    if draw is not None and upsample not in ("none", 0):
        shown = appearances(np.bincount(labels, minlength=task.n_classes), upsample)
    return Batches(read, labels, task.n_classes, size, draw, shown=shown)  # type: ignore[arg-type]


def _train_network(task: Task, model: keras.Model, phase: Phase) -> Outcome:
    started = time.monotonic()
    photos = {split: split_photos(task.data, split) for split in ("train", "val", "test")}
    readers = {split: PhotoReader(task.paths(rows), task.spec) for split, rows in photos.items()}
    draw = np.random.default_rng(task.config.seed)
    # `fit` compiles a wrapper that shares the layers, so that no optimiser is saved with the model.
    augment = task.config.dataset.data_augmentation
    history = fit(
        augmented(model, task.config.seed) if augment else keras.Model(model.inputs, model.outputs),
        _batches(task, readers["train"].read, photos["train"], draw),
        _batches(task, readers["val"].read, photos["val"], None),
        phase,
        task.config,
        task.tensorboard,
        task.progress,
    )
    backbone, batch_size = task.backbone.model, task.config.batch_size
    features = {split: predict(backbone, reader, batch_size) for split, reader in readers.items()}
    return history, features, {"head": time.monotonic() - started}


def augmented(model: keras.Model, seed: int) -> keras.Model:
    """The same model behind random changes of the photo, which act in training only and are never exported."""
    image = keras.Input(model.input_shape[1:], name="photo")
    x = keras.layers.RandomFlip("horizontal", seed=seed)(image)
    x = keras.layers.RandomRotation(0.05, fill_mode="reflect", seed=seed + 1)(x)
    x = keras.layers.RandomZoom(0.15, fill_mode="reflect", seed=seed + 2)(x)
    x = keras.layers.RandomTranslation(0.08, 0.08, fill_mode="reflect", seed=seed + 3)(x)
    x = keras.layers.RandomBrightness(0.12, value_range=(0, 255), seed=seed + 4)(x)
    return keras.Model(image, model(x), name="augmented")


def predict(model: keras.Model, reader: PhotoReader, batch_size: int) -> Floats:
    """Outputs of a model for all photos of a reader: `(photos, classes)` where they are logits."""
    without_xla_on_cpu(model)
    parts = [answers(model, pixels, batch_size) for pixels in reader.in_order(batch_size)]
    return np.concatenate(parts) if parts else np.zeros((0, model.output_shape[1]), np.float32)


def check_layers(task: Task) -> None:
    """Refuse a fine-tuning that the backbone cannot do, before anything is computed.

    Raises:
        BadInput: `fine_tune.layers` is a number for a module that is one piece, or larger than the backbone.
    """
    layers, known = task.config.fine_tune.layers, len(task.backbone.layers)
    if task.config.fine_tune.active and isinstance(layers, int) and (layers > known or known == 1):
        raise BadInput(
            "fine_tune.layers is at most the number of layers with weights; a hub module is tuned as a whole",
            received=f"fine_tune.layers = {layers}, and {task.config.model.base} has {known}",
            next_step='Set it to "all"' + ("" if known == 1 else " or to a smaller number"),
        )


def _unfreeze(task: Task) -> None:
    layers = task.config.fine_tune.layers
    last = len(task.backbone.layers) if layers == "all" else int(layers)
    for index, layer in enumerate(reversed(task.backbone.layers)):
        # Batch norm keeps the statistics it came with: a few photos per batch would spoil them.
        frozen = task.backbone.pretrained and isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = index < last and not frozen
