"""From a data set's folder and a configuration to a task: what a training and a trial have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

from sporeprint_training.backbones import Backbone, build_backbone
from sporeprint_training.balance import downsampled
from sporeprint_training.checks import check_trainable
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.dataset.redivide import redivided
from sporeprint_training.dataset.store import Dataset, read_dataset
from sporeprint_training.engine.ledger import Ledger
from sporeprint_training.engine.network import strategy
from sporeprint_training.engine.task import Task, Warm
from sporeprint_training.engine.unfinished import Unfinished
from sporeprint_training.engine.warm_start import warm_backbone, warm_source
from sporeprint_training.errors import StepFailed
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.weights import WeightsSource, find_weights

FEATURES_FOLDER = ".features"


@dataclass(frozen=True)
class Prepared:
    """A configuration with the photos and the weights that it is about."""

    config: RunConfig
    data: Dataset
    source: WeightsSource


def prepare(dataset: Path, config: RunConfig) -> Prepared:
    """Read the data set as the run divides and thins it, and find the weights; nothing is computed yet.

    Raises:
        BadInput: the data set cannot be learned, or there are no such weights.
    """
    data = redivided(read_dataset(dataset), config.dataset, config.seed)
    data = downsampled(data, config.dataset.downsample, config.seed)
    check_trainable(data)
    return Prepared(config, data, source_of(config))


def source_of(config: RunConfig) -> WeightsSource:
    """Where the first weights of a run come from."""
    return warm_source(config.model) if config.model.warm_start else find_weights(config.model)


def begin(
    prepared: Prepared,
    runs: Path,
    *,
    place: Unfinished | None = None,
    progress: Progress = SILENT,
    watch: Callable[[Ledger], bool] = lambda ledger: False,
    backbone: Backbone | None = None,
) -> Task:
    """Seed everything and build the backbone.

    Args:
        prepared: what to train on what.
        runs: folder of all runs.
        place: see `Task`, as the next two.
        progress: told of photos and epochs.
        watch: looks on after every epoch.
        backbone: one that an earlier task of the same weights and size left as it was built; None builds it.

    Raises:
        BadInput: the weights do not fit the network.
        StepFailed: the weights have to be fetched and cannot be.
    """
    config = prepared.config
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(config.seed)
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    spread = strategy()
    warm = None
    if backbone is None:
        with spread.scope():
            backbone, warm = _backbone(prepared)
    return Task(
        data=prepared.data,
        config=config,
        spec=config.input.spec(backbone.size),
        backbone=backbone,
        cache=runs / FEATURES_FOLDER,
        place=place,
        progress=progress,
        watch=watch,
        strategy=spread,
        warm=warm,
    )


def _backbone(prepared: Prepared) -> tuple[Backbone, Warm | None]:
    model, size = prepared.config.model, prepared.config.input.size
    if not model.warm_start:
        return build_backbone(model, prepared.source, size), None
    backbone, whole, run = warm_backbone(model, prepared.source, size)
    return backbone, Warm(whole, run)


def out_of_memory(config: RunConfig) -> StepFailed:
    """The error for a training step that does not fit."""
    return StepFailed(
        "A training step fits into memory",
        received=f"batch_size = {config.batch_size}, and memory ran out",
        next_step=f"Set batch_size to {max(1, config.batch_size // 2)}, or input.size smaller",
    )
