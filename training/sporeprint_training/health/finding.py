"""What a health rule says, and `health.json`, where a run keeps what they said."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sporeprint_training.artefact import canonical_json, write_bytes
from sporeprint_training.errors import BadInput

HEALTH_FILE = "health.json"

Rule = Literal[
    "poor_initialisation",
    "exploding_gradients",
    "loss_not_decreasing",
    "vanishing_gradients",
    "dead_units",
    "overfitting",
    "overtraining",
    "class_imbalance",
    "input_bound",
    "accelerator_idle",
]
Severity = Literal["note", "warning", "problem"]
"""A note is dealt with already; a warning costs accuracy or time; a problem leaves a model that is no good."""

TITLES: dict[Rule, str] = {
    "poor_initialisation": "Poor initialisation",
    "exploding_gradients": "Exploding gradients",
    "loss_not_decreasing": "Loss not decreasing",
    "vanishing_gradients": "Vanishing gradients",
    "dead_units": "Dead units",
    "overfitting": "Overfitting",
    "overtraining": "Overtraining",
    "class_imbalance": "Class imbalance",
    "input_bound": "Waiting for photos",
    "accelerator_idle": "Waiting for callbacks",
}


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Finding(_Frozen):
    """One rule that a stage of training breaks."""

    rule: Rule
    severity: Severity
    stage: str
    """As in the history."""
    since_epoch: int
    """Epoch of the stage, counted from 0, that it shows in first."""
    evidence: str
    """A sentence with the numbers."""
    advice: str
    """What to change, by keys of the run's configuration."""
    consequences: tuple[Rule, ...] = ()
    """Further rules that are broken because of this one, and are not reported on their own."""

    @property
    def line(self) -> str:
        """For the terminal."""
        return f"health: {TITLES[self.rule].lower()} ({self.stage}, epoch {self.since_epoch}): {self.evidence}"


class Health(_Frozen):
    """`health.json`."""

    findings: tuple[Finding, ...]
    """In the order of the stages, causes before consequences; empty when nothing was found."""


def write_health(folder: Path, findings: tuple[Finding, ...] | list[Finding]) -> None:
    """Write health.json into a run folder; equal findings give equal bytes."""
    content = Health(findings=tuple(findings)).model_dump(mode="json")
    write_bytes(folder / HEALTH_FILE, canonical_json(content))


def read_health(folder: Path) -> Health | None:
    """Read a run folder's health.json; None where there is none, as in runs of earlier versions.

    Raises:
        BadInput: it is not one of this version.
    """
    path = folder / HEALTH_FILE
    try:
        return Health.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise BadInput(
            "health.json follows the schema of this version of Sporeprint",
            received=f"{path}: {str(error).splitlines()[0]}",
            next_step="Train again with this version",
        ) from None
