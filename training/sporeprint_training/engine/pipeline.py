"""tf.data pipelines whose order depends on seed, stage and epoch alone, so that a resumed epoch goes on as it began."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_training.balance import appearances, epoch_order
from sporeprint_training.batches import Floats, PhotoReader, Rows
from sporeprint_training.engine.plan import Stage
from sporeprint_training.engine.task import Task
from sporeprint_training.errors import SporeprintError

Order = Callable[[int], Rows]
"""Epoch to the rows that it shows, in order."""


@dataclass
class Cursor:
    """Where training stands; the pipeline begins there."""

    epoch: int = 0
    batch: int = 0
    """Batches of this epoch that were learned from already."""


class Source(Protocol):
    """Where the inputs of a split come from."""

    is_made: bool
    """Batches are made while training runs; otherwise they lie in memory, and nobody waits for them."""

    def draw(self, rows: Rows, seed: Sequence[int]) -> Rows:
        """Positions to load for the rows of one epoch; where a row has several views, one is drawn."""
        ...

    def load(self, positions: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
        """Positions, one by one, to batches of `(inputs, rows)`."""
        ...


class KeptPhotos:
    """Pixels exactly as the browser will see them, decoded once if all of them fit into memory."""

    is_made = True

    def __init__(self, reader: PhotoReader) -> None:
        self._reader = reader
        self.failed: SporeprintError | None = None
        """Why the last photo could not be read; TensorFlow raises an error of its own instead."""

    def draw(self, rows: Rows, seed: Sequence[int]) -> Rows:
        """The rows themselves."""
        return rows

    def load(self, positions: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
        """Batches of uint8 `(batch, size, size, 3)`, decoded by the reader's threads."""
        size = self._reader.spec.size

        def read(rows: Any) -> Any:
            pixels = tf.numpy_function(self._read, [rows], tf.uint8)
            return tf.ensure_shape(pixels, (None, size, size, 3)), rows

        return positions.batch(batch_size).map(read)

    def _read(self, rows: Rows) -> NDArray[np.uint8]:
        try:
            return self._reader.read(rows)
        except SporeprintError as error:
            self.failed = error
            raise


class Features:
    """Features of photos as they are and changed; every showing draws one of these views.

    Args:
        views: each `(photos, n_features)`, the first of the unchanged photos.
    """

    is_made = False

    def __init__(self, views: Sequence[Floats]) -> None:
        self._n_photos, self._n_views = len(views[0]), len(views)
        self._values = views[0] if len(views) == 1 else np.concatenate(views)

    def draw(self, rows: Rows, seed: Sequence[int]) -> Rows:
        """Row `r` of view `v` lies at `v * photos + r`."""
        if self._n_views == 1:
            return rows
        return rows + self._n_photos * np.random.default_rng(seed).integers(self._n_views, size=len(rows))

    def load(self, positions: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
        """Batches of float32 `(batch, n_features)`."""
        values = tf.constant(self._values)
        return positions.batch(batch_size).map(lambda place: (tf.gather(values, place), place % self._n_photos))


def batches(
    source: Source,
    labels: NDArray[np.int32],
    n_classes: int,
    batch_size: int,
    *,
    order: Order | None = None,
    cursor: Cursor | None = None,
    seed: Sequence[int] = (),
) -> tf.data.Dataset:
    """What `Learner` takes, `({"input", "produced"}, one_hot)`, of one epoch; iterate anew for the next.

    Args:
        source: of the inputs.
        labels: class of each row.
        n_classes: length of the one-hot rows.
        batch_size: rows per batch; the last one may be smaller.
        order: rows of each epoch; None takes all as they are.
        cursor: epoch and batch to begin with, looked at when an iteration starts; None is the first.
        seed: of the draw of views, with the epoch.
    """
    start = cursor or Cursor()

    def positions() -> Iterator[Rows]:
        rows = np.arange(len(labels)) if order is None else order(start.epoch)
        yield source.draw(rows, [*seed, start.epoch])[start.batch * batch_size :]

    one_by_one = tf.data.Dataset.from_generator(positions, output_signature=tf.TensorSpec((None,), tf.int64)).flat_map(
        tf.data.Dataset.from_tensor_slices
    )
    of_rows = tf.constant(labels)

    def finish(inputs: Any, rows: Any) -> Any:
        # TensorFlow's own clock is refused where operations have to be deterministic.
        now = tf.numpy_function(time.time, [], tf.float64) if source.is_made else tf.zeros((), tf.float64)
        produced = tf.fill(tf.shape(rows), now)
        return {"input": inputs, "produced": produced}, tf.one_hot(tf.gather(of_rows, rows), n_classes)

    return source.load(one_by_one, batch_size).map(finish).prefetch(2)


def shown_rows(task: Task, stage: Stage, labels: NDArray[np.int32]) -> Order:
    """Which photos an epoch of a stage shows, in which order; a function of seed, stage and epoch alone."""
    config = task.config.dataset
    shown = None
    if config.upsample not in ("none", 0):
        shown = appearances(np.bincount(labels, minlength=task.n_classes), config.upsample)
    balanced = config.sampling == "balanced"
    return lambda epoch: epoch_order(labels, task.config.seed, stage.index, epoch, shown=shown, balanced=balanced)
