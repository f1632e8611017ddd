"""Features of a frozen backbone, computed once per photo and kept by content.

A photo's features depend on the weights, the input's geometry, what is changed in the photo first, and its bytes; the
last is a row of a table in a folder that the others name. New photos are added in parts, each written in one step, so
that an interrupted run loses little.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.artefact import canonical_json, sha256_bytes, write_bytes
from sporeprint_training.backbones import Backbone
from sporeprint_training.batches import Floats, PhotoReader
from sporeprint_training.execution import answers, filled
from sporeprint_training.input_spec import InputSpec

if TYPE_CHECKING:
    from sporeprint_training.augmentation import Augmenter

FORMAT = 1
VIEW_FORMAT = 1
"""Raised when the same configuration and seed come to change photos in another way."""
PART_PHOTOS = 4096

View: TypeAlias = "tuple[Augmenter, int]"
"""An augmenter and the number of one of its views."""


def photo_features(
    backbone: Backbone,
    paths: Sequence[Path],
    photo_sha256: Sequence[str],
    spec: InputSpec,
    cache: Path,
    *,
    mirrored: bool = False,
    view: View | None = None,
    batch_size: int = 32,
    done: Callable[[int], None] = lambda count: None,
) -> Floats:
    """Features of photos, from the cache where they are known.

    Args:
        backbone: a pretrained one.
        paths: image files.
        photo_sha256: of each file's bytes.
        spec: geometry of the input.
        cache: folder shared by all runs.
        mirrored: flip the pixels left to right first.
        view: change the pixels first as this view of this augmenter. It changes each photo for itself: other photos
            beside it change nothing, and new ones are computed alone.
        batch_size: photos per forward pass.
        done: told the number of photos finished, the known ones included.

    Returns:
        Shape `(photos, n_features)`.
    """
    content = [FORMAT, backbone.base, backbone.source.sha256, spec.model_dump(), mirrored]
    if view is not None:
        content.append([VIEW_FORMAT, view[0].pixel_config(), view[0].seed, view[1]])
    folder = cache / sha256_bytes(canonical_json(content))[:32]
    known = _read_parts(folder)
    missing = {sha: path for sha, path in zip(photo_sha256, paths, strict=True) if sha not in known}
    done(len(paths) - len(missing))
    names = list(missing)
    for start in range(0, len(names), PART_PHOTOS):
        part = names[start : start + PART_PHOTOS]
        reader = PhotoReader([missing[sha] for sha in part], spec, keep=False)
        values = forward(backbone, reader, batch_size, mirrored=mirrored, view=view, photo_sha256=part, done=done)
        _write_part(folder, part, values)
        known |= dict(zip(part, values, strict=True))
    rows = [known[sha] for sha in photo_sha256]
    return np.stack(rows) if rows else np.zeros((0, backbone.model.output_shape[1]), np.float32)


def forward(
    backbone: Backbone,
    reader: PhotoReader,
    batch_size: int,
    *,
    mirrored: bool = False,
    view: View | None = None,
    photo_sha256: Sequence[str] = (),
    done: Callable[[int], None] = lambda count: None,
) -> Floats:
    """Run all photos of a reader through the backbone: `(photos, n_features)`.

    `mirrored` and `view` as for `photo_features`; a view needs the SHA-256 of each photo's bytes.
    """
    values: list[Floats] = []
    start = 0
    for pixels in reader.in_order(batch_size):
        seen: NDArray[Any] = pixels[:, :, ::-1] if mirrored else pixels
        if view is not None:
            seen = _viewed(seen, view, photo_sha256[start : start + len(seen)], batch_size)
        values.append(answers(backbone.model, seen, batch_size))
        start += len(pixels)
        done(len(pixels))
    return np.concatenate(values)


def _viewed(pixels: NDArray[Any], view: View, photo_sha256: Sequence[str], batch_size: int) -> NDArray[Any]:
    # Filled up, because XLA would compile again for a smaller batch.
    augmenter, number = view
    names = [*photo_sha256, *[photo_sha256[-1]] * (batch_size - len(pixels))]
    return augmenter.view(filled(pixels, batch_size), names, number)[: len(pixels)]


def _read_parts(folder: Path) -> dict[str, NDArray[np.float32]]:
    known: dict[str, NDArray[np.float32]] = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as part:
            known |= dict(zip(part["sha256"].astype(str).tolist(), part["features"], strict=True))
    return known


def _write_part(folder: Path, names: Sequence[str], values: Floats) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, sha256=np.array(names, "S64"), features=values)
    write_bytes(folder / f"{sha256_bytes('/'.join(names).encode())[:32]}.npz", buffer.getvalue())
