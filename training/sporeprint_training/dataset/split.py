"""Train, validation and test: stratified by species, and never through a group."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence


def split_groups(photos: Mapping[str, Sequence[str]], *, val: float, test: float, seed: int) -> dict[str, str]:
    """Give every group one split.

    A group's place in the draw is the hash of seed and group, so neither the file system's order nor photos of
    other species change it. A species with at least three groups gets at least one in every split that is asked for;
    with two groups it gets train and test.

    Args:
        photos: species to the group of each of its photos. A group may hold photos of several species.
        val: share of each species' photos for validation, 0 to below 1.
        test: share for testing.
        seed: of the draw.

    Returns:
        Group to "train", "val" or "test".
    """
    chosen: dict[str, str] = {}
    for species in sorted(photos):
        sizes = Counter(photos[species])
        free = sorted((group for group in sizes if group not in chosen), key=lambda group: _draw(seed, group))
        taken = Counter(dict.fromkeys(("train", "val", "test"), 0))
        for group, size in sizes.items():
            if group in chosen:  # already placed with another species' photos
                taken[chosen[group]] += size
        total = sum(sizes.values())
        # What must stay free for the later splits: one group each, where the species has three.
        for split, share, reserve in (("test", test, 2 if len(sizes) > 2 else 1), ("val", val, 1)):
            picked = _pick(free, sizes, round(share * total), taken[split], reserve) if share > 0 else []
            chosen.update(dict.fromkeys(picked, split))
            free = [group for group in free if group not in picked]
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


def _draw(seed: int, group: str) -> bytes:
    return hashlib.sha256(f"{seed}:{group}".encode()).digest()
