"""Sources that lie at GBIF: `gbif:KEY`, a download that was asked for, and `gbif:FILE`, a search to ask for."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sporeprint.terminal import say
from sporeprint_training.artefact import canonical_json, sha256_bytes, write_bytes
from sporeprint_training.errors import BadInput

if TYPE_CHECKING:
    from sporeprint_training.dataset.darwin_core.gbif_api import GbifApi

PREFIX = "gbif:"
API_VARIABLE = "SPOREPRINT_GBIF_API"
"""Environment variable with the address of something else that answers like GBIF."""


def fetched(sources: Sequence[Path], out: Path) -> list[Path]:
    """Replace sources that lie at GBIF by the archives that they stand for.

    Args:
        sources: as the user names them.
        out: of the data set; archives are kept beside it, and are not fetched twice.

    Raises:
        BadInput: no such search, or GBIF does not know the key or the user.
        StepFailed: GBIF cannot be reached, or does not make the download.
    """
    return [_archive(str(source), gbif_folder(out)) if at_gbif(source) else source for source in sources]


def at_gbif(source: Path) -> bool:
    """Whether a source is one of GBIF's."""
    return str(source).startswith(PREFIX)


def gbif_folder(out: Path) -> Path:
    """Where archives from GBIF are kept."""
    return out.absolute().parent / f"{out.name}-gbif"


def _archive(source: str, folder: Path) -> Path:
    from sporeprint_training.dataset.darwin_core.gbif_api import API, GbifApi, download_archive

    api = GbifApi(os.environ.get(API_VARIABLE, API))
    named = source.removeprefix(PREFIX)
    search = Path(named)
    key = _asked_for(search, folder, api) if search.suffix.lower() == ".json" else named
    say(f"GBIF: waiting for download {key}")
    return download_archive(folder, key=key, api=api)


def _asked_for(search: Path, folder: Path, api: GbifApi) -> str:
    try:
        predicate = json.loads(search.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(
            "A search is a JSON file with one of GBIF's predicates",
            received=f"{search}: {error}",
            next_step='Write one such as {"type": "equals", "key": "TAXON_KEY", "value": "5"}',
        ) from None
    if not isinstance(predicate, dict):
        raise BadInput("A search is a JSON object", received=f"{search}: {type(predicate).__name__}")
    # GBIF makes few downloads of one user at a time, and each gets a DOI: the same search is asked for once.
    note = folder / f"{sha256_bytes(canonical_json(predicate))[:16]}.key"
    if not note.is_file():
        write_bytes(note, api.request(predicate).encode())
    return note.read_text().strip()
