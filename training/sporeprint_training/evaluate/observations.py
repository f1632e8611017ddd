"""Several photos of one find, as one answer."""

from __future__ import annotations

import numpy as np

from sporeprint_training.fusion import fused
from sporeprint_training.predictions import Predictions


def by_observation(photos: Predictions, exponent: float) -> Predictions:
    """One row per observation, by the app's rule: `fusion.fused` logits and the photos' mean familiarity.

    Photos of one observation that are labelled differently stay apart. A row's photo is the observation's first.

    Args:
        photos: answers to photos.
        exponent: of the run's fusion.
    """
    if not len(photos):
        return photos
    _, observation = np.unique(photos.observation_id, return_inverse=True)
    keys = observation.astype(np.int64) * photos.logits.shape[1] + photos.label
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    rows = photos.rows(first)
    return Predictions(
        photo_id=rows.photo_id,
        label=rows.label,
        split=rows.split,
        observation_id=rows.observation_id,
        group_id=rows.group_id,
        familiarity=np.bincount(place, photos.familiarity) / np.bincount(place),
        logits=fused(photos.logits, place, exponent).astype(np.float32),
    )
