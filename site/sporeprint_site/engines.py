"""tfjs on the backends that most phones never need: fetched by the app where WebAssembly is forbidden or slower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sporeprint_site.vendoring import VENDOR
from sporeprint_training.artefact import sha256_bytes


@dataclass(frozen=True)
class SpareEngine:
    """One file, named by its content like a model's files: a newer tfjs never meets an older one's."""

    data: bytes

    @property
    def path(self) -> str:
        """In the site."""
        return f"content/{sha256_bytes(self.data)}.js"


def spare_engines() -> dict[str, SpareEngine]:
    """The engines of `vendor/backends/` by backend: `webgl`, and `cpu` for browsers without anything else."""
    files = sorted((VENDOR / "backends").glob("tfjs-*.js"))
    return {path.stem.removeprefix("tfjs-"): SpareEngine(path.read_bytes()) for path in files}


def listed(engines: dict[str, SpareEngine]) -> dict[str, Any]:
    """What the catalogue says of them, so that the app can tell their bytes from others."""
    return {
        name: {"path": engine.path, "bytes": len(engine.data), "sha256": sha256_bytes(engine.data)}
        for name, engine in engines.items()
    }
