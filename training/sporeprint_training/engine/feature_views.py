"""Features of all photos of a task, as they are and changed, from the backbone as it is now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sporeprint_training.batches import Floats, PhotoReader
from sporeprint_training.config_photos import AugmentationConfig
from sporeprint_training.engine.task import SPLITS, Task
from sporeprint_training.features import forward, photo_features

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
    wanted = [(split, False) for split in SPLITS] + [("train", True)] * mirrors(augmentation)
    with task.progress.step("Computing features", sum(len(photos[split]) for split, _ in wanted)) as done:
        if cached:
            found = [
                photo_features(
                    task.backbone,
                    task.paths(photos[split]),
                    photos[split]["sha256"].tolist(),
                    task.spec,
                    task.cache,
                    mirrored=mirrored,
                    batch_size=task.config.batch_size,
                    done=done,
                )
                for split, mirrored in wanted
            ]
        else:
            found = [_computed(task, photos[split], mirrored, done) for split, mirrored in wanted]
    return SplitFeatures(dict(zip(SPLITS, found, strict=False)), tuple(found[len(SPLITS) :]))


def mirrors(augmentation: AugmentationConfig | None) -> bool:
    """Whether the mirrored photo is the one changed view."""
    return augmentation is not None and augmentation.views is None and augmentation.flip != "none"


def _computed(task: Task, photos: pd.DataFrame, mirrored: bool, done: Callable[[int], None]) -> Floats:
    reader = PhotoReader(task.paths(photos), task.spec, keep=False)
    if not len(photos):
        return np.zeros((0, task.backbone.model.output_shape[1]), np.float32)
    return forward(task.backbone, reader, task.config.batch_size, mirrored=mirrored, done=done)
