"""From a backbone and a data set to a trained model and its logits on the held-out photos."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_training.augmentation import Augmenter
from sporeprint_training.batches import Floats, PhotoReader
from sporeprint_training.engine.checkpoints import Content
from sporeprint_training.engine.feature_views import SplitFeatures, task_features
from sporeprint_training.engine.fit import Fitting, assign, fit, values
from sporeprint_training.engine.learner import Learner
from sporeprint_training.engine.ledger import Ledger
from sporeprint_training.engine.network import Trainee, check_stages, set_learning
from sporeprint_training.engine.optimisers import class_weights
from sporeprint_training.engine.outcome import Learned, predict
from sporeprint_training.engine.pipeline import Cursor, Features, KeptPhotos, Source, batches, shown_rows
from sporeprint_training.engine.plan import Stage, plan
from sporeprint_training.engine.signals import SIGNAL_PHOTOS, signals_after, signals_before
from sporeprint_training.engine.streaming import StreamedPhotos
from sporeprint_training.engine.task import SPLITS, Task
from sporeprint_training.engine.unfinished import LAST_GOOD_FILE, TENSORBOARD_FOLDER
from sporeprint_training.engine.warm_start import copy_head
from sporeprint_training.engine.watchers import LossIsNoNumber
from sporeprint_training.errors import StepFailed
from sporeprint_training.history import Epoch, StageSignals
from sporeprint_training.models import assemble, build_head

VALIDATION_BATCH = 1024
"""Rows of features that are judged at once."""


def learn(task: Task) -> Learned:
    """Train as configured, from the start or from the checkpoint that the task's place holds.

    Raises:
        StepFailed: the loss stopped being a number.
        BadInput: a photo cannot be decoded, or the backbone cannot do what a stage asks for.
    """
    training = Training(task)
    training.run()
    return training.learned()


class Training:
    """A task while it is trained: its model, what is written down, and whether the backbone has changed."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.stages = plan(task.config, pretrained=task.backbone.pretrained)
        check_stages(task.config, task.backbone, self.stages)
        with task.strategy.scope():
            width, dropout = task.backbone.model.output_shape[1], task.config.model.classifier.dropout
            self.head = build_head(width, task.n_classes, dropout, task.config.seed)
            self.model = assemble(task.backbone, self.head)
        if task.warm:
            copy_head(task.warm.model, task.warm.run, task.data.species["scientific_name"].tolist(), self.head)
        self.ledger = Ledger()
        self.seconds: dict[str, float] = {"features": 0.0}
        self.changed = self.stopped = False
        self.first, self.within = 0, None
        self._readers: dict[str, PhotoReader] = {}
        self._features: SplitFeatures | None = None
        resumed = task.place.resumed if task.place else None
        if resumed:
            self._take_up(resumed)

    def _take_up(self, content: Content) -> None:
        self.first, self.within = content["stage"], content["within"]
        self.ledger, self.seconds, self.changed = Ledger.of(content["ledger"]), content["seconds"], content["changed"]
        assign(self.head.variables, content["head"])
        if content["backbone"] is not None:
            assign(self.task.backbone.model.variables, content["backbone"])

    def _keep(self, stage: int, within: Content | None) -> None:
        if self.task.place is None:
            return
        # Within a stage in which the whole network learns, `within` has it.
        apart = self.changed and not (within and self.stages[stage].whole_network)
        self.task.place.save(
            {
                "stage": stage,
                "within": within,
                "ledger": self.ledger.content(),
                "seconds": self.seconds,
                "changed": self.changed,
                "head": values(self.head.variables),
                "backbone": values(self.task.backbone.model.variables) if apart else None,
            }
        )

    def run(self) -> None:
        """Go through all stages that are not over.

        Raises:
            StepFailed: the loss stopped being a number.
            BadInput: a photo cannot be decoded.
        """
        for stage in self.stages[self.first :]:
            if not self.stopped:
                self._train(stage)

    def _train(self, stage: Stage) -> None:
        within, self.within = self.within, None
        with self.task.strategy.scope():
            if stage.whole_network:
                self._train_network(stage, within)
            else:
                self._train_head(stage, within)
        self._keep(stage.index + 1, None)

    def _train_head(self, stage: Stage, within: Content | None) -> None:
        found = self._split_features(stage)
        with self._timed(stage.name):
            self._fit(
                stage,
                self.head,
                None,
                Features([found.plain["train"], *found.views]),
                Features([found.plain["val"]]),
                lambda: found.plain["val"][:SIGNAL_PHOTOS],
                within,
            )

    def _split_features(self, stage: Stage) -> SplitFeatures:
        with self._timed("features"):
            self._features = task_features(self.task, stage.augmentation, cached=not self.changed)
        return self._features

    def _train_network(self, stage: Stage, within: Content | None) -> None:
        self.changed, self._features = True, None
        with self._timed(stage.name):
            trainee = Trainee(self.task, self.model)
            set_learning(trainee.backbone, stage)
            some = PhotoReader(self._reader("val").paths[:SIGNAL_PHOTOS], self.task.spec)
            try:
                self._fit(
                    stage,
                    trainee.network,
                    self._augmenter(stage),
                    self._training_photos(),
                    KeptPhotos(self._reader("val")),
                    lambda: predict(trainee.backbone.model, some, stage.batch_size),
                    within,
                )
            finally:
                trainee.give_back()

    def _fit(
        self,
        stage: Stage,
        network: keras.Model,
        augment: Any,
        train: Source,
        val: Source,
        some_features: Callable[[], Floats],
        within: Content | None,
    ) -> None:
        labels = {split: self.task.labels(split) for split in ("train", "val")}
        counts = np.bincount(labels["train"], minlength=self.task.n_classes)
        if not within:
            self.ledger.signals.append(self._signals(stage, network, some_features(), labels["val"], counts))
        cursor = Cursor(within["fit"]["epoch"], within["fit"]["batch"]) if within else Cursor()
        order = shown_rows(self.task, stage, labels["train"])
        seed = (self.task.config.seed, stage.index)
        names = self.task.data.species["scientific_name"].tolist()
        learner = Learner(network, augment, class_weights(self.task.config.model, names, counts))
        judged = stage.batch_size if stage.whole_network else VALIDATION_BATCH
        with self._failures(stage, train, val):
            fit(
                learner,
                batches(
                    train, labels["train"], self.task.n_classes, stage.batch_size, order=order, cursor=cursor, seed=seed
                ),
                batches(val, labels["val"], self.task.n_classes, judged),
                self._fitting(stage, -(-len(order(0)) // stage.batch_size), cursor, within),
            )
        self.ledger.signals[-1] = signals_after(self.ledger.signals[-1], some_features())

    def _signals(
        self,
        stage: Stage,
        network: keras.Model,
        features: Floats,
        labels: NDArray[np.int32],
        counts: NDArray[np.int64],
    ) -> StageSignals:
        logits = self.head(features, training=False).numpy()
        return signals_before(
            network,
            stage,
            features,
            logits,
            labels[: len(features)],
            pretrained=self.task.backbone.pretrained,
            class_counts=counts,
        )

    def _fitting(self, stage: Stage, steps_per_epoch: int, cursor: Cursor, within: Content | None) -> Fitting:
        place = self.task.place

        def after_epoch(row: Epoch) -> bool:
            self.ledger.history.append(row)
            if place:
                place.tell(row, stage.epochs)
            self.stopped = self.task.watch(self.ledger)
            return self.stopped

        return Fitting(
            stage=stage,
            config=self.task.config,
            steps_per_epoch=steps_per_epoch,
            cursor=cursor,
            progress=self.task.progress,
            after_epoch=after_epoch,
            save=(lambda content: self._keep(stage.index, {"fit": content})) if place else None,
            tensorboard=place.folder / TENSORBOARD_FOLDER if place else None,
            resumed=within["fit"] if within else None,
        )

    @contextmanager
    def _failures(self, stage: Stage, *sources: Source) -> Iterator[None]:
        try:
            yield
        except LossIsNoNumber as error:
            raise self._no_number(stage, error) from None
        except tf.errors.ResourceExhaustedError:
            raise
        except tf.errors.OpError:
            # TensorFlow has put the reader's error into words of its own.
            for source in sources:
                if isinstance(source, (KeptPhotos, StreamedPhotos)) and source.failed:
                    raise source.failed from None
            raise

    def _no_number(self, stage: Stage, error: LossIsNoNumber) -> StepFailed:
        key, rate, kept = stage.learning_rate_key, stage.learning_rate, ""
        if self.task.place:
            path = self.task.place.folder / LAST_GOOD_FILE
            self.model.save(path)
            kept = f"; the model as it was before is {path}"
        return StepFailed(
            "The loss stays a finite number",
            received=f"{error} with {key} = {rate:g}{kept}",
            next_step=f"Lower {key}, to {rate / 10:g} for a start",
        )

    def _augmenter(self, stage: Stage) -> Augmenter | None:
        if stage.augmentation is None:
            return None
        return Augmenter(stage.augmentation, self.task.spec.size, self.task.config.seed, stage.index)

    def _training_photos(self) -> Source:
        reader = self._reader("train")
        return KeptPhotos(reader) if reader.keeps else StreamedPhotos(reader)

    def _reader(self, split: str) -> PhotoReader:
        if split not in self._readers:
            self._readers[split] = PhotoReader(self.task.paths(self.task.photos(split)), self.task.spec)
        return self._readers[split]

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - started

    def learned(self) -> Learned:
        """The outcome, with the answers of the model as it is now."""
        if self._features is None:
            with self._timed("features"):
                if self.changed:
                    backbone, size = self.task.backbone.model, self.task.config.batch_size
                    plain = {split: predict(backbone, self._reader(split), size) for split in SPLITS}
                else:
                    plain = task_features(self.task, None, cached=True).plain
        else:
            plain = self._features.plain
        logits = {split: self.head(plain[split], training=False).numpy() for split in ("val", "test")}
        history, signals = tuple(self.ledger.history), tuple(self.ledger.signals)
        return Learned(self.model, history, signals, logits, plain, self.seconds)
