"""Rules on the network: how it starts, how gradients reach its layers, and which of its units are ever awake.

The names are those of Amazon SageMaker Debugger's built-in rules; see docs/training-health.md for what they measure,
and why the thresholds here are others.
"""

from __future__ import annotations

import math
import statistics

from sporeprint_training.health.finding import Finding
from sporeprint_training.health.watched import Watched
from sporeprint_training.history import Epoch

LOGITS_LAYER = "head_logits"
"""As `models.LOGITS_LAYER`, which cannot be imported without Keras. Its kernel may start equal: it is the last."""
DEEP_START, HEAD_START = 2.0, 5.0
"""Loss before the first step against that of a uniform guess, and nats above it, for a network that learns from scratch
and for a head, whose loss is convex and forgives much. Sound networks started at 0.99 to 1.0 times, with too large a
standard deviation at 20 times and more; sound heads at 1.1 to 2.2 times (6 classes at 96 px)."""
EXPLODED = 100.0
"""Largest gradient norm of a step against the median epoch's mean. Sound runs reached 30."""
LARGE_NORM = 1000.0
"""Mean gradient norm that is too large however steady. Sound runs had 0.05 to 16."""
VANISHED = 1e-3
"""Gradient norm at the first learning kernel against that at the logits' kernel. Sound networks had 0.5 to 5; eight
sigmoid layers, the textbook's case, have less than 1e-5. Debugger: mean absolute gradient under 1e-7."""
VANISHED_LEVEL = 0.5
"""Of a uniform guess's loss: where the loss is lower, enough gradient arrives."""
VANISHED_EPOCHS = 3
"""Epochs in succession. Adam scales small gradients up, so that the later ones of the same network may have more."""
DEAD = 0.5
"""Share of the head's inputs that are 0 for every validation photo, as in Debugger's rule. Sound networks had 0 to
0.16."""


def poor_initialisation(stage: Watched) -> Finding | None:
    """Before the first step, units are copies of one another, or the network is sure of wrong answers."""
    hidden = [name for name in stage.signals.constant_kernels if LOGITS_LAYER not in name]
    start = stage.signals.first_loss
    if hidden:
        more = f" and {len(hidden) - 3} more" if len(hidden) > 3 else ""
        return _poor(
            stage,
            f"all values of {', '.join(hidden[:3])}{more} are equal before the first step: their units compute the "
            "same and are given the same steps, so that they stay copies of one",
            "Load weights that were trained (model.weights, model.warm_start), or train from scratch with the "
            "layers' own initialisers (model.weights = none); a file of zeros is no start",
        )
    if stage.signals.dead_before >= DEAD:
        return _poor(
            stage,
            f"{stage.signals.dead_before:.0%} of the head's inputs are 0 for every validation photo before the first "
            "step",
            "See that model.weights belong to model.base, its range of pixels, and photos like these",
        )
    most = DEEP_START if stage.from_scratch else HEAD_START
    if start > most * stage.chance and start - stage.chance > most:
        return _poor(
            stage,
            f"the loss before the first step is {start:.1f}, that of a uniform guess {stage.chance:.2f}; logits spread "
            f"by {stage.signals.logit_spread:.1f}",
            "See that model.weights belong to model.base and its range of pixels, and that model.warm_start is a run "
            "on the same classes; otherwise use a smaller initialisation",
        )
    return None


def _poor(stage: Watched, evidence: str, advice: str) -> Finding:
    return Finding(
        rule="poor_initialisation",
        severity="problem",
        stage=stage.signals.stage,
        since_epoch=0,
        evidence=evidence,
        advice=advice,
    )


def exploding_gradients(stage: Watched) -> Finding | None:
    """Gradients are no numbers, far larger than usual in single steps, or large throughout."""
    if stage.config.model.optimizer.clip_norm is not None:
        return None
    usual = statistics.median(epoch.gradient_norm for epoch in stage.epochs)
    for epoch in stage.epochs:
        largest = epoch.gradient_norm_max
        if not math.isfinite(largest) or largest > max(EXPLODED * usual, LARGE_NORM) or usual > LARGE_NORM:
            return Finding(
                rule="exploding_gradients",
                severity="problem",
                stage=stage.signals.stage,
                since_epoch=epoch.epoch,
                evidence=f"the gradient of a step in epoch {epoch.epoch} has norm {largest:.3g}; the median over the "
                f"epochs is {usual:.3g}",
                advice=f"Set model.optimizer.clip_norm (1 is usual), or lower {stage.plan.learning_rate_key}; "
                "model.learning_rate_schedule.warmup_epochs helps where it happens at the start",
            )
    return None


def vanishing_gradients(stage: Watched) -> Finding | None:
    """Next to nothing of the gradient reaches the first layer that learns, while there is much to learn."""
    if not stage.signals.whole_network:
        return None
    small = [_starved(epoch) and epoch.loss > VANISHED_LEVEL * stage.chance for epoch in stage.epochs]
    windows = range(len(small) - VANISHED_EPOCHS + 1)
    starts = [place for place in windows if all(small[place : place + VANISHED_EPOCHS])]
    if not starts:
        return None
    since = stage.epochs[starts[0]]
    return Finding(
        rule="vanishing_gradients",
        severity="problem" if small[-1] else "warning",
        stage=stage.signals.stage,
        since_epoch=since.epoch,
        evidence=f"the gradient's norm is {since.first_gradient_norm:.2g} at the first learning kernel and "
        f"{since.last_gradient_norm:.2g} at the logits' in epoch {since.epoch}"
        + ("" if small[-1] else f"; it recovered to {stage.epochs[-1].first_gradient_norm:.2g} in the last epoch"),
        advice="Let fewer layers learn at first (stages.N.layers), start from trained weights (model.weights), or take "
        "a model.base with batch norm and residual steps",
    )


def _starved(epoch: Epoch) -> bool:
    return epoch.first_gradient_norm < VANISHED * epoch.last_gradient_norm or epoch.last_gradient_norm == 0


def dead_units(stage: Watched) -> Finding | None:
    """Most features that the head gets became 0 for every validation photo."""
    before, after = stage.signals.dead_before, stage.signals.dead_after
    # Not known before the end of the stage.
    if not after >= DEAD or before >= DEAD:
        return None
    return Finding(
        rule="dead_units",
        severity="warning",
        stage=stage.signals.stage,
        since_epoch=stage.epochs[-1].epoch,
        evidence=f"{after:.0%} of the head's inputs are 0 for every validation photo at the end of the stage; "
        f"{before:.0%} were before it",
        advice=f"Lower {stage.plan.learning_rate_key}: a step that was too long leaves ReLUs where no photo reaches "
        "them; model.optimizer.clip_norm shortens such steps",
    )
