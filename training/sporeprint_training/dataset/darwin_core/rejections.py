"""What was not taken, and why: each row under one reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

EXAMPLES = 5
"""Rows that are named for each reason; the rest is counted."""


@dataclass
class Rejections:
    """A tally."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    """Reason to the first places, such as `multimedia.txt, line 7`."""

    def add(self, reason: str, table: str, lines: Iterable[int], number: int) -> None:
        """Count rows.

        Args:
            reason: in snake_case.
            table: name of the rows' file.
            lines: where they stand, from 1; no more than a few are looked at.
            number: of the rows.
        """
        if not number:
            return
        self.counts[reason] += number
        places = self.examples.setdefault(reason, [])
        for line, _ in zip(lines, range(EXAMPLES - len(places)), strict=False):
            places.append(f"{table}, line {line}")
