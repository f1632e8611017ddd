"""Photos that belong together: one observation, or pictures that look the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sporeprint_training.dataset.clean import Photo
from sporeprint_training.dataset.similar import connected, near_pairs


def group_photos(
    photos: Sequence[Photo], linked: Sequence[tuple[str, str]] = (), *, near_duplicates: bool = True
) -> list[str]:
    """For each photo the group that no split divides: the smallest photo id of everything it is connected to.

    Two photos are connected when they share an observation or are near-duplicates (`similar.NEAR`), whatever their
    species.

    Args:
        photos: the photos that stay.
        linked: pairs of observation ids that count as one observation.
        near_duplicates: False compares no pictures: drawings of one hand look alike without showing the same find.
    """
    pairs = list(_same_observation(photos, linked))
    if near_duplicates:
        pairs += near_pairs([photo.prepared.hash for photo in photos])
    ids = [photo.photo_id for photo in photos]
    members: dict[int, list[str]] = {}
    roots = connected(len(photos), pairs)
    for root, photo_id in zip(roots, ids, strict=True):
        members.setdefault(root, []).append(photo_id)
    names = {root: min(group) for root, group in members.items()}
    return [names[root] for root in roots]


def _same_observation(photos: Sequence[Photo], linked: Sequence[tuple[str, str]]) -> Iterator[tuple[int, int]]:
    first: dict[str, int] = {}
    for index, photo in enumerate(photos):
        other = first.setdefault(photo.observation_id, index)
        if other != index:
            yield other, index
    for one, other_id in linked:
        if one in first and other_id in first:
            yield first[one], first[other_id]
