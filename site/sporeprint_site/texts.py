"""The app's texts: which languages there are, and whether each of them says everything."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from sporeprint_training.artefact import canonical_json
from sporeprint_training.errors import BadInput

STRINGS = Path(__file__).parent / "app" / "strings"
DRAFT = "SPOREPRINT_DRAFT_TEXTS"
"""Environment variable for whoever writes the app: while it is "1", a text that a language still lacks is shown in
English and named after the build, instead of failing it."""
_USED = re.compile(r"""\bt\(\s*["'`]([a-z0-9_.]+)["'`]""")
_COUNTED = re.compile(r"""\btn\(\s*["'`]([a-z0-9_.]+)["'`]""")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

Texts = dict[str, str]


def all_languages() -> list[str]:
    """Codes of the languages that the app is written in; English, which all others are made from, comes first."""
    found = {path.stem for path in STRINGS.glob("*.json")}
    return ["en", *sorted(found - {"en"})]


def read_texts(language: str) -> Texts:
    """The texts of one of `all_languages()`."""
    return dict(json.loads((STRINGS / f"{language}.json").read_bytes()))


def used_keys(scripts: Mapping[str, bytes]) -> set[str]:
    """Keys that modules use as literals; `tn("x")` stands for `x_one` and `x_other`."""
    sources = [data.decode() for data in scripts.values()]
    counted = {f"{key}_{form}" for text in sources for key in _COUNTED.findall(text) for form in ("one", "other")}
    return counted | {key for text in sources for key in _USED.findall(text)}


def lacking(texts: Texts, english: Texts, used: Collection[str] = ()) -> list[str]:
    """Keys that a language does not say."""
    return sorted({*english, *used} - texts.keys())


def changed(texts: Texts, english: Texts) -> list[str]:
    """Keys whose placeholders are not those of the English text."""
    return sorted(
        key for key in english.keys() & texts.keys() if _placeholders(english[key]) != _placeholders(texts[key])
    )


def check_texts(catalogues: Mapping[str, Texts], used: set[str]) -> None:
    """Refuse a language that lacks a text or fills in other values than English does.

    Args:
        catalogues: path in the site to texts; the English ones are in `app/strings/en.json`.
        used: keys that the app's modules use.

    Raises:
        BadInput: naming the file and its keys.
    """
    english = catalogues.get("app/strings/en.json", {})
    for path, texts in sorted(catalogues.items()):
        wrong = lacking(texts, english, used) + changed(texts, english)
        if wrong:
            raise BadInput(
                "Every text of the app exists in every language, with the same placeholders",
                received=f"{path} lacks or changes {', '.join(wrong)}",
                next_step=f"Add the texts to that file; while writing the app, {DRAFT}=1 shows them in English",
            )


def offered_texts(files: Mapping[str, bytes], languages: Sequence[str]) -> tuple[dict[str, bytes], list[str]]:
    """The catalogues of the languages that a site offers, each of them complete.

    Args:
        files: path in the site to content, with the catalogues of every language.
        languages: codes, in the site's order.

    Returns:
        The files without the other languages, and a note on each language that is a draft.

    Raises:
        BadInput: a language lacks a text and drafts are not allowed, or has other placeholders than English.
    """
    english = json.loads(files[_path("en")])
    kept = {path: data for path, data in files.items() if not re.fullmatch(r"app/strings/[\w-]+\.json", path)}
    notes: list[str] = []
    for path in map(_path, languages):
        texts = json.loads(files[path])
        missing = lacking(texts, english)
        if missing and os.environ.get(DRAFT) == "1":
            notes.append(f"{path} lacks {len(missing)} texts, shown in English: {', '.join(missing)}")
            texts = {**english, **texts}
        check_texts({_path("en"): english, path: texts}, set())
        kept[path] = files[path] if not missing else canonical_json(texts)
    return kept, notes


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its `{placeholders}` filled in, as the app does it; the result is still plain text."""
    return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), text)


def _path(language: str) -> str:
    return f"app/strings/{language}.json"


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))
