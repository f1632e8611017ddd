"""Remembering what each hop was made from, so that `make` repeats only what changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from sporeprint_training.artefact import canonical_json, sha256_bytes, write_bytes
from sporeprint_training.dataset.sources import files_in

Result = dict[str, Any]


@dataclass
class Hops:
    """The hops of one `make`, with their inputs' fingerprints kept in a file between runs.

    Args:
        ledger: the file; a missing or damaged one only means that everything is made again.
    """

    ledger: Path
    recomputed: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def run(
        self,
        name: str,
        inputs: Mapping[str, Any],
        output: Callable[[Result], Path],
        do: Callable[[], Result],
        later: Collection[str] = (),
        *,
        unfinished: bool = False,
    ) -> Result:
        """Do a hop, or return its remembered result when inputs are unchanged and the output is still whole.

        Args:
            name: of the hop.
            inputs: everything that decides the output, as JSON values; see `code` for the hop's own program.
            output: from the result to the artefact's folder.
            do: makes the artefact and returns what later hops need, as JSON values.
            later: names of files in it that other commands write: they may come and go.
            unfinished: do it although nothing changed; something was not to be had the last time.
        """
        wanted = sha256_bytes(canonical_json(inputs))
        kept = self._read().get(name)
        if not unfinished and isinstance(kept, dict) and isinstance(kept.get("result"), dict):
            made = contents(output(kept["result"]), later)
            if made and (kept.get("inputs"), kept.get("output")) == (wanted, made):
                self.seconds[name] = 0.0
                return dict(kept["result"])
        started = time.monotonic()
        result = do()
        self.seconds[name] = round(time.monotonic() - started, 2)
        self.recomputed.append(name)
        entry = {"inputs": wanted, "output": contents(output(result), later), "result": result}
        write_bytes(self.ledger, canonical_json({**self._read(), name: entry}))
        return result

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self.ledger.read_bytes())
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}


def code(package: ModuleType) -> str:
    """SHA-256 over a package's programs and tables: what another version would make otherwise is made again."""
    files = sorted(Path(str(package.__file__)).parent.rglob("*.*"))
    return sha256_bytes(b"".join(path.read_bytes() for path in files if path.suffix in (".py", ".csv", ".json")))


def contents(folder: Path, later: Collection[str] = ()) -> str:
    """SHA-256 over the names and lengths of an artefact's files but those called `later`; empty when there are none.

    A file that somebody deleted or cut short makes the hop run again.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in later)
    listing = [(path.relative_to(folder).as_posix(), path.stat().st_size) for path in files]
    return sha256_bytes(canonical_json(listing)) if listing else ""


def fingerprint(paths: Iterable[Path]) -> str:
    """SHA-256 over the names, lengths and times of change of every file under `paths` that an ingest would find there.

    Contents are not read: a terabyte of photos must not be hashed to find that nothing changed.
    """
    digest = hashlib.sha256()
    for path in paths:
        # Of a path that is neither, nothing is remembered: whoever needs it says what is wrong with it.
        for name in sorted(files_in(path)) if path.is_dir() else ["."] if path.is_file() else []:
            digest.update(f"{path}\0{name}\0{_state(path / name)}\n".encode())
    return digest.hexdigest()


def _state(file: Path) -> str:
    try:
        status = file.stat()
    except OSError:
        return "unreadable"  # or a link that leads nowhere; the ingest counts it
    return f"{status.st_size}\0{status.st_mtime_ns}"
