"""Texts of strangers as they are kept and shown."""

from __future__ import annotations

from sporeprint_training.dataset.names import printable

MAX_TEXT = 500
"""Characters of a text that are kept."""


def text(stated: str) -> str:
    """Text as it is kept: on one line, without invisible characters, at most `MAX_TEXT` long."""
    kept = stated if stated.isprintable() else "".join(part for part in " ".join(stated.split()) if printable(part))
    return kept.strip()[:MAX_TEXT]
