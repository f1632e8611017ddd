"""One trial of a search: a training that is judged on validation photos alone, and leaves nothing but its numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from sporeprint_training.backbones import Backbone
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.engine.feature_views import task_features
from sporeprint_training.engine.learn import Training
from sporeprint_training.engine.plan import plan
from sporeprint_training.engine.prepare import Prepared, begin, out_of_memory, prepare
from sporeprint_training.health.rules import judge
from sporeprint_training.history import Epoch
from sporeprint_training.progress import SILENT, Progress


@dataclass(frozen=True)
class TrialResult:
    """What a trial came to."""

    val_accuracy: float
    """Of the model that the trial ended with: that of the best epoch where early stopping restores it."""
    val_loss: float
    best_epoch: int
    """Counted from 0 over all stages."""
    epochs: int
    seconds: float
    n_parameters: int
    findings: tuple[str, ...] = ()
    """Health rules that it breaks."""


def run_trial(
    dataset: Path,
    runs: Path,
    config: RunConfig,
    after_epoch: Callable[[Epoch], bool] = lambda row: False,
) -> TrialResult:
    """Train as `train` does, without checkpoints, calibration or a run folder.

    Args:
        dataset: folder of a data set.
        runs: folder of all runs, which keeps the features.
        config: what to train.
        after_epoch: told of every epoch; answers whether to give the trial up.

    Raises:
        BadInput: the data set cannot be learned, or data set, weights and configuration do not fit together.
        StepFailed: the loss is no number, or memory ran out.
    """
    try:
        prepared = prepare(dataset, config)
        known = _untouched(prepared)
        task = begin(
            prepared, runs, watch=lambda ledger: after_epoch(ledger.history[-1]), backbone=_BACKBONES.get(known)
        )
        training = Training(task)
        if known:
            # One is enough: trials that share a backbone come one after the other, and large ones fill the memory.
            _BACKBONES.clear()
            _BACKBONES[known] = task.backbone
        training.run()
    except (tf.errors.ResourceExhaustedError, MemoryError):
        raise out_of_memory(config) from None
    history = tuple(training.ledger.history)
    best = _kept(history, config)
    row = history[best]
    return TrialResult(
        val_accuracy=row.val_accuracy,
        val_loss=row.val_loss,
        best_epoch=best,
        epochs=len(history),
        seconds=sum(training.seconds.values()),
        n_parameters=training.model.count_params(),
        findings=tuple(item.rule for item in judge(history, training.ledger.signals, config)),
    )


_BACKBONES: dict[str, Backbone] = {}
"""The backbone of this process's last trial, if it stays as it was built."""


def _untouched(prepared: Prepared) -> str:
    config = prepared.config
    frozen = not any(stage.whole_network for stage in plan(config, pretrained=prepared.source.kind != "none"))
    if not frozen or config.model.warm_start:
        return ""
    return f"{config.model.base} {prepared.source.sha256} {config.input.size}"


def cache_features(dataset: Path, runs: Path, config: RunConfig, progress: Progress = SILENT) -> None:
    """Run the photos through a frozen backbone once, so that trials with the same one only read the features.

    Nothing is done for a backbone that learns from the first stage on.

    Raises:
        BadInput: a photo cannot be decoded, or the weights do not fit.
        StepFailed: the weights have to be fetched and cannot be.
    """
    task = begin(prepare(dataset, config), runs, progress=progress)
    first = plan(config, pretrained=task.backbone.pretrained)[0]
    if not first.whole_network:
        task_features(task, first.augmentation, cached=True)


def _kept(history: tuple[Epoch, ...], config: RunConfig) -> int:
    stage = history[-1].stage
    rows = [index for index, row in enumerate(history) if row.stage == stage]
    stopping = config.callbacks.early_stopping
    if config.stages and config.stages[-1].early_stopping is not None:
        stopping = config.stages[-1].early_stopping or None
    if not stopping or not stopping.restore_best_weights:
        return rows[-1]
    judged = [index for index in rows if history[index].epoch >= stopping.start_from_epoch] or rows[-1:]
    sign = -1 if stopping.monitor == "val_loss" else 1
    best = judged[0]
    for index in judged[1:]:
        gained = sign * (getattr(history[index], stopping.monitor) - getattr(history[best], stopping.monitor))
        best = index if gained > stopping.min_delta else best
    return best
