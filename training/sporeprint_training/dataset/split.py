"""Train, validation and test: stratified by species, and never through a group."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

_NONE: Mapping[str, str] = MappingProxyType({})


def split_groups(
    photos: Mapping[str, Sequence[str]],
    *,
    val: float,
    test: float,
    seed: int,
    fixed: Mapping[str, str] = _NONE,
    dates: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Give every group one split.

    A group's place in the draw is the hash of seed and group, so neither the file system's order nor photos of
    other species change it. A species with at least three groups gets at least one in every split that is asked for;
    with two groups it gets train and test.

    Args:
        photos: species to the group of each of its photos. A group may hold photos of several species.
        val: share of each species' photos for validation, 0 to below 1.
        test: share for testing.
        seed: of the draw.
        fixed: groups whose split is given already.
        dates: group to its latest date, as ISO text. The latest groups of each species are for testing then, those
            before them for validation, and groups without a date for training.

    Returns:
        Group to "train", "val" or "test".
    """
    chosen: dict[str, str] = dict(fixed)
    for species in sorted(photos):
        sizes = Counter(photos[species])
        free = sorted((group for group in sizes if group not in chosen), key=lambda group: _draw(seed, group))
        taken = Counter(dict.fromkeys(("train", "val", "test"), 0))
        for group, size in sizes.items():
            if group in chosen:  # already placed with another species' photos, or given
                taken[chosen[group]] += size
        total = sum(sizes.values())
        # What must stay free for the later splits: one group each, where the species has three.
        train = 0 if any(fixed.get(group) == "train" for group in sizes) else 1
        later = 1 if len(sizes) > 2 and not any(fixed.get(group) == "val" for group in sizes) else 0
        for split, share, reserve in (("test", test, train + later), ("val", val, train)):
            target = round(share * total)
            if share <= 0:
                picked = []
            elif dates is None:
                picked = _pick(free, sizes, target, taken[split], reserve)
            else:
                picked = _latest(free, sizes, target, taken[split], reserve, dates)
            chosen.update(dict.fromkeys(picked, split))
            free = [group for group in free if group not in chosen]
        chosen.update(dict.fromkeys(free, "train"))
    return chosen


def _pick(free: Sequence[str], sizes: Mapping[str, int], target: int, taken: int, reserve: int) -> list[str]:
    limit = len(free) - reserve
    picked: list[str] = []
    for group in free:
        if len(picked) < limit and taken + sizes[group] <= target:
            picked.append(group)
            taken += sizes[group]
    if not taken and limit > 0:
        # Every group is larger than the share: the smallest is the least wrong.
        picked.append(min(free, key=lambda group: sizes[group]))
    return picked


def _latest(
    free: Sequence[str], sizes: Mapping[str, int], target: int, taken: int, reserve: int, dates: Mapping[str, str]
) -> list[str]:
    # No gap: a group that is later than one of these may not be left for training.
    limit = len(free) - reserve
    picked: list[str] = []
    for group in sorted((group for group in free if dates.get(group)), key=dates.__getitem__, reverse=True):
        if len(picked) >= limit or (taken and taken + sizes[group] > target):
            break
        picked.append(group)
        taken += sizes[group]
    return picked


def _draw(seed: int, group: str) -> bytes:
    return hashlib.sha256(f"{seed}:{group}".encode()).digest()
