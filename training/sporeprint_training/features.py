"""Features of a frozen backbone, computed once per photo and kept by content.

A photo's features depend on the weights, the input's geometry and its bytes; the first two name a folder, the last
one a row. New photos are added in parts, each written in one step, so that an interrupted run loses little.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.artefact import canonical_json, sha256_bytes, write_bytes
from sporeprint_training.backbones import Backbone
from sporeprint_training.batches import Floats, PhotoReader
from sporeprint_training.execution import answers
from sporeprint_training.input_spec import InputSpec

FORMAT = 1
PART_PHOTOS = 4096


def photo_features(
    backbone: Backbone,
    paths: Sequence[Path],
    photo_sha256: Sequence[str],
    spec: InputSpec,
    cache: Path,
    *,
    mirrored: bool = False,
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
        batch_size: photos per forward pass.
        done: told the number of photos finished, the known ones included.

    Returns:
        Shape `(photos, n_features)`.
    """
    content = [FORMAT, backbone.base, backbone.source.sha256, spec.model_dump(), mirrored]
    folder = cache / sha256_bytes(canonical_json(content))[:32]
    known = _read_parts(folder)
    missing = {sha: path for sha, path in zip(photo_sha256, paths, strict=True) if sha not in known}
    done(len(paths) - len(missing))
    names = list(missing)
    for start in range(0, len(names), PART_PHOTOS):
        part = names[start : start + PART_PHOTOS]
        reader = PhotoReader([missing[sha] for sha in part], spec, keep=False)
        values = forward(backbone, reader, batch_size, mirrored=mirrored, done=done)
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
    done: Callable[[int], None] = lambda count: None,
) -> Floats:
    """Run all photos of a reader through the backbone: `(photos, n_features)`."""
    values = []
    for pixels in reader.in_order(batch_size):
        view = pixels[:, :, ::-1] if mirrored else pixels
        values.append(answers(backbone.model, view, batch_size))
        done(len(pixels))
    return np.concatenate(values)


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
