"""How many photos of each species are taken, and which: distinct observations and observers first."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.dataset.limits import Limits
from sporeprint_training.dataset.removed import Sifted, sift


@dataclass(frozen=True)
class Selected(Sifted):
    """The chosen records, in the order that they came in, and those left out."""

    before: dict[str, int]
    """The long tail: photos by species before the choice, the most frequent first."""
    after: dict[str, int]
    """Likewise after it; species that were left out are missing."""


def select(records: pd.DataFrame, limits: Limits) -> Selected:
    """Choose records species by species.

    A species with too many gives first one photo of each observation, going round its observers, then second photos,
    and so on. Among equals the seed draws. Neither the rows' order nor other species change the choice.

    Args:
        records: with the columns `species`, `observation_id`, `observer`, `media`, `source`, `line` and
            `scientific_name`. What has no observation is one of its own, and so is an observation without observer.
        limits: see `Limits`.
    """
    counts = records["species"].value_counts()
    stays = counts[counts >= limits.min_photos]
    place = _places(records, limits.seed)
    most = limits.most(stays.tolist())
    size = records["species"].map(counts)
    few = ~records["species"].isin(stays.index)
    many = ~few & (place >= most) if most is not None else pd.Series(data=False, index=records.index)
    reasons = pd.Series(np.select([few, many], ["too_few_photos", "above_max_photos"], ""), index=records.index)
    sifted = sift(records, reasons, size.astype(str) + " photos")
    after = sifted.kept["species"].value_counts()
    return Selected(sifted.kept, sifted.removed, _tail(counts), _tail(after))


def _places(records: pd.DataFrame, seed: int) -> pd.Series:
    """Each record's place in the queue of its species, 0 for the first."""
    rows = pd.DataFrame({"species": pd.factorize(records["species"])[0], "draw": _draw(records, seed)})
    find = records["observation_id"].where(records["observation_id"] != "", records["source"] + "\0" + records["media"])
    rows["find"] = pd.factorize(find)[0]
    observer = records["observer"].str.casefold()
    rows["observer"] = pd.factorize(observer.where(observer != "", "\0" + find))[0]
    rows = rows.sort_values(["species", "draw"], kind="stable")
    rows["turn"] = rows.groupby(["species", "find"]).cumcount()
    rows["round"] = rows.groupby(["species", "turn", "observer"]).cumcount()
    rows = rows.sort_values(["species", "turn", "round", "draw"], kind="stable")
    places = rows.groupby("species").cumcount().sort_index()
    return places.set_axis(records.index)


def _draw(records: pd.DataFrame, seed: int) -> NDArray[np.uint64]:
    # Lines come last: only a record that stands in the table twice is told apart by them, and both are the same photo.
    identity = records["source"] + "\0" + records["media"] + "\0" + records["observation_id"]
    key = f"{seed % 10**16:016d}"
    return np.asarray(pd.util.hash_array(identity.to_numpy(dtype=object), hash_key=key, categorize=False))


def _tail(counts: pd.Series) -> dict[str, int]:
    ranked: list[tuple[Hashable, int]] = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return {str(species): int(number) for species, number in ranked}
