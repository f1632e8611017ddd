"""Names written by strangers as scientific names."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

MAX_NAME = 200
"""Characters of a scientific name that are kept."""
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_GENUS = re.compile(r"[A-Z][a-zà-öø-ÿœ]+(-[A-Za-zà-öø-ÿœ]+)?")
_EPITHET = re.compile(r"[a-zà-öø-ÿœ]{2,}(-[a-zà-öø-ÿœ]+)*")
# Authors' particles, and words for "we do not know which species".
_NO_EPITHET = frozenset(
    {*("de", "del", "den", "der", "du", "et", "ex", "in", "la", "le", "van", "von", "zu")}
    | {*("sp", "spp", "spec", "cf", "aff", "indet")}
)
_BELOW, _FORM = frozenset({"subsp.", "ssp.", "var.", "subvar."}), ("f.", "forma")


def scientific_name(folder: str) -> str | None:
    """The name that a class folder stands for: underscores are spaces, the first letter is upper case.

    Returns:
        The name, at most `MAX_NAME` characters, or None when it is empty or holds control, direction-override or
        undecodable characters, which could show another name than the one that is stored.
    """
    name = unicodedata.normalize("NFC", folder)
    if not printable(name):
        return None
    name = " ".join(name.replace("_", " ").split())[:MAX_NAME].strip()
    return name[0].upper() + name[1:] if name else None


def printable(text: str) -> bool:
    """Whether there are no control, direction-override or undecodable characters in it."""
    return text.isprintable() or all(unicodedata.category(character) not in _UNPRINTABLE for character in text)


def rank_of(name: str) -> Literal["species", "genus"]:
    """A name of one word is a genus; everything else counts as a species."""
    return "species" if " " in name else "genus"


@lru_cache(maxsize=100_000)
def binomial(text: str) -> str | None:
    """Genus and epithet of a scientific name; the author, a subgenus, a hybrid's × and what follows the epithet go.

    Returns:
        `Amanita muscaria` for `Amanita muscaria var. alba Peck, 1910`; None for whatever names no species: `Amanita
        Pers.`, `Amanita sp.`, `BOLD:AAF9225`.
    """
    words = [word for word in text.replace("×", " ").split() if word != "x"]
    if len(words) > 2 and words[1].startswith("(") and words[1].endswith(")"):
        del words[1]
    if len(words) < 2 or not _GENUS.fullmatch(words[0]) or not _is_epithet(words[1]):
        return None
    return f"{words[0]} {words[1]}"


def is_infraspecific(text: str) -> bool:
    """Whether a scientific name goes on after the epithet: a subspecies, a variety or a form."""
    words = text.split()[2:]
    return bool(words) and (_is_epithet(words[0]) or words[0] in _FORM or not _BELOW.isdisjoint(words))


def _is_epithet(word: str) -> bool:
    return bool(_EPITHET.fullmatch(word)) and word not in _NO_EPITHET
