"""What training writes down of every epoch, and of every stage, for the history, the health rules and the report."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from sporeprint_training.run import HISTORY_FILE


@dataclass(frozen=True)
class Epoch:
    """One row of history.csv. `accuracy` is top-1; losses include label smoothing and class weights."""

    stage: str
    epoch: int
    """Counted from 0 in each stage."""
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    """Of the epoch's first step."""
    steps: int
    seconds: float
    """Wall time with validation."""
    data_seconds: float
    """Of these, waiting for the next batch."""
    step_seconds: float
    """Of these, forward, backward and update."""
    callback_seconds: float
    """Of these, everything that watches training, between its steps."""
    gradient_norm: float
    """Mean over the steps of the norm of all gradients together, before any clipping."""
    gradient_norm_max: float
    """Largest of them."""
    first_gradient_norm: float
    """Mean norm of the gradient of the learning kernel nearest to the input."""
    last_gradient_norm: float
    """Mean norm of the gradient of the kernel that gives the logits."""


@dataclass(frozen=True)
class StageSignals:
    """What is looked at once at the beginning of a stage, before any step, and once at its end."""

    stage: str
    whole_network: bool
    """Layers of the backbone learn too; otherwise only the head does, on kept features."""
    pretrained: bool
    """The backbone came with weights."""
    class_counts: tuple[int, ...]
    """Training photos of each class, by label."""
    first_loss: float
    """Cross-entropy on validation photos before the first step, in nats; that of a uniform guess is `ln(classes)`."""
    logit_spread: float
    """Standard deviation over those photos of a logit, mean over the classes, before the first step."""
    constant_kernels: tuple[str, ...]
    """Learning kernels with more than one value, all of which are equal, before the first step."""
    dead_before: float
    """Share of the head's inputs that are 0 for every one of those photos, before the first step."""
    dead_after: float
    """The same at the end of the stage."""


def write_history(folder: Path, history: Sequence[Epoch]) -> None:
    """Write history.csv, one row per epoch and stage."""
    with (folder / HISTORY_FILE).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(Epoch)])
        writer.writeheader()
        writer.writerows(asdict(epoch) for epoch in history)


def read_history(folder: Path) -> list[Epoch]:
    """Read history.csv.

    Raises:
        OSError: there is none.
        ValueError: it is not one of this version.
    """
    kinds = {"stage": str, "epoch": int, "steps": int}
    with (folder / HISTORY_FILE).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    names = [field.name for field in fields(Epoch)]
    if any(list(row) != names for row in rows):
        raise ValueError(f"{folder / HISTORY_FILE} has other columns than this version writes")
    return [Epoch(**{name: kinds.get(name, float)(row[name]) for name in names}) for row in rows]
