"""Several photos of one find, one answer."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum


def fuse(logits: Sequence[Sequence[float]]) -> list[float]:
    """The mean of the photos' logits, class by class; the temperature and the rule follow as for one photo.

    Args:
        logits: one row per photo, at least one, each with a number per class.
    """
    return [fsum(column) / len(logits) for column in zip(*logits, strict=True)]
