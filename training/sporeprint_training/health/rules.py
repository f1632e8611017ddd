"""All health rules over a run; a consequence is not reported beside its cause."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.health.finding import Finding, Rule
from sporeprint_training.health.loss_rules import loss_not_decreasing, overfitting, overtraining
from sporeprint_training.health.network_rules import (
    dead_units,
    exploding_gradients,
    poor_initialisation,
    vanishing_gradients,
)
from sporeprint_training.health.supply_rules import accelerator_idle, class_imbalance, input_bound
from sporeprint_training.health.watched import Watched, watched_stages
from sporeprint_training.history import Epoch, StageSignals

RULES: tuple[Callable[[Watched], Finding | None], ...] = (
    poor_initialisation,
    exploding_gradients,
    vanishing_gradients,
    loss_not_decreasing,
    dead_units,
    overfitting,
    overtraining,
    class_imbalance,
    input_bound,
    accelerator_idle,
)
"""Causes before consequences."""
EXPLAINS: dict[Rule, tuple[Rule, ...]] = {
    "poor_initialisation": (
        "exploding_gradients",
        "vanishing_gradients",
        "loss_not_decreasing",
        "dead_units",
        "overfitting",
        "overtraining",
    ),
    "exploding_gradients": ("loss_not_decreasing", "dead_units", "overfitting", "overtraining"),
    "vanishing_gradients": ("loss_not_decreasing",),
    "loss_not_decreasing": ("dead_units", "overfitting", "overtraining"),
    "overfitting": ("overtraining",),
}
"""What a cause brings about in its own stage and in those after it."""


def judge(history: Sequence[Epoch], signals: Sequence[StageSignals], config: RunConfig) -> list[Finding]:
    """What is wrong with a training, stage by stage; empty for a healthy one.

    Args:
        history: epochs of all stages so far, in order.
        signals: one of each stage begun, in order; those of a running stage may have NaN for what is measured last.
        config: as resolved.
    """
    kept: list[Finding] = []
    for stage in watched_stages(history, signals, config):
        for rule in RULES:
            finding = rule(stage)
            if finding is None:
                continue
            cause = next((known for known in kept if finding.rule in EXPLAINS.get(known.rule, ())), None)
            if cause is None:
                kept.append(finding)
            elif finding.rule not in cause.consequences:
                kept[kept.index(cause)] = cause.model_copy(update={"consequences": (*cause.consequences, finding.rule)})
    return kept
