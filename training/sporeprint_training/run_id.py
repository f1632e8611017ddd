"""The id of a run, known before it starts: equal inputs give an equal id, so that nothing is trained twice."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sporeprint_training.artefact import canonical_json, sha256_bytes
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.dataset.info import DatasetInfo
from sporeprint_training.reference import load_reference
from sporeprint_training.weights import WeightsSource

PACKAGES = ("sporeprint", "tensorflow", "keras", "numpy", "pillow")


_ELSEWHERE: Any = {
    "model": {"weights", "warm_start"},
    "dataset": {"source"},
    "callbacks": {"checkpoint", "tensorboard"},
    "reference": {"folder"},
}


def run_id(config: RunConfig, info: DatasetInfo, source: WeightsSource) -> str:
    """`BACKBONE-` and ten hexadecimal digits of the hash over everything that decides the result.

    Where weights, photos and the reference table lie does not count, what they are does; nor what only watches.
    """
    content = {
        "config": config.model_dump(mode="json", exclude=_ELSEWHERE),
        "dataset": info.model_dump(mode="json", exclude={"rejected", "created_by"}),
        "weights": source.sha256,
        "reference": load_reference(config.reference.folder, config.reference.regions).sha256,
        "versions": versions(),
    }
    return f"{config.model.base}-{sha256_bytes(canonical_json(content))[:10]}"


def versions() -> dict[str, str]:
    """Versions of the packages that decide the result; "0" for one that runs without being installed."""
    return {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "0"
