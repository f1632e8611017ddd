"""What a bundle answers in a real browser, on every backend of tfjs that phones may meet."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sporeprint_site.browser import WITH_WEBGL, NoBrowser
from sporeprint_site.build import build_site
from sporeprint_site.vendoring import VENDOR
from sporeprint_site.verify import visit_site
from sporeprint_training.errors import StepFailed
from sporeprint_training.progress import SILENT, Progress

Backend = Literal["wasm", "webgl", "cpu"]
"""wasm is what the app runs; webgl is measured without a graphics processor; cpu is plain JavaScript."""
Scores = tuple[float, ...]


@dataclass(frozen=True)
class NotMeasured:
    """Why a backend gave no scores."""

    because: str
    browser: bool
    """Whether there was a browser. Without one nothing is known; with one, the bundle may be at fault."""

    def __str__(self) -> str:
        return f"not measured, because {self.because}"


Measured = tuple[Scores | None, ...] | NotMeasured
"""Calibrated scores by photo, in the manifest's class order; None for a photo that the app refused."""


def measure_in_browser(
    bundle: Path,
    photos: Sequence[Path],
    limits: Mapping[Backend, int],
    *,
    seconds: float = 60.0,
    progress: Progress = SILENT,
) -> dict[Backend, Measured]:
    """Build the app around a bundle and identify photos with it in Chromium, decoding and resizing included.

    Each backend has a site of its own, which differs from the real one in the engine alone, and a Chromium of its own.

    Args:
        bundle: folder written by `sporeprint export`.
        photos: files to identify.
        limits: how many of the photos on which backend. Without a graphics processor webgl takes some ten and cpu some
            twenty times as long as wasm: with ResNet50 on a busy machine 10 to 20 s a photo. The app gives up a photo
            after 30 s, and where its own self-test takes longer there is no answer at all.
        seconds: after which webgl and cpu begin no further photo; wasm answers all.
        progress: told about every photo.

    Returns:
        For each backend of `limits` answers to the first photos, one at least, or why there are none.

    Raises:
        BadInput: the bundle is damaged.
    """
    found: dict[Backend, Measured] = {}
    for backend, limit in limits.items():
        try:
            found[backend] = _measure(bundle, photos[:limit], backend, seconds, progress)
        except StepFailed as error:
            found[backend] = NotMeasured(str(error), browser=not isinstance(error, NoBrowser))
    return found


def _measure(bundle: Path, photos: Sequence[Path], backend: Backend, seconds: float, progress: Progress) -> Measured:
    with tempfile.TemporaryDirectory(prefix="sporeprint-runtime-") as folder:
        public = Path(folder) / "public"
        build_site([bundle], public, engine=None if backend == "wasm" else VENDOR / "backends" / f"tfjs-{backend}.js")
        # As many flags as needed and no more: the other backends run as they do on a phone.
        arguments = WITH_WEBGL if backend == "webgl" else ()
        visit = visit_site(
            public,
            photos,
            through_page=0,
            seconds=None if backend == "wasm" else seconds,
            arguments=arguments,
            progress=progress,
        )
    if visit.backend != backend:
        return NotMeasured(f"the app computed on {visit.backend or 'nothing'} instead of {backend}", browser=True)
    return tuple(answer.scores for answer in visit.answers)
