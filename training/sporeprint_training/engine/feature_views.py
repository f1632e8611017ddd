"""Features of all photos of a task, as they are and changed, from the backbone as it is now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sporeprint_training.augmentation import Augmenter
from sporeprint_training.batches import Floats, PhotoReader
from sporeprint_training.config_photos import AugmentationConfig
from sporeprint_training.engine.task import SPLITS, Task
from sporeprint_training.features import View, forward, photo_features

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SplitFeatures:
    """The head's inputs."""

    plain: dict[str, Floats]
    """By split, `(photos, n_features)`."""
    views: tuple[Floats, ...]
    """Of the train split, changed."""


def task_features(task: Task, augmentation: AugmentationConfig | None, *, cached: bool) -> SplitFeatures:
    """Run every photo through the backbone, unless its features are known.

    Args:
        task: its backbone is used.
        augmentation: says which changed views of the train split are wanted.
        cached: the backbone is as it was published, so that its features are the same in every run.

    Raises:
        BadInput: a photo cannot be decoded.
    """
    photos = {split: task.photos(split) for split in SPLITS}
    wanted = [*(_Wanted(split) for split in SPLITS), *_views(task, augmentation)]
    with task.progress.step("Computing features", sum(len(photos[item.split]) for item in wanted)) as done:
        found = [_found(task, photos[item.split], item, cached, done) for item in wanted]
    return SplitFeatures(dict(zip(SPLITS, found, strict=False)), tuple(found[len(SPLITS) :]))


@dataclass(frozen=True)
class _Wanted:
    split: str
    mirrored: bool = False
    view: View | None = None


def _views(task: Task, augmentation: AugmentationConfig | None) -> list[_Wanted]:
    if augmentation is None:
        return []
    if augmentation.views is None:
        return [_Wanted("train", mirrored=True)] if augmentation.flip != "none" else []
    augmenter = Augmenter(augmentation, task.spec.size, task.config.seed)
    return [_Wanted("train", view=(augmenter, number)) for number in range(augmentation.views)]


def _found(task: Task, photos: pd.DataFrame, wanted: _Wanted, cached: bool, done: Callable[[int], None]) -> Floats:
    paths, sha256, size = task.paths(photos), photos["sha256"].tolist(), task.config.batch_size
    mirrored, view = wanted.mirrored, wanted.view
    if cached:
        return photo_features(
            task.backbone,
            paths,
            sha256,
            task.spec,
            task.cache,
            mirrored=mirrored,
            view=view,
            batch_size=size,
            done=done,
        )
    if not paths:
        return np.zeros((0, task.backbone.model.output_shape[1]), np.float32)
    reader = PhotoReader(paths, task.spec, keep=False)
    return forward(task.backbone, reader, size, mirrored=mirrored, view=view, photo_sha256=sha256, done=done)
