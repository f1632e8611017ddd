"""One weight tensor as bytes, in tensorflowjs' own quantisation formats, and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sporeprint_export.manifest import Precision
from sporeprint_training.errors import StepFailed

SMALLEST_QUANTISED = 256
"""Tensors with fewer values stay float32: together they are a few kilobytes, and they hold the scaling of pixels,
where an error would reach every value that follows."""


@dataclass(frozen=True)
class EncodedWeight:
    """A tensor's bytes and what a reader needs to know of them."""

    data: bytes
    quantization: dict[str, Any] = field(default_factory=dict)
    """tensorflowjs' `quantization` entry; empty when the bytes are the values themselves."""


def encode(name: str, value: NDArray[Any], precision: Precision) -> EncodedWeight:
    """Encode one tensor, little-endian.

    float16 rounds each value; uint16 spreads 65,536 steps evenly from the tensor's least to its greatest value, moved
    so that zero stays zero, as tensorflowjs does.

    Raises:
        StepFailed: a value is NaN or infinite, or too large for float16.
    """
    if value.dtype != np.float32:
        return EncodedWeight(value.tobytes())
    if not np.isfinite(value).all():
        raise StepFailed(
            "Every weight is a finite number", received=f"NaN or infinity in {name}", next_step="Train again"
        )
    if precision == "float32" or value.size < SMALLEST_QUANTISED:
        return EncodedWeight(value.tobytes())
    if precision == "float16":
        return EncodedWeight(_half(name, value).tobytes(), {"dtype": "float16", "original_dtype": "float32"})
    least, step = _range(value)
    steps = np.round((value.astype(np.float64) - least) / step).clip(0, 65535).astype(np.uint16)
    affine = {"dtype": "uint16", "min": least, "scale": step, "original_dtype": "float32"}
    return EncodedWeight(steps.tobytes(), affine)


def _half(name: str, value: NDArray[Any]) -> NDArray[Any]:
    greatest = float(np.abs(value).max())
    if greatest > float(np.finfo(np.float16).max):
        raise StepFailed(
            "Every weight fits float16, at most 65504",
            received=f"{greatest:g} in {name}",
            next_step="Export with --precision uint16 or float32",
        )
    return value.astype(np.float16)


def _range(value: NDArray[Any]) -> tuple[float, float]:
    least, greatest = float(value.min()), float(value.max())
    if least == greatest:
        return least, 1.0
    step = (greatest - least) / 65535
    if least <= 0 <= greatest:
        least = -round(-least / step) * step
    return least, step


def encoded_bytes(entry: dict[str, Any]) -> int:
    """Length in bytes of a weight from its entry in model.json."""
    return int(np.prod(entry["shape"], dtype=np.int64)) * _stored(entry).itemsize


def decode(entry: dict[str, Any], data: bytes) -> NDArray[Any]:
    """The tensor that tensorflowjs makes of `data`.

    Args:
        entry: from `weightsManifest`: `shape`, `dtype`, and `quantization` where there is one.
        data: exactly the weight's bytes.
    """
    values: NDArray[Any] = np.frombuffer(data, _stored(entry)).reshape(entry["shape"])
    quantization = entry.get("quantization", {})
    if "scale" in quantization:
        values = values * np.float64(quantization["scale"]) + quantization["min"]
    return values.astype(np.float32) if quantization else values


def _stored(entry: dict[str, Any]) -> np.dtype[Any]:
    return np.dtype(entry.get("quantization", {}).get("dtype", entry["dtype"])).newbyteorder("<")
