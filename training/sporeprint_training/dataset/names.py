"""Folder names of strangers as scientific names."""

from __future__ import annotations

import unicodedata
from typing import Literal

MAX_NAME = 200
"""Characters of a scientific name that are kept."""
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def scientific_name(folder: str) -> str | None:
    """The name that a class folder stands for: underscores are spaces, the first letter is upper case.

    Returns:
        The name, at most `MAX_NAME` characters, or None when it is empty or holds control, direction-override or
        undecodable characters, which could show another name than the one that is stored.
    """
    name = unicodedata.normalize("NFC", folder)
    if any(unicodedata.category(character) in _UNPRINTABLE for character in name):
        return None
    name = " ".join(name.replace("_", " ").split())[:MAX_NAME].strip()
    return name[0].upper() + name[1:] if name else None


def rank_of(name: str) -> Literal["species", "genus"]:
    """A name of one word is a genus; everything else counts as a species."""
    return "species" if " " in name else "genus"
