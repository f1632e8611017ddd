"""What is measured and what comes of it: the values that the steps of the benchmark hand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sporeprint_export.manifest import Precision

FAIR_PRECISION: Precision = "float32"
"""What the peers' models hold; the row of this precision is the one that latencies are compared with."""


@dataclass(frozen=True)
class Site:
    """Something to open in the browser."""

    name: str
    folder: Path
    ours: bool = False
    precision: str = FAIR_PRECISION

    @property
    def reference(self) -> bool:
        """Whether this is the row that the others are compared with."""
        return self.ours and self.precision == FAIR_PRECISION


@dataclass(frozen=True)
class Answer:
    """One picture's answer."""

    ms: float
    """From the picture's bytes to numbers in JavaScript: conversion to float32, upload, inference, read-back."""
    values: tuple[float, ...]
    """The app: calibrated scores. A peer: logits."""


@dataclass(frozen=True)
class ColdStart:
    """One first visit with an empty cache."""

    ready_ms: float
    """From navigation until the model could be asked; the server is this machine, so it is all work and no network."""
    first_ms: float
    """The first inference after that."""
    sent: tuple[str, ...]
    """Paths that the server sent until the first answer; one twice was sent twice."""
    memory: int | None
    """Private bytes of the renderer processes after it has answered what it was asked."""
    backend: str
