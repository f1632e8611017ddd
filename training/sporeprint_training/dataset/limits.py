"""How many photos of a species are taken; it reads without pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Limits:
    """How many photos of a species are taken."""

    min_photos: int = 1
    """Species with fewer are left out: `too_few_photos`."""
    max_photos: int | None = None
    """Of more, this many are taken; the others are `above_max_photos`."""
    downsample: Literal["min"] | int | None = None
    """Likewise: a number, or as many as the rarest of the species that stay has."""
    seed: int = 0
    """Of the choice among photos that are worth the same."""

    def most(self, counts: Sequence[int]) -> int | None:
        """Photos per species at most, given how many each of those that stay has; None for no limit."""
        lowest = min(counts, default=None) if self.downsample == "min" else self.downsample
        return min((limit for limit in (self.max_photos, lowest) if limit is not None), default=None)
