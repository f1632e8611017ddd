"""Photos that belong together: one observation, or pictures that look the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sporeprint_training.dataset.clean import Photo
from sporeprint_training.dataset.similar import connected


def group_photos(
    photos: Sequence[Photo],
    linked: Sequence[tuple[str, str]] = (),
    near: Iterable[tuple[int, int]] = (),
    *,
    by_observer: bool = False,
) -> list[str]:
    """For each photo the group that no split divides: the smallest photo id of everything it is connected to.

    Two photos are connected when they share an observation, are near-duplicates, or, when asked, have one observer,
    whatever their species.

    Args:
        photos: the photos that stay.
        linked: photo ids and the observations that these photos show too.
        near: pairs of positions in `photos` whose pictures look the same; see `similar.near_pairs`.
        by_observer: photos whose observer is known belong together too.
    """
    pairs = [*_same_observation(photos, linked), *near]
    if by_observer:
        pairs += _same([photo.observer.casefold() for photo in photos])
    ids = [photo.photo_id for photo in photos]
    members: dict[int, list[str]] = {}
    roots = connected(len(photos), pairs)
    for root, photo_id in zip(roots, ids, strict=True):
        members.setdefault(root, []).append(photo_id)
    names = {root: min(group) for root, group in members.items()}
    return [names[root] for root in roots]


def _same(values: Sequence[str]) -> Iterator[tuple[int, int]]:
    first: dict[str, int] = {}
    for index, value in enumerate(values):
        if value and first.setdefault(value, index) != index:
            yield first[value], index


def _same_observation(photos: Sequence[Photo], linked: Sequence[tuple[str, str]]) -> Iterator[tuple[int, int]]:
    first: dict[str, int] = {}
    for index, photo in enumerate(photos):
        other = first.setdefault(photo.observation_id, index)
        if other != index:
            yield other, index
    places = {photo.photo_id: index for index, photo in enumerate(photos)}
    for photo_id, observation_id in linked:
        # Two dropped duplicates of one observation belong together, whether or not another photo of it stays.
        if photo_id in places:
            yield places[photo_id], first.setdefault(observation_id, places[photo_id])
