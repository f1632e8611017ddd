"""One weight tensor as bytes, in tensorflowjs' own formats or in ours, and back.

tensorflowjs quantises with one step for a whole tensor. That is enough at 16 bits; at 8 it ruins networks whose
channels differ in size, as they do after batch norm is folded. Ours has a step for each channel.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sporeprint_export.manifest import Precision
from sporeprint_export.rounding import Rounded
from sporeprint_training.errors import StepFailed

SMALLEST_QUANTISED = 256
"""Tensors with fewer values stay float32: together they are a few kilobytes, and they hold the scaling of pixels,
where an error would reach every value that follows."""
_OWN_BITS = {f"int{bits}": bits for bits in range(4, 9)}
_STEPS = {"uint8": 255, "uint16": 65535}


@dataclass(frozen=True)
class EncodedWeight:
    """A tensor's bytes and what a reader needs to know of them."""

    data: bytes
    quantization: dict[str, Any] = field(default_factory=dict)
    """The entry's `quantization`; empty when the bytes are the values themselves."""


def encode(name: str, value: NDArray[Any], precision: Precision) -> EncodedWeight:
    """Encode one tensor, little-endian, so that any tensorflowjs client reads it.

    float16 rounds each value; uint8 and uint16 spread 256 or 65,536 steps evenly from the tensor's least to its
    greatest value, moved so that zero stays zero, as tensorflowjs does. With our own precisions it is called for the
    tensors that are not rounded, which are float16.

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
    if precision in _STEPS:
        return _affine(value, precision)
    return EncodedWeight(_half(name, value).tobytes(), {"dtype": "float16", "original_dtype": "float32"})


def _affine(value: NDArray[Any], precision: Precision) -> EncodedWeight:
    least, step = _range(value, _STEPS[precision])
    steps = np.round((value.astype(np.float64) - least) / step).clip(0, _STEPS[precision]).astype(precision)
    affine = {"dtype": precision, "min": least, "scale": step, "original_dtype": "float32"}
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


def _range(value: NDArray[Any], steps: int) -> tuple[float, float]:
    least, greatest = float(value.min()), float(value.max())
    if least == greatest:
        return least, 1.0
    step = (greatest - least) / steps
    if least <= 0 <= greatest:
        least = -round(-least / step) * step
    return least, step


def encode_rounded(rounded: Rounded) -> EncodedWeight:
    """Encode integers with a scale per channel, in our own format.

    The scales come first, float32, little-endian. Eight-bit integers follow as signed bytes. Narrower ones are made
    positive by adding 2^(bits-1) and split: a plane of their upper four bits, two values to a byte, the earlier one
    in the lower half; then a plane of the other bits, least significant first, without gaps. In a plane of its own
    the uneven distribution of the upper bits is still there for a web server's compression to find.
    """
    values, bits = rounded.integers.reshape(-1), rounded.bits
    quantization = {"dtype": f"int{bits}", "channels": len(rounded.scales), "original_dtype": "float32"}
    scales = rounded.scales.astype("<f4").tobytes()
    if bits == 8:
        return EncodedWeight(scales + values.tobytes(), quantization)
    positive = (values.astype(np.int16) + 2 ** (bits - 1)).astype(np.uint8)
    low_bits = bits - 4
    low = positive & (2**low_bits - 1)
    low_plane = np.packbits((low[:, None] >> np.arange(low_bits)) & 1, bitorder="little")
    return EncodedWeight(scales + _pack_halves(positive >> low_bits) + low_plane.tobytes(), quantization)


def _pack_halves(halves: NDArray[np.uint8]) -> bytes:
    even = np.append(halves, np.uint8(0)) if len(halves) % 2 else halves
    return (even[::2] | (even[1::2] << 4)).astype(np.uint8).tobytes()


def encoded_bytes(entry: dict[str, Any]) -> int:
    """Length in bytes of a weight from its entry in model.json."""
    size = int(np.prod(entry["shape"], dtype=np.int64))
    bits = _own_bits(entry)
    if bits is None:
        return size * _stored(entry).itemsize
    planes = size if bits == 8 else -(-size // 2) + -(-size * (bits - 4) // 8)
    return int(entry["quantization"]["channels"]) * 4 + planes


def decode(entry: dict[str, Any], data: bytes) -> NDArray[Any]:
    """The tensor that the browser makes of `data`.

    Args:
        entry: from `weightsManifest`: `shape`, `dtype`, and `quantization` where there is one.
        data: exactly the weight's bytes.
    """
    bits = _own_bits(entry)
    if bits is not None:
        return _decode_rounded(entry, data, bits).weights()
    values: NDArray[Any] = np.frombuffer(data, _stored(entry)).reshape(entry["shape"])
    quantization = entry.get("quantization", {})
    if "scale" in quantization:
        values = values * np.float64(quantization["scale"]) + quantization["min"]
    return values.astype(np.float32) if quantization else values


def _decode_rounded(entry: dict[str, Any], data: bytes, bits: int) -> Rounded:
    channels = int(entry["quantization"]["channels"])
    scales = np.frombuffer(data, "<f4", channels).astype(np.float32)
    size = int(np.prod(entry["shape"], dtype=np.int64))
    stored = np.frombuffer(data, np.uint8, offset=channels * 4)
    if bits == 8:
        values = stored.view(np.int8)
    else:
        halves, low_bits = stored[: -(-size // 2)], bits - 4
        upper = np.stack([halves & 15, halves >> 4], axis=1).reshape(-1)[:size]
        plane = np.unpackbits(stored[len(halves) :], bitorder="little")[: size * low_bits].reshape(size, low_bits)
        low = (plane << np.arange(low_bits)).sum(axis=1) if low_bits else 0
        values = ((upper.astype(np.int16) << low_bits) + low - 2 ** (bits - 1)).astype(np.int8)
    return Rounded(values.reshape(entry["shape"]), scales, bits)


def _own_bits(entry: dict[str, Any]) -> int | None:
    dtype = str(entry.get("quantization", {}).get("dtype", ""))
    return _OWN_BITS.get(dtype)


def _stored(entry: dict[str, Any]) -> np.dtype[Any]:
    return np.dtype(entry.get("quantization", {}).get("dtype", entry["dtype"])).newbyteorder("<")
