"""Several photos of one find, as one answer."""

from __future__ import annotations

import numpy as np

from sporeprint_training.predictions import Predictions


def by_observation(photos: Predictions) -> Predictions:
    """One row per observation: its photos' mean logits.

    The mean of logits is the logarithm of the scores' geometric mean: photos count as equally good witnesses. Photos of
    one observation that are labelled differently stay apart. A row's photo is the observation's first.
    """
    if not len(photos):
        return photos
    _, observation = np.unique(photos.observation_id, return_inverse=True)
    keys = observation.astype(np.int64) * photos.logits.shape[1] + photos.label
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(first)))
    counts = np.bincount(place)[:, None]
    means = np.add.reduceat(photos.logits[order].astype(np.float64), starts, axis=0) / counts
    rows = photos.rows(first)
    return Predictions(
        rows.photo_id, rows.label, rows.split, rows.observation_id, rows.group_id, means.astype(np.float32)
    )
