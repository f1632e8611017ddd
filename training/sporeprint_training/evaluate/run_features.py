"""Features of every photo of a data set, from the network that the run answers with."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from numpy.typing import NDArray

from sporeprint_training.artefact import sha256_file
from sporeprint_training.backbones import Backbone
from sporeprint_training.dataset.store import Dataset
from sporeprint_training.engine.plan import plan
from sporeprint_training.engine.prepare import FEATURES_FOLDER
from sporeprint_training.execution import without_xla_on_cpu
from sporeprint_training.features import photo_features
from sporeprint_training.models import HEAD_LAYERS, LOGITS_LAYER, load_model
from sporeprint_training.progress import Progress
from sporeprint_training.run import MODEL_FILE, Run
from sporeprint_training.weights import WeightsSource


def run_features(run: Run, data: Dataset, progress: Progress) -> NDArray[np.float32]:
    """What the run's model knows of each photo before its head: `(photos, n_features)`, in the data set's order.

    The features of a frozen backbone are those that training kept beside the runs; others are computed once.

    Raises:
        BadInput: the model or a photo cannot be read.
    """
    body, _ = body_and_head(run)
    record = run.record
    stages = plan(record.config, pretrained=bool(record.weights_sha256))
    frozen = bool(record.weights_sha256) and not any(stage.whole_network for stage in stages)
    # A backbone that learned is known by the model's own file.
    weights = record.weights_sha256 if frozen else sha256_file(run.folder / MODEL_FILE)
    source = WeightsSource(kind="file", location=str(run.folder / MODEL_FILE), sha256=weights)
    photos = data.photos
    with progress.step("Computing features", len(photos)) as done:
        return photo_features(
            Backbone(record.config.model.base, body, (), source, record.input.size),
            [data.folder / path for path in photos["path"]],
            photos["sha256"].tolist(),
            record.input,
            run.folder.parent / FEATURES_FOLDER,
            batch_size=record.config.batch_size,
            done=done,
        )


def body_and_head(run: Run) -> tuple[keras.Model, Callable[[NDArray[np.float32]], NDArray[np.float32]]]:
    """A run's model up to its head, and the head: features `(photos, n_features)` to logits.

    Raises:
        BadInput: the model cannot be read.
    """
    model = load_model(run)
    body = keras.Model(model.input, model.get_layer(HEAD_LAYERS[0]).input, name="body")
    without_xla_on_cpu(body)
    dense = model.get_layer(LOGITS_LAYER)
    return body, lambda features: np.asarray(dense(features))
