"""The bundle's weight codec, spelled out value by value: what the browser's decoder is compared with."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def encode_entry(steps: Sequence[int], scales: Sequence[float], bits: int) -> bytes:
    """The bytes of an entry.

    Args:
        steps: the signed integers q, row-major.
        scales: one per channel; value i is q × scale[i % channels].
        bits: 4 to 8.
    """
    head = struct.pack(f"<{len(scales)}f", *scales)
    if bits == 8:
        return head + struct.pack(f"<{len(steps)}b", *steps)
    raised = [step + 2 ** (bits - 1) for step in steps]
    upper = [value >> (bits - 4) for value in raised]
    return head + _packed(upper, 4) + _packed([value % 2 ** (bits - 4) for value in raised], bits - 4)


def _packed(values: Sequence[int], width: int) -> bytes:
    # The first value lies in the lowest bits of one long number.
    number = sum(value << (index * width) for index, value in enumerate(values))
    return number.to_bytes((len(values) * width + 7) // 8, "little")


def codec_entry(name: str, shape: Sequence[int], channels: int, bits: int) -> dict[str, object]:
    """The entry of model.json that goes with it."""
    quantization = {"dtype": f"int{bits}", "channels": channels, "original_dtype": "float32"}
    return {"name": name, "shape": list(shape), "dtype": "float32", "quantization": quantization}
