"""`training.html`: what a training did, epoch by epoch, and what its health rules found."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from sporeprint_training.artefact import write_bytes
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.health import plots
from sporeprint_training.health.finding import TITLES, Finding
from sporeprint_training.history import Epoch, StageSignals
from sporeprint_training.reports.page import config_lines, render_page

TRAINING_REPORT_FILE = "training.html"
TEMPLATE = Path(__file__).parent / "templates" / "training.html.j2"


@dataclass(frozen=True)
class ShownStage:
    """A row of the table of stages."""

    name: str
    epochs: int
    learns: str
    rates: tuple[float, float]
    """Of its first and its last epoch."""
    best: Epoch
    """That of the lowest validation loss."""
    seconds: float
    computing: float
    """Share of the steps' time that was not waiting."""


@dataclass(frozen=True)
class ShownFinding:
    """A finding with its plot."""

    finding: Finding
    title: str
    also: tuple[str, ...]
    """Titles of its consequences."""
    plot: Markup


def write_training_report(
    folder: Path,
    *,
    run_id: str,
    config: RunConfig,
    history: Sequence[Epoch],
    signals: Sequence[StageSignals],
    findings: Sequence[Finding],
    species: Sequence[str],
    mosaic: bytes | None = None,
) -> None:
    """Write training.html into a run folder.

    Args:
        folder: of the run.
        run_id: its name.
        config: as resolved.
        history: epochs of all stages, in order, at least one.
        signals: one of each stage, in order, at least one; the first one's counts are drawn.
        findings: from `judge`.
        species: name of each class, in the order of the labels.
        mosaic: JPEG, PNG or WebP of augmented training photos, for showing what the network saw.
    """
    write_bytes(
        folder / TRAINING_REPORT_FILE,
        render_training(
            run_id=run_id,
            config=config,
            history=history,
            signals=signals,
            findings=findings,
            species=species,
            mosaic=mosaic,
        ),
    )


def render_training(
    *,
    run_id: str,
    config: RunConfig,
    history: Sequence[Epoch],
    signals: Sequence[StageSignals],
    findings: Sequence[Finding],
    species: Sequence[str],
    mosaic: bytes | None,
) -> bytes:
    """The page as UTF-8; see `write_training_report` for the arguments."""
    counts = dict(zip(species, signals[0].class_counts, strict=True))
    shown = [
        ShownFinding(
            finding,
            TITLES[finding.rule],
            tuple(TITLES[rule].lower() for rule in finding.consequences),
            Markup(plots.evidence(finding, history, signals, counts, f"finding{place}")),
        )
        for place, finding in enumerate(findings)
    ]
    stages = [_stage(signal, rows) for signal in signals if (rows := _rows(history, signal))]
    return render_page(
        TEMPLATE,
        {"seconds": duration},
        run_id=run_id,
        base=config.model.base,
        summary=_summary(stages, findings),
        findings=shown,
        stages=stages,
        epochs=len(history),
        seconds_in_all=sum(row.seconds for row in history),
        best=max(history, key=lambda row: row.val_accuracy),
        computing=_computing(history),
        photos=sum(counts.values()),
        classes=len(counts),
        plots={
            "loss": Markup(plots.losses(history)),
            "accuracy": Markup(plots.accuracies(history)),
            "rate": Markup(plots.learning_rates(history)),
            "gradients": Markup(plots.gradients(history)),
            "times": Markup(plots.times(history)),
            "classes": Markup(plots.class_sizes(counts)),
        },
        mosaic=_data_uri(mosaic) if mosaic else "",
        config=config_lines(config.model_dump(mode="json")),
    )


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 100:
        return f"{seconds:.1f}\u00a0s" if seconds < 10 else f"{seconds:.0f}\u00a0s"
    minutes = round(seconds / 60)
    return f"{minutes}\u00a0min" if minutes < 100 else f"{minutes // 60}\u00a0h {minutes % 60}\u00a0min"


def _rows(history: Sequence[Epoch], signal: StageSignals) -> list[Epoch]:
    return [row for row in history if row.stage == signal.stage]


def _stage(signal: StageSignals, rows: Sequence[Epoch]) -> ShownStage:
    return ShownStage(
        name=signal.stage,
        epochs=len(rows),
        learns="the network" if signal.whole_network else "the head",
        rates=(rows[0].learning_rate, rows[-1].learning_rate),
        best=min(rows, key=lambda row: row.val_loss),
        seconds=sum(row.seconds for row in rows),
        computing=_computing(rows),
    )


def _computing(rows: Sequence[Epoch]) -> float:
    steps = sum(row.step_seconds for row in rows)
    whole = steps + sum(row.data_seconds + row.callback_seconds for row in rows)
    return steps / whole if whole else 1.0


def _summary(stages: Sequence[ShownStage], findings: Sequence[Finding]) -> str:
    counted = {
        severity: sum(finding.severity == severity for finding in findings)
        for severity in ("problem", "warning", "note")
    }
    named = [f"{n} {severity}{'' if n == 1 else 's'}" for severity, n in counted.items() if n]
    said = " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
    best = min(stages, key=lambda stage: stage.best.val_loss).best
    return (
        (f"The health rules found {said}. " if named else "The health rules found nothing. ")
        + f"The lowest validation loss was {best.val_loss:.2f}, in epoch {best.epoch} of “{best.stage}”, where "
        f"{best.val_accuracy:.0%} of the validation photos were named right.".replace("%", "\u00a0%")
    )


def _data_uri(picture: bytes) -> str:
    kinds = {b"\xff\xd8": "jpeg", b"\x89P": "png", b"RI": "webp"}
    return f"data:image/{kinds[picture[:2]]};base64,{base64.b64encode(picture).decode()}"
