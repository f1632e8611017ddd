"""Rules on the loss: not decreasing, overfitting, overtraining.

The names are those of the rules built into Amazon SageMaker Debugger ("List of Debugger built-in rules", AWS
documentation). Their thresholds compare single training steps, or the two losses with each other; with dropout, label
smoothing or MixUp the two are not comparable, so these compare a loss with itself at other times, and with a uniform
guess. The thresholds were measured; see docs/training-health.md.
"""

from __future__ import annotations

import math

from sporeprint_training.health.finding import Finding
from sporeprint_training.health.watched import Watched
from sporeprint_training.history import Epoch

WORSE_FROM_SCRATCH, WORSE_THAN_START = 1.3, 1.75
"""Mean training loss of an epoch against the loss before the first step, or that of a uniform guess if that is larger;
from scratch, and with trained weights. Sound networks reached 1.04, and at 100 times their learning rate 1.9 to 3.3 (11
to 84 steps an epoch; the more, the less the first ones weigh). Sound heads reached 1.07, on few photos with shuffled
labels 1.4, and at 100 times their learning rate 2.2 to 150."""
STUCK_EPOCHS = 5
"""Epochs that a stage needs before its loss counts as stuck."""
STUCK_SHARE = 0.01
"""Least decrease of the training loss from the first epoch to the best of the later ones. Debugger: 0.1 % in 10 steps.
The slowest sound run lost 1.7 % between two of its first five epochs, and 20 % over them."""
STUCK_LEVEL = 0.9
"""Share of a uniform guess's loss above which a loss can be stuck; below it, training may just have converged."""
FORGOTTEN = 0.5
"""Validation accuracy of a later stage against the best before it, under which the stage forgot what was learnt."""
GAP = 0.15
"""Training less validation accuracy that overfitting starts from. Sound heads on fungi20 ended at 0.08 to 0.13 with 62
photos per class; with 5 they ended at 0.32, but the validation loss never rose, which overfitting also needs."""
BY_HEART_GAP, LEARNT_LEVEL = 0.08, 0.97
"""Training less validation accuracy, and share of a uniform guess's loss that the training loss is under, where photos
are learnt by heart and nothing else is. Heads on shuffled labels stopped at 0.10 to 0.54 and 0.60 to 0.96."""
GUESS_LEVEL = 0.98
"""Share of a uniform guess's loss that the validation loss never was under: nothing that is learnt holds for other
photos. Heads on shuffled labels stayed above 1.05."""
GUESS_EPOCHS, SCRATCH_GUESS_EPOCHS = 5, 8
"""Epochs since the best validation loss, for that; the second from scratch, where the statistics of batch norm may take
so long to settle that the validation loss first rises (from 1.0 to 1.5 of a guess's in 3 epochs of 11 steps)."""
RISE = 1.2
"""Validation loss against its best, from which it counts as rising while training goes on."""
FALL = 0.8
"""Training loss against what it was in that best epoch, under which training still learns the photos by heart."""
PAST_BEST = 5
"""Epochs after the best one that overtraining needs. Debugger: 10 steps."""
WORSE_THAN_BEST = 1.1
"""Last validation loss against the best. A sound head that was trained 60 epochs without early stopping ended at 1.04;
Debugger's 0.01 would call every such run overtrained."""
LEAST_RISE = 0.05
"""Of a uniform guess's loss: rises of small losses in absolute terms are noise of a few photos."""


def loss_not_decreasing(stage: Watched) -> Finding | None:
    """The loss rises above what it was before the first step, does not fall, or a stage loses what was learnt."""
    return _worse_than_start(stage) or _stuck(stage) or _forgotten(stage)


def _worse_than_start(stage: Watched) -> Finding | None:
    start = max(stage.chance, stage.signals.first_loss)
    most = WORSE_FROM_SCRATCH if stage.from_scratch else WORSE_THAN_START
    worse = [epoch for epoch in stage.epochs if not epoch.loss <= most * start]
    if not worse:
        return None
    first = worse[0]
    return _not_decreasing(
        stage,
        first,
        f"the training loss is {first.loss:.2f} in epoch {first.epoch}; before the first step it was "
        f"{stage.signals.first_loss:.2f}, and a uniform guess has {stage.chance:.2f}",
    )


def _stuck(stage: Watched) -> Finding | None:
    first, *later = stage.epochs
    if len(later) + 1 < STUCK_EPOCHS:
        return None
    best = min(epoch.loss for epoch in later)
    if best <= (1 - STUCK_SHARE) * first.loss or best <= STUCK_LEVEL * stage.chance:
        return None
    return _not_decreasing(
        stage,
        first,
        f"the training loss was {first.loss:.3f} in the first epoch and at best {best:.3f} in the {len(later)} after "
        f"it; a uniform guess has {stage.chance:.2f}",
    )


def _forgotten(stage: Watched) -> Finding | None:
    best = max((epoch.val_accuracy for epoch in stage.earlier), default=0.0)
    # One epoch may be low while batch norm finds its statistics.
    low = [epoch for epoch in stage.epochs[-2:] if epoch.val_accuracy < FORGOTTEN * best]
    # A few photos may be named right or wrong by chance.
    if len(low) < len(stage.epochs[-2:]) or best < 4 / len(stage.signals.class_counts):
        return None
    return _not_decreasing(
        stage,
        low[0],
        f"the stages before it reached a validation accuracy of {best:.2f}, and it is {low[-1].val_accuracy:.2f} in "
        f"epoch {low[-1].epoch}",
    )


def _not_decreasing(stage: Watched, since: Epoch, evidence: str) -> Finding:
    rate = stage.epochs[0].learning_rate
    tenth = f"Lower {stage.plan.learning_rate_key} (it starts at {rate:g}), to {rate / 10:g} for a try"
    return Finding(
        rule="loss_not_decreasing",
        severity="problem",
        stage=stage.signals.stage,
        since_epoch=since.epoch,
        evidence=evidence,
        advice=f"{tenth}; a loss that stays where it was from the first epoch on may want a higher one instead. "
        "model.learning_rate_schedule.warmup_epochs starts gently, model.optimizer.clip_norm shortens single steps",
    )


def overfitting(stage: Watched) -> Finding | None:
    """Training photos are learnt by heart: the loss falls on them and does not, or no longer, on validation photos."""
    return _by_heart(stage) or _rising(stage)


def _by_heart(stage: Watched) -> Finding | None:
    last, best = stage.epochs[-1], min(epoch.val_loss for epoch in stage.epochs)
    if last.accuracy - last.val_accuracy < BY_HEART_GAP or last.loss > LEARNT_LEVEL * stage.chance:
        return None
    if best < GUESS_LEVEL * stage.chance or not _settled(stage):
        return None
    return Finding(
        rule="overfitting",
        severity="problem",
        stage=stage.signals.stage,
        since_epoch=next(epoch.epoch for epoch in stage.epochs if epoch.loss <= LEARNT_LEVEL * stage.chance),
        evidence=f"the training loss fell to {last.loss:.2f}, but the validation loss was never better than "
        f"{best:.2f}, and a uniform guess has {stage.chance:.2f}; accuracy is {last.accuracy:.2f} on "
        f"training photos and {last.val_accuracy:.2f} on others",
        advice="Nothing that is learnt holds for other photos: see first whether the labels belong to the photos "
        "(sporeprint inspect), and whether the classes can be told apart at input.size. If they can: more photos, "
        "dataset.data_augmentation, a higher model.classifier.dropout, or a pretrained model.base",
    )


def _settled(stage: Watched) -> bool:
    """Whether a validation loss that is worse than a guess's will stay so."""
    last, best = stage.epochs[-1], min(stage.epochs, key=lambda epoch: epoch.val_loss)
    if last.epoch - best.epoch >= (SCRATCH_GUESS_EPOCHS if stage.from_scratch else GUESS_EPOCHS):
        return True
    # The validation loss of a head may fall for long if it started high; nothing else of it lags behind.
    plain = not stage.signals.whole_network and stage.config.model.optimizer.ema is None
    return plain and last.epoch >= GUESS_EPOCHS and last.accuracy - last.val_accuracy >= GAP


def _rising(stage: Watched) -> Finding | None:
    best = min(stage.epochs, key=lambda epoch: epoch.val_loss)
    last = stage.epochs[-1]
    rise = last.val_loss - best.val_loss
    if last.accuracy - last.val_accuracy < GAP:
        return None
    if last.val_loss < RISE * best.val_loss or rise < LEAST_RISE * stage.chance or last.loss > FALL * best.loss:
        return None
    kept = f"; the weights of epoch {best.epoch} are kept" if stage.restores else ""
    return Finding(
        rule="overfitting",
        severity="warning",
        stage=stage.signals.stage,
        since_epoch=best.epoch + 1,
        evidence=f"since epoch {best.epoch} the training loss fell from {best.loss:.2f} to {last.loss:.2f} while the "
        f"validation loss rose from {best.val_loss:.2f} to {last.val_loss:.2f}; accuracy is {last.accuracy:.2f} on "
        f"training photos and {last.val_accuracy:.2f} on others{kept}",
        advice="More photos help most. Otherwise: stronger dataset.data_augmentation (mixup, rand_augment), a higher "
        "model.classifier.dropout, model.weight_decay, or fewer layers in stages.N.layers",
    )


def overtraining(stage: Watched) -> Finding | None:
    """Training went on past its best epoch, to worse weights, and nothing goes back to that epoch's."""
    best = min(stage.epochs, key=lambda epoch: epoch.val_loss)
    last = stage.epochs[-1]
    rise = last.val_loss - best.val_loss
    if stage.restores or last.epoch - best.epoch < PAST_BEST or math.isnan(rise):
        return None
    if last.val_loss < WORSE_THAN_BEST * best.val_loss or rise < LEAST_RISE * stage.chance:
        return None
    return Finding(
        rule="overtraining",
        severity="warning",
        stage=stage.signals.stage,
        since_epoch=best.epoch + 1,
        evidence=f"the validation loss was best in epoch {best.epoch} with {best.val_loss:.2f} and is "
        f"{last.val_loss:.2f} after {last.epoch - best.epoch} more; the last epoch's weights are the ones that stay",
        advice="Set callbacks.early_stopping with restore_best_weights, or lower "
        f"{stage.epochs_key} to {best.epoch + 1}",
    )
