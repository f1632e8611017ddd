"""What the model says of one photo, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """One photo's numbers."""

    logits: tuple[float, ...]
    """One per class."""
    familiarity: float | None
    """How much its features look like those of any class; None when the bundle cannot tell."""
