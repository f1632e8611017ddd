"""Rules on what training is given: photos of every class, and photos in time.

`class_imbalance` is the rule of that name in Amazon SageMaker Debugger, `input_bound` and `accelerator_idle` are its
profiler's IOBottleneck, CPUBottleneck and LowGPUUtilization, measured as shares of the time of a training step because
that needs no counter of the hardware.
"""

from __future__ import annotations

import statistics

from sporeprint_training.health.finding import Finding
from sporeprint_training.health.watched import Watched
from sporeprint_training.history import Epoch

IMBALANCE = 10.0
"""Photos of the largest class against those of the smallest, as in Debugger's rule."""
FEW_PHOTOS, FEW_AGAINST_MEDIAN = 5, 4.0
"""A class with fewer photos than this is too small beside classes with four times as many: small sets never reach the
ratio above."""
WAITING = 0.5
"""Share of the steps' time that waiting for photos, or for callbacks, may take, as in the profiler's IOBottleneck.
Unthrottled runs waited 0.01 to 0.15 for data, throttled ones 0.8 and more."""
LEAST_STEP_WAIT, LEAST_EPOCH_WAIT = 0.05, 5.0
"""Seconds of waiting per step, or per epoch, that matter. On a machine that was busy with other work, steps of a tiny
network, which take 10 ms, waited up to 18 ms."""
WARM_STEPS = 100
"""Steps after which a first epoch counts too. Until then it is mostly tracing the graph and decoding photos that are
kept afterwards."""


def class_imbalance(stage: Watched) -> Finding | None:
    """The smallest class is tiny beside the others; said once, of the first stage."""
    counts = [count for count in stage.signals.class_counts if count > 0]
    if stage.plan.index or len(counts) < 2:
        return None
    least, most, middle = min(counts), max(counts), statistics.median(counts)
    few = least < FEW_PHOTOS and middle >= FEW_AGAINST_MEDIAN * least
    if most < IMBALANCE * least and not few:
        return None
    data, model = stage.config.dataset, stage.config.model
    balanced = data.sampling == "balanced" or data.upsample not in ("none", 0) or model.class_weights != "none"
    small = sum(count * IMBALANCE <= most or count < FEW_PHOTOS for count in counts)
    return Finding(
        rule="class_imbalance",
        severity="note" if balanced else "warning",
        stage=stage.signals.stage,
        since_epoch=0,
        evidence=f"the smallest class has {least} training photos, the largest {most}, the median {middle:g}; "
        f"{small} of {len(counts)} {'is' if small == 1 else 'are'} that small"
        + ("; the configuration balances them" if balanced else ""),
        advice="Add photos of the small classes, or leave them out at ingest (--min-photos)"
        + ("" if balanced else "; dataset.upsample, dataset.sampling or model.class_weights balance what there is"),
    )


def input_bound(stage: Watched) -> Finding | None:
    """Steps wait for photos longer than they compute."""
    slow = [epoch for epoch in _warm(stage) if _waits(epoch, epoch.data_seconds)]
    if not slow or len(slow) * 2 <= len(_warm(stage)):
        return None
    evidence = _split(slow)
    return Finding(
        rule="input_bound",
        severity="warning",
        stage=stage.signals.stage,
        since_epoch=slow[0].epoch,
        evidence=evidence,
        advice="Keep the photos on a fast local disk, shrink them at ingest to about input.size, or use fewer "
        "operations in dataset.data_augmentation; with a frozen backbone, dataset.data_augmentation.views keeps "
        "features, so that no photo is read twice",
    )


def accelerator_idle(stage: Watched) -> Finding | None:
    """Steps wait for what watches training longer than they compute."""
    slow = [epoch for epoch in _warm(stage) if _waits(epoch, epoch.callback_seconds)]
    if not slow or len(slow) * 2 <= len(_warm(stage)):
        return None
    return Finding(
        rule="accelerator_idle",
        severity="warning",
        stage=stage.signals.stage,
        since_epoch=slow[0].epoch,
        evidence=_split(slow),
        advice="Write checkpoints less often (callbacks.checkpoint.every_seconds), leave out "
        "callbacks.tensorboard.histograms and callbacks.tensorboard.profile, or take a larger batch_size",
    )


def _warm(stage: Watched) -> list[Epoch]:
    return [epoch for epoch in stage.epochs if epoch is not stage.epochs[0] or epoch.steps >= WARM_STEPS]


def _waits(epoch: Epoch, waited: float) -> bool:
    whole = epoch.data_seconds + epoch.step_seconds + epoch.callback_seconds
    long = waited >= LEAST_STEP_WAIT * epoch.steps or waited >= LEAST_EPOCH_WAIT
    return long and waited > WAITING * whole


def _split(epochs: list[Epoch]) -> str:
    data, step, callbacks = (
        sum(getattr(epoch, name) for epoch in epochs) for name in ("data_seconds", "step_seconds", "callback_seconds")
    )
    whole, steps = data + step + callbacks, sum(epoch.steps for epoch in epochs)
    return (
        f"a step waits {data / steps * 1e3:.0f} ms for photos, computes {step / steps * 1e3:.0f} ms and waits "
        f"{callbacks / steps * 1e3:.0f} ms for callbacks: it computes {step / whole:.0%} of its time"
    )
