"""`sporeprint backbones`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sporeprint.terminal import JsonOption, emit, say, show
from sporeprint_training.backbone_registry import REGISTRY, Entry
from sporeprint_training.weights import MIRROR, find_local, keras_cache


def backbones(as_json: JsonOption = False) -> None:
    """List the networks that `--backbone` takes, and whether their weights are on this machine."""
    rows = [_row(entry) for entry in REGISTRY.values()]
    show(
        "Backbones",
        ("name", "px", "parameters", "MB", "int8", "licence", "weights"),
        [
            (
                row["name"],
                row["size"],
                row["parameters"] and f"{row['parameters'] / 1e6:.1f} M",
                row["mb_float32"] and f"{row['mb_float32']:.1f}",
                row["mb_int8"] and f"{row['mb_int8']:.1f}",
                row["licence"] or None,
                row["local"] or row["without"],
            )
            for row in rows
        ],
    )
    for row in rows:
        if row["note"]:
            say(f"{row['name']}: {row['note']}")
    say(f"Any other network of Keras: keras.applications.NAME. A folder of local copies: {MIRROR}")
    emit({"backbones": rows}, as_json=as_json)


def _row(entry: Entry) -> dict[str, Any]:
    local = find_local(entry)
    if local is None and entry.kind == "application" and entry.published:
        cached = keras_cache(entry.published.location)
        local = cached if cached.is_file() else None
    return {**asdict(entry), "local": str(local) if local else None, "without": _without_copy(entry)}


def _without_copy(entry: Entry) -> str:
    """What happens where there is no local copy."""
    if entry.published and entry.published.location:
        return "download"
    return "--weights" if entry.kind in ("hub", "file") else "from scratch"
