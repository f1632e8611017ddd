"""How many photos stand under which licence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

MOST_LICENCES = 20
"""Named one by one. Sources may state them in free text, and every phone downloads the list."""


def count_licences(licences: Iterable[str]) -> dict[str, int]:
    """Photos by licence; where there are more than `MOST_LICENCES`, the rarest are counted together as "other"."""
    ranked = sorted(Counter(licences).items(), key=lambda item: (-item[1], item[0]))
    named = dict(ranked[:MOST_LICENCES])
    rest = sum(count for _, count in ranked[MOST_LICENCES:])
    return {**named, "other": named.get("other", 0) + rest} if rest else named
