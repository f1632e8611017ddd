"""Checkpoints: all that training needs to go on as if it had never stopped, in files that name their own hash."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.artefact import sha256_bytes, write_bytes

FOLDER = "checkpoints"
_NAME = re.compile(r"(\d{8})-([0-9a-f]{32})\.npz")
_META = "meta"

Content = dict[str, Any]
"""JSON values, and arrays or lists of arrays, at any depth of dictionaries."""


def write_checkpoint(folder: Path, content: Content, keep: int) -> Path:
    """Add a checkpoint and delete the oldest ones.

    Args:
        folder: of one run's checkpoints.
        content: what to keep.
        keep: how many stay.
    """
    arrays: dict[str, NDArray[Any]] = {}
    plain = _take_arrays(content, arrays)
    stream = io.BytesIO()
    np.savez(stream, **{_META: np.frombuffer(json.dumps(plain).encode(), np.uint8)}, **arrays)
    data = stream.getvalue()
    known = _listed(folder)
    number = known[-1][0] + 1 if known else 1
    path = folder / f"{number:08d}-{sha256_bytes(data)[:32]}.npz"
    write_bytes(path, data)
    for _, old in known[: max(0, len(known) + 1 - keep)]:
        old.unlink(missing_ok=True)
    return path


def read_checkpoint(folder: Path, damaged: Callable[[Path], None] = lambda path: None) -> Content | None:
    """The newest checkpoint that is whole; None when there is none.

    Args:
        folder: of one run's checkpoints.
        damaged: told of every newer one, whose bytes are not those that its name promises.
    """
    for _, path in reversed(_listed(folder)):
        data = path.read_bytes()
        match = _NAME.fullmatch(path.name)
        if match is None or sha256_bytes(data)[:32] != match.group(2):
            damaged(path)
            continue
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            plain = json.loads(file[_META].tobytes())
            content: Content = _put_arrays(plain, file)
            return content
    return None


def _listed(folder: Path) -> list[tuple[int, Path]]:
    found = [(match, path) for path in folder.glob("*.npz") if (match := _NAME.fullmatch(path.name))]
    return sorted((int(match.group(1)), path) for match, path in found)


def _take_arrays(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(value, dict):
        return {key: _take_arrays(item, arrays) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        # Keras gives the value of a variable without axes as a number of NumPy's.
        name = f"array{len(arrays)}"
        arrays[name] = np.asarray(value)
        return {"array": name}
    if isinstance(value, (list, tuple)):
        return [_take_arrays(item, arrays) for item in value]
    return value


def _put_arrays(value: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if isinstance(value, dict):
        if set(value) == {"array"} and isinstance(value["array"], str):
            return arrays[value["array"]]
        return {key: _put_arrays(item, arrays) for key, item in value.items()}
    if isinstance(value, list):
        return [_put_arrays(item, arrays) for item in value]
    return value
