"""Words that a site's owner writes: plain text, once for all languages or once for each."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

ANY = ""
"""Stands for every language in a table of words."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _printable(text: str) -> str:
    # Characters that turn the writing round would make a number or a name read as another one.
    bad = [c for c in text if c in _TURNING or (unicodedata.category(c) == "Cc" and c not in "\n\t")]
    if bad:
        raise ValueError(f"plain text holds no control characters, here {bad[0]!r}")
    return text.strip()


def _by_language(value: Any) -> Any:
    return {ANY: value} if isinstance(value, str) else value


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\r\n]*$"),
    AfterValidator(_printable),
]
"""One line of plain text."""
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$|^$")]
Words = Annotated[dict[LanguageTag, Line], BeforeValidator(_by_language), Field(min_length=1)]
"""One line, or a table with one line for each language."""
Paragraphs = Annotated[
    dict[LanguageTag, Annotated[str, StringConstraints(min_length=1, max_length=8000), AfterValidator(_printable)]],
    BeforeValidator(_by_language),
    Field(min_length=1),
]
"""Text whose paragraphs are parted by an empty line, once or for each language."""


def in_language(words: dict[str, str], language: str) -> str:
    """The words in a language, or else in whichever comes first."""
    return words.get(language) or words.get(ANY) or next(iter(words.values()))


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, each without line breaks."""
    return [" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
