"""How often a model sees each class: rare ones more often than they have photos, frequent ones not to the last."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sporeprint_training.dataset.store import Dataset

Rows = NDArray[np.int64]
Upsample = Literal["none", "sqrt", "max"] | float


def downsampled(data: Dataset, downsample: Literal["min"] | int | None, seed: int) -> Dataset:
    """The data set with fewer training photos, as if there were no others; validation and test stay whole.

    Of a class with more training photos than asked for, those with the smallest hash of seed and photo stay: photos of
    other classes change nothing.

    Args:
        data: the whole data set.
        downsample: training photos per class at most; "min" is as many as the rarest class has, None is all.
        seed: of the draw.
    """
    train = data.photos[data.photos["split"] == "train"]
    if downsample is None or train.empty:
        return data
    most = int(train["label"].value_counts().min()) if downsample == "min" else downsample
    draw = [hashlib.sha256(f"{seed}:{name}".encode()).digest() for name in train["photo_id"]]
    place = train.assign(draw=draw).sort_values("draw").groupby("label").cumcount()
    photos = data.photos.drop(index=place[place >= most].index).reset_index(drop=True)
    kept = photos.loc[photos["split"] == "train", "label"].value_counts()
    n_train = data.species["label"].map(kept).fillna(0).astype("int32")
    fewer = data.species["n_train"] - n_train
    species = data.species.assign(n_train=n_train, n_photos=data.species["n_photos"] - fewer)
    return replace(data, photos=photos, species=species)


def appearances(counts: Sequence[int] | NDArray[np.int64], upsample: Upsample) -> NDArray[np.int64]:
    """How many photos of each class an epoch shows, never fewer than it has.

    A class with `n` photos, where the largest has `m`, is shown `n^(1-f) * m^f` times: `f` = 0 ("none") is once each,
    0.5 ("sqrt") the geometric mean of both, 1 ("max") as often as the largest. Source of the exponent: Mahajan et al.
    2018, "Exploring the limits of weakly supervised pretraining", section 2.2, which resamples by the square root.

    Args:
        counts: photos of each class; a class may have none.
        upsample: the fraction `f`, or its name.
    """
    share = {"none": 0.0, "sqrt": 0.5, "max": 1.0}[upsample] if isinstance(upsample, str) else upsample
    sizes = np.asarray(counts, dtype=np.float64)
    if not sizes.size or not share:
        return np.asarray(counts, dtype=np.int64)
    shown = np.where(sizes > 0, sizes ** (1 - share) * sizes.max() ** share, 0)
    return np.maximum(np.round(shown), sizes).astype(np.int64)


def epoch_rows(labels: NDArray[np.int32], shown: NDArray[np.int64], draw: np.random.Generator) -> Rows:
    """Positions of one epoch's photos, class by class: each as often as any other of its class, or once more.

    Args:
        labels: class of each photo.
        shown: how often each class appears; see `appearances`.
        draw: which photos appear once more.
    """
    rows = []
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        whole, more = divmod(int(shown[label]), len(own))
        rows += [np.tile(own, whole), draw.choice(own, more, replace=False)]
    return np.concatenate(rows) if rows else np.arange(0)
