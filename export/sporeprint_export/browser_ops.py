"""Which graph operations the browser runtime carries; `browser_ops.json` is the list for both languages.

The app's tfjs is built with exactly the kernels that the list names, so an operation outside it would fail on the
phone, not here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from sporeprint_training.errors import BadInput


def load_browser_ops() -> dict[str, tuple[str, ...]]:
    """Graph operation to the tfjs kernels that it runs."""
    content = json.loads(Path(__file__).with_name("browser_ops.json").read_bytes())
    return {name: tuple(kernels) for name, kernels in content["ops"].items()}


def check_ops(nodes: Iterable[tuple[str, str]]) -> None:
    """Refuse a graph that the browser could not run.

    Args:
        nodes: name and operation of each node; the name starts with the path of the layer that made it.

    Raises:
        BadInput: some operation is not in the list; every one of them is named with its first place.
    """
    supported = load_browser_ops()
    first: dict[str, str] = {}
    for name, op in nodes:
        if op not in supported:
            first.setdefault(op, name)
    if first:
        raise BadInput(
            "Every operation of the model has a kernel in the browser runtime",
            received=", ".join(f"{op} at {name}" for op, name in sorted(first.items())),
            next_step="Replace that layer and train again, or add the operation with its kernels to browser_ops.json",
        )
