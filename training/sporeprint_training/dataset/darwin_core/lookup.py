"""Finding occurrences by the core's id."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.dataset.darwin_core.occurrences import STATES
from sporeprint_training.dataset.darwin_core.photos import REASONS
from sporeprint_training.dataset.darwin_core.pile import Pile


class Lookup:
    """An index of all occurrences, those that were not wanted as well.

    Args:
        rows: `key`, `state` and `line` of each; see `occurrences.Occurrences.all`.
    """

    def __init__(self, rows: Pile) -> None:
        self.state: NDArray[np.int8] = rows.take("state", np.int8)
        """Place in `STATES`."""
        self.lines: NDArray[np.int64] = rows.take("line", np.int64)
        kept = self.state == 0
        self.places: NDArray[np.int32] = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
        """Among the kept ones; -1 for others."""
        self._keys = pd.Index(rows.take("key", object), dtype=object)
        self._rows = np.arange(self.number, dtype=np.int32)
        if not self._keys.is_unique:
            # Nobody can tell which of them a photo shows.
            self.state[self._keys.duplicated(keep=False) & kept] = STATES.index("several_occurrences")
            first = ~self._keys.duplicated()
            self._keys, self._rows = self._keys[first], self._rows[first]

    @property
    def number(self) -> int:
        """How many occurrences there are."""
        return len(self.state)

    def find(self, keys: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
        """Place of each occurrence among the kept ones, -1 for none, and its place in `photos.REASONS`."""
        if not self.number:
            return np.full(len(keys), -1, np.int32), np.full(len(keys), _NONE, np.int8)
        at = self._keys.get_indexer(pd.Index(np.array(keys, object)))
        rows = self._rows[at]
        known = at >= 0
        return np.where(known, self.places[rows], np.int32(-1)), np.where(known, self.state[rows], np.int8(_NONE))


_NONE = REASONS.index("no_occurrence")
