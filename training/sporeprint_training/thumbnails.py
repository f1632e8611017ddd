"""One small picture per class for the species pages, where the photos' licence allows showing them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageFilter

from sporeprint_training.dataset.store import Dataset
from sporeprint_training.images import decode_upright

SIDE = 320
CANDIDATES = 12
"""Photos per class that are looked at; the best of a dozen is good enough."""
_NAMES = {
    "cc0": "CC0-1.0",
    "cc0-1.0": "CC0-1.0",
    "publicdomain-zero-1.0": "CC0-1.0",
    "cc-by-4.0": "CC-BY-4.0",
    "by-4.0": "CC-BY-4.0",
    "cc-by-sa-4.0": "CC-BY-SA-4.0",
    "by-sa-4.0": "CC-BY-SA-4.0",
}


@dataclass(frozen=True)
class Thumbnail:
    """A written picture."""

    path: str
    """Relative to the run folder."""
    credit: str
    """Author and licence, to be shown beside it."""


def free_licence(text: str) -> str | None:
    """The SPDX name of a licence under which a photo may be shown with credit; None for any other, or none."""
    plain = re.sub(r"^https?://(www\.)?creativecommons\.org/(licenses/)?", "", text.strip().lower())
    plain = re.sub(r"/(legalcode|deed)([./-].*)?$", "", plain.rstrip("/"))
    return _NAMES.get(re.sub(r"[\s/_-]+", "-", plain))


def write_thumbnails(data: Dataset, folder: Path) -> dict[int, Thumbnail]:
    """Write `thumbnails/LABEL.jpg`, 320 px square, for each class that has a training photo with a free licence.

    Returns:
        The pictures by label; classes without a photo that may be shown are missing.
    """
    licences = data.photos["licence"].map(lambda text: free_licence(text or data.info.licence))
    shown = data.photos.assign(spdx=licences)
    shown = shown[(shown["split"] == "train") & shown["spdx"].notna()]
    (folder / "thumbnails").mkdir()
    labels = sorted(set(shown["label"].tolist()))
    return {label: _write(data, folder, label, shown[shown["label"] == label]) for label in labels}


def _write(data: Dataset, folder: Path, label: int, photos: pd.DataFrame) -> Thumbnail:
    candidates = photos.iloc[np.linspace(0, len(photos) - 1, min(CANDIDATES, len(photos))).astype(int)]
    squares = [_square(decode_upright(data.folder / path)) for path in candidates["path"]]
    # An upright photo shows the whole mushroom more often than a wide one, and sharpness shows its skin.
    upright = (candidates["height"] >= candidates["width"]).to_numpy()
    best = int(
        np.argmax([_sharpness(square) * (1.5 if tall else 1) for square, tall in zip(squares, upright, strict=True)])
    )
    path = f"thumbnails/{label}.jpg"
    # A fresh image carries no metadata of the photo's: no place, no camera, no comment.
    Image.fromarray(np.asarray(squares[best])).save(folder / path, quality=82, optimize=True)
    return Thumbnail(path, _credit(data, candidates.iloc[best]))


def _square(image: Image.Image) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    target = min(SIDE, side)
    return image.crop((left, top, left + side, top + side)).resize((target, target), Image.Resampling.LANCZOS)


def _sharpness(image: Image.Image) -> float:
    grey = image.convert("L").resize((160, 160))
    edges = np.asarray(grey.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)))
    return float(edges.std())


def _credit(data: Dataset, photo: pd.Series) -> str:
    author = photo["author"] or data.info.attribution
    return ", ".join(part for part in (author, photo["spdx"]) if part)
