"""Small pictures of each class for the species pages, where the photos' licences allow showing them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageFilter

from sporeprint_training.dataset.licences import family, licence_id
from sporeprint_training.dataset.store import Dataset
from sporeprint_training.guide_records import RunThumbnail
from sporeprint_training.images import decode_upright

CANDIDATES = 12
"""Photos per class that are looked at; the best of a dozen are good enough."""
MANY_CLASSES = 500
PLANS = ((3, 320), (2, 240))
"""Pictures per class and their side in pixels: of ordinary models, and of those with more than `MANY_CLASSES`, where
every picture costs each phone tens of megabytes."""
MAX_AUTHOR = 200
MAX_SOURCE = 500
_ADDRESS = re.compile(r"https://[^\s<>\"]+")
_FREE = ("CC0", "CC-BY", "CC-BY-SA")


def free_licence(text: str) -> str | None:
    """The SPDX name of a licence under which a photo may be shown with credit; None for any other, or none.

    Showing a photo needs its licence's address, which a Creative Commons licence without a version has not.
    """
    found = licence_id(text)
    return found if found and family(found) in _FREE and found not in _FREE else None


def write_thumbnails(data: Dataset, folder: Path) -> dict[int, tuple[RunThumbnail, ...]]:
    """Write `thumbnails/LABEL-N.jpg`, square, for each class that has training photos with a free licence.

    Returns:
        The pictures by label, the best first and each of another observation; classes without a photo that may be
        shown are missing.
    """
    licences = data.photos["licence"].map(lambda text: free_licence(text or data.info.licence))
    shown = data.photos.assign(spdx=licences)
    shown = shown[(shown["split"] == "train") & shown["spdx"].notna()]
    (folder / "thumbnails").mkdir()
    plan = PLANS[len(data.species) > MANY_CLASSES]
    labels = sorted(set(shown["label"].tolist()))
    return {label: _write(data, folder, label, shown[shown["label"] == label], *plan) for label in labels}


def _write(
    data: Dataset, folder: Path, label: int, photos: pd.DataFrame, most: int, side: int
) -> tuple[RunThumbnail, ...]:
    candidates = photos.iloc[np.linspace(0, len(photos) - 1, min(CANDIDATES, len(photos))).astype(int)]
    squares = [_square(decode_upright(data.folder / path), side) for path in candidates["path"]]
    # An upright photo shows the whole mushroom more often than a wide one, and sharpness shows its skin.
    upright = (candidates["height"] >= candidates["width"]).to_numpy()
    worth = [_sharpness(square) * (1.5 if tall else 1) for square, tall in zip(squares, upright, strict=True)]
    chosen = _of_different_finds(candidates, np.argsort(-np.array(worth), kind="stable").tolist())[:most]
    for number, index in enumerate(chosen):
        # A fresh image carries no metadata of the photo's: no place, no camera, no comment.
        fresh = Image.fromarray(np.asarray(squares[index]))
        fresh.save(folder / _path(label, number), quality=82, optimize=True)
    return tuple(_thumbnail(data, candidates.iloc[at], _path(label, n)) for n, at in enumerate(chosen))


def _path(label: int, number: int) -> str:
    return f"thumbnails/{label}-{number}.jpg"


def _of_different_finds(photos: pd.DataFrame, order: list[int]) -> list[int]:
    # Two pictures of one mushroom teach no more than one.
    finds = photos["observation_id"].tolist()
    return [at for turn, at in enumerate(order) if finds[at] not in {finds[other] for other in order[:turn]}]


def _square(image: Image.Image, side: int) -> Image.Image:
    width = min(image.size)
    left, top = (image.width - width) // 2, (image.height - width) // 2
    target = min(side, width)
    return image.crop((left, top, left + width, top + width)).resize((target, target), Image.Resampling.LANCZOS)


def _sharpness(image: Image.Image) -> float:
    grey = image.convert("L").resize((160, 160))
    edges = np.asarray(grey.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)))
    return float(edges.std())


def _thumbnail(data: Dataset, photo: pd.Series, path: str) -> RunThumbnail:
    author = str(photo["author"] or data.info.attribution)[:MAX_AUTHOR]
    return RunThumbnail(path=path, author=author, licence=photo["spdx"], source=_address(str(photo["observation_id"])))


def _address(observation: str) -> str:
    # Whatever else an observation is called by leads nowhere.
    return observation if len(observation) <= MAX_SOURCE and _ADDRESS.fullmatch(observation) else ""
