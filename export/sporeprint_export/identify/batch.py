"""Identifying any number of photos, with the next ones decoded meanwhile and never more than a few in memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sporeprint_export.identify.answer import Answer, Occasion, make_answer
from sporeprint_export.identify.failures import Unusable
from sporeprint_export.identify.fetch import Limits
from sporeprint_export.identify.look import Look
from sporeprint_export.identify.model import BundleModel
from sporeprint_export.identify.photos import PhotoSource, read_pixels
from sporeprint_export.manifest import Manifest

WORKERS = min(4, os.cpu_count() or 1)
"""Photos that are decoded at the same time; one of 100 million pixels takes 300 MB meanwhile."""
_AHEAD = 2 * WORKERS
ONE_FIND = "one find"
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class IdentifyOptions:
    """How to identify."""

    top: int = 3
    """Classes to keep of every answer."""
    one_find: bool = False
    """All photos show one find: one answer, beside what is wrong with photos that could not be used."""
    occasion: Occasion | None = None
    """When and where the photos were taken; None lets the photos alone count."""
    limits: Limits = field(default_factory=Limits)


def identify(
    photos: Sequence[PhotoSource],
    model: BundleModel,
    manifest: Manifest,
    options: IdentifyOptions,
    advance: Callable[[int], None] = lambda count: None,
) -> Iterator[Answer]:
    """Answer every photo in its order; one that cannot be used is an answer with an error and stops nothing.

    Args:
        photos: from `find_photos`.
        model: the bundle's model.
        manifest: the same bundle's definition.
        options: see `IdentifyOptions`.
        advance: called with 1 after each photo.
    """
    taxa = manifest.taxa()
    of_find: list[Look] = []
    used: list[str] = []
    for photo, pixels in _decoded(photos, manifest, options.limits):
        if isinstance(pixels, Unusable):
            yield Answer(photo.name, None, error=pixels)
        elif options.one_find:
            of_find.append(model.look(pixels))
            used.append(photo.name)
        else:
            looks = [model.look(pixels)]
            yield make_answer(photo.name, looks, manifest, options.top, occasion=options.occasion, taxa=taxa)
        advance(1)
    if of_find:
        yield make_answer(ONE_FIND, of_find, manifest, options.top, used, options.occasion, taxa)


def _decoded(
    photos: Iterable[PhotoSource], manifest: Manifest, limits: Limits
) -> Iterator[tuple[PhotoSource, Pixels | Unusable]]:
    def read(photo: PhotoSource) -> Pixels | Unusable:
        try:
            return read_pixels(photo, manifest.input, limits)
        except Unusable as error:
            return error

    waiting: deque[tuple[PhotoSource, Future[Pixels | Unusable]]] = deque()
    with ThreadPoolExecutor(WORKERS) as executor:
        try:
            for photo in photos:
                waiting.append((photo, executor.submit(read, photo)))
                if len(waiting) > _AHEAD:
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
