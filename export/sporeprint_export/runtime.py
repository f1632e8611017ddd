"""The finished bundle where it will run: the app's own answers in a browser beside TensorFlow's from the same bytes.

This package knows no browser. Whoever calls it hands in a `Runtime` that does (the site's does, with Chromium).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sporeprint_export.answers import Answers, Logits
from sporeprint_export.candidates import Candidate
from sporeprint_export.fidelity import measure
from sporeprint_export.parity import compare
from sporeprint_training.errors import StepFailed
from sporeprint_training.run import RunRecord

Scores = Sequence[float] | None
"""Calibrated scores of one photo; None when the app did not identify it."""
RUNTIME_LIMIT = 5e-3
"""Largest |Δp| between a browser and TensorFlow computing with the same bytes from the same photo files: decoding,
resizing and the order of additions are all that could differ."""
SHIPPED = "wasm"
"""The backend that the app runs on; another one's differences are told, and fail nothing."""
_LEAST = 1e-30


@dataclass(frozen=True)
class Unmeasured:
    """Why a backend gave no scores."""

    because: str
    at_fault: bool
    """There was a browser, and the bundle did not run in it."""


Runtime = Callable[[Path, Sequence[Path]], Mapping[str, Sequence[Scores] | Unmeasured]]
"""Lets the app identify photo files with the bundle in a folder: by backend, scores of the first ones or why none."""


@dataclass(frozen=True)
class RuntimeMeasure:
    """Figures of a bundle in the browser, by backend."""

    figures: Mapping[str, dict[str, object]] = field(default_factory=dict)
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    """Backends without figures, and why."""


def measure_runtime(
    runtime: Runtime, bundle: Path, answers: Answers, chosen: Candidate, record: RunRecord
) -> RuntimeMeasure:
    """Let the app identify the held-out photos, and compare with Keras and with TensorFlow.

    Raises:
        StepFailed: there is a browser, and on the app's own backend the model does not run, a photo stays
            unidentified, or scores differ from TensorFlow's.
    """
    figures: dict[str, dict[str, object]] = {}
    unmeasured: dict[str, str] = {}
    for backend, found in runtime(bundle, answers.photos).items():
        if isinstance(found, Unmeasured):
            if found.at_fault and backend == SHIPPED:
                raise _fault(backend, found.because)
            unmeasured[backend] = found.because
            continue
        known = [row for row, scores in enumerate(found) if scores is not None]
        if len(known) < len(found) and backend == SHIPPED:
            lost = answers.photos[next(row for row, scores in enumerate(found) if scores is None)]
            raise _fault(backend, f"{len(found) - len(known)} photos not identified, such as {lost}")
        if not known:
            unmeasured[backend] = "no photo was identified"
            continue
        logits = _logits([found[row] for row in known], record.temperature)
        difference = compare(chosen.logits[known], logits, record.temperature).max_abs_dp
        if difference > RUNTIME_LIMIT and backend == SHIPPED:
            raise _fault(backend, f"scores that differ from TensorFlow's by {difference:.2g}, limit {RUNTIME_LIMIT:g}")
        fidelity = measure(answers.rows(known), logits, record)
        figures[backend] = {**fidelity.as_dict(), "max_abs_dp_tensorflow": float(f"{difference:.2g}")}
    return RuntimeMeasure(figures, unmeasured)


def _logits(scores: Sequence[Scores], temperature: float) -> Logits:
    # Any logits that give these scores will do: they are compared as scores.
    logs = np.log(np.maximum(np.array(scores, np.float64), _LEAST)) * temperature
    return np.asarray(logs, np.float32)


def _fault(backend: str, received: str) -> StepFailed:
    return StepFailed(
        "The app answers as TensorFlow does with the same bundle and photos",
        received=f"on {backend}: {received}",
        next_step="Nothing was written; report it with the run's run.json, or leave the browser out with --no-browser",
    )
