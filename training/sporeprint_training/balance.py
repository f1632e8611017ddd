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


def epoch_order(
    labels: NDArray[np.int32],
    seed: int,
    stage: int,
    epoch: int,
    *,
    shown: NDArray[np.int64] | None = None,
    balanced: bool = False,
) -> Rows:
    """Positions of one epoch's photos in the order in which they are shown, from these arguments alone.

    Args:
        labels: class of each photo.
        seed: of the run.
        stage: number of the training stage, from 0 on.
        epoch: number of the epoch in its stage, from 0 on.
        shown: how often each class appears, see `appearances`; None shows every photo once.
        balanced: show all classes equally often instead; see `balanced_rows`.
    """
    draw = np.random.default_rng([seed, stage, epoch])
    if balanced:
        rows = balanced_rows(labels, seed, stage, epoch)
    else:
        rows = np.arange(len(labels)) if shown is None else epoch_rows(labels, shown, draw)
    order: Rows = draw.permutation(rows)
    return order


def balanced_rows(labels: NDArray[np.int32], seed: int, stage: int, epoch: int) -> Rows:
    """Positions of one epoch's photos, class by class: as many as there are photos, of each class equally many.

    Where they do not divide evenly, some classes have one more, others in the next epoch. The photos of a class take
    turns, within an epoch and from one to the next: all are shown once before the first is shown again. Each such
    round has another order.

    Args:
        labels: class of each photo.
        seed: of the run.
        stage: number of the training stage, from 0 on.
        epoch: number of the epoch in its stage, from 0 on.
    """
    by_class = np.argsort(labels, kind="stable")
    classes, firsts = np.unique(labels[by_class], return_index=True)
    owned = np.split(by_class, firsts[1:])
    rows = []
    for rank, (label, own) in enumerate(zip(classes.tolist(), owned, strict=True) if len(labels) else ()):
        # Shown before this epoch and after it; over all classes these sum up to whole epochs (Hermite's identity).
        before, after = ((when * len(labels) + rank) // len(classes) for when in (epoch, epoch + 1))
        rows.append(_turns(own, before, after, [seed, stage, label]))
    return np.concatenate(rows) if rows else np.arange(0)


def _turns(own: Rows, before: int, after: int, seeds: list[int]) -> Rows:
    # Places `before` to `after` in an endless sequence of rounds, each a permutation of a class's photos.
    first, last = before // len(own), -(-after // len(own))
    # The 1 keeps these streams apart from that of `epoch_order`, as if zeros followed its three numbers.
    rounds = [np.random.default_rng([*seeds, turn, 1]).permutation(own) for turn in range(first, last)]
    start = before - first * len(own)
    shown: Rows = np.concatenate([own[:0], *rounds])[start : start + after - before]
    return shown
