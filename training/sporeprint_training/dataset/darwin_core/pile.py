"""Arrays that grow, by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Pile:
    """Parts of arrays, joined when the whole is asked for, so that only one column is there twice at a time."""

    def __init__(self) -> None:
        self._parts: dict[str, list[NDArray[Any]]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def add(self, **arrays: NDArray[Any]) -> None:
        """Put parts behind what is there."""
        for name, array in arrays.items():
            self._parts.setdefault(name, []).append(array)

    def take(self, name: str, kind: type | np.dtype[Any]) -> NDArray[Any]:
        """The whole array, which is forgotten here; empty if there was none.

        Args:
            name: as in `add`.
            kind: dtype of an empty array.
        """
        parts = self._parts.pop(name, [])
        return np.concatenate(parts) if parts else np.zeros(0, kind)
