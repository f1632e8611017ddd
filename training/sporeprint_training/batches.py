"""Reading photos in batches."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.errors import BadInput
from sporeprint_training.images import UnreadableImage, read_input
from sporeprint_training.input_spec import InputSpec

KEPT_BYTES = 1 << 30
"""Decoded photos are kept in memory while all of them together are at most this large."""
THREADS = min(16, os.cpu_count() or 1)

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


class PhotoReader:
    """Pixels of a list of photos, exactly as the browser will see them.

    Args:
        paths: image files; a row is a position in this list.
        spec: geometry of the input.
        keep: keep the decoded pixels for the next epoch, if all of them are at most `KEPT_BYTES`.
    """

    def __init__(self, paths: Sequence[Path], spec: InputSpec, *, keep: bool = True) -> None:
        self.paths = paths
        self.spec = spec
        shape = (len(paths), spec.size, spec.size, 3)
        small = np.prod(shape, dtype=np.int64) <= KEPT_BYTES
        self._kept = np.zeros(shape, np.uint8) if keep and small else None
        self._known = np.zeros(len(paths), bool)
        self._pool = ThreadPoolExecutor(THREADS)

    @property
    def keeps(self) -> bool:
        """Whether each photo is decoded once only."""
        return self._kept is not None

    def read(self, rows: Rows) -> NDArray[np.uint8]:
        """Pixels of shape `(rows, size, size, 3)`, RGB 0 to 255.

        Raises:
            BadInput: a photo of the data set is missing or cannot be decoded.
        """
        if self._kept is None:
            return np.stack(list(self._pool.map(self._decode, rows)))
        new = rows[~self._known[rows]]
        for row, pixels in zip(new, self._pool.map(self._decode, new), strict=True):
            self._kept[row], self._known[row] = pixels, True
        return self._kept[rows]

    def in_order(self, batch_size: int) -> Iterator[NDArray[np.uint8]]:
        """All photos, batch by batch; the next batch is decoded while the caller works on this one."""
        starts = range(0, len(self.paths), batch_size)
        parts = [np.arange(start, min(start + batch_size, len(self.paths))) for start in starts]
        with ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(self.read, parts[0]) if parts else None
            for following in [*parts[1:], None]:
                if coming is not None:
                    pixels = coming.result()
                    coming = None if following is None else ahead.submit(self.read, following)
                    yield pixels

    def _decode(self, row: int) -> NDArray[np.uint8]:
        try:
            return read_input(self.paths[row], self.spec)
        except (UnreadableImage, OSError) as error:
            raise BadInput(
                "Every photo of a data set or a run can be decoded",
                received=f"{self.paths[row]}: {error}",
                next_step="Ingest the photos and train again",
            ) from None
