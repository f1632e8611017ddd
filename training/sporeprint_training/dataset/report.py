"""`report.html` of a data set: what is in it, what is not and why, and what somebody should look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from sporeprint_training.dataset import report_plots
from sporeprint_training.dataset.citations import source_datasets
from sporeprint_training.dataset.download.reasons import WORDS
from sporeprint_training.dataset.flags import FLAGS
from sporeprint_training.dataset.info import DatasetInfo
from sporeprint_training.dataset.licence_counts import count_licences
from sporeprint_training.dataset.removal_reasons import REASONS
from sporeprint_training.dataset.store import SPLITS, Dataset, read_beside, read_dataset
from sporeprint_training.reports.page import render_page
from sporeprint_training.reports.pictures import data_uri

TEMPLATE = Path(__file__).parent / "templates" / "report.html.j2"
MOSAICS, MOSAIC_PHOTOS = 40, 8
"""Species that are shown, the most frequent and the rarest, and photos of each."""
SHOWN_CONFLICTS, SHOWN_FLAGGED, SHOWN_REMOVED = 12, 10, 5
SHOWN_SPECIES = 400


@dataclass(frozen=True)
class Shown:
    """A photo in the report."""

    src: str
    """A data URI; empty where the photo cannot be read any more."""
    species: str
    source_file: str
    credit: str
    """Author and licence, as far as they are stated."""


@dataclass(frozen=True)
class Reason:
    """Why photos were not taken."""

    name: str
    explained: str
    photos: int
    examples: tuple[str, ...]


def render_report(folder: Path, warnings: Sequence[str] = ()) -> bytes:
    """The page as UTF-8; equal data sets give equal bytes.

    Args:
        folder: of the data set.
        warnings: what an ingest said.

    Raises:
        BadInput: `folder` holds no data set, or one that this version cannot read.
    """
    data = read_dataset(folder)
    removed, conflicts, ledger = (read_beside(folder, name) for name in ("removed", "conflicts", "ledger"))
    album = _Album(data)
    photos, species = data.photos, data.species
    taken = {str(name): int(count) for name, count in zip(species["scientific_name"], species["n_photos"], strict=True)}
    named = removed.loc[removed["species"] != "", "species"].value_counts()
    before = Counter(taken) + Counter({str(name): int(count) for name, count in named.items()})
    return render_page(
        TEMPLATE,
        {"number": lambda value: f"{value:,}", "last_name": lambda path: str(path).rpartition("/")[2]},
        info=data.info,
        warnings=list(warnings),
        n_photos=len(photos),
        n_finds=int(photos["observation_id"].nunique()),
        n_groups=int(photos["group_id"].nunique()),
        n_observers=len(set(ledger["observer"].where(ledger["observer"] != "", ledger["author"])) - {""}),
        n_removed=sum(data.info.rejected.values()),
        splits=[(split, int(data.species[f"n_{split}"].sum())) for split in SPLITS],
        species=data.species.sort_values(["n_photos", "scientific_name"], ascending=[False, True]).to_dict("records"),
        shown_species=SHOWN_SPECIES,
        stated=before,
        n_dated=int((photos["observed_on"] != "").sum()),
        n_placed=int(photos["latitude"].notna().sum()),
        licences=sorted(count_licences(photos["licence"]).items(), key=lambda item: (-item[1], item[0])),
        sources=source_datasets(zip(ledger["source_dataset"], ledger["doi"], strict=True)),
        reasons=_reasons(data.info, removed),
        flags=_flagged(photos, album),
        conflicts=[
            (album.by_id(one), album.by_id(other))
            for one, other in conflicts[["photo_id", "other_id"]].head(SHOWN_CONFLICTS).itertuples(index=False)
        ],
        n_conflicts=len(conflicts),
        mosaics=_mosaics(data, album),
        plots={name: Markup(svg) for name, svg in _plots(photos, before, taken).items()},
    )


class _Album:
    def __init__(self, data: Dataset) -> None:
        self._data = data
        self._names = data.species["scientific_name"].tolist()
        self._rows = {photo_id: row for row, photo_id in enumerate(data.photos["photo_id"].tolist())}

    def by_id(self, photo_id: object) -> Shown:
        return self.at(self._rows[str(photo_id)])

    def at(self, row: int) -> Shown:
        photo = self._data.photos.iloc[row]
        return Shown(
            src=data_uri(self._data.folder / str(photo["path"])),
            species=str(self._names[int(photo["label"])]),
            source_file=str(photo["source_file"]),
            credit=", ".join(str(part) for part in (photo["author"], photo["licence"]) if part),
        )


def _plots(photos: pd.DataFrame, before: Counter[str], taken: dict[str, int]) -> dict[str, str]:
    drawn = {
        "tail": report_plots.long_tail(before, taken),
        "sides": report_plots.sides(photos[["width", "height"]].min(axis=1).to_numpy(np.int64)),
    }
    dated = photos.loc[photos["observed_on"] != "", "observed_on"].str.slice(5, 7)
    if len(dated):
        drawn["months"] = report_plots.months(np.bincount(dated.astype(int) - 1, minlength=12).tolist())
    placed = photos[photos["latitude"].notna()]
    if len(placed):
        drawn["places"] = report_plots.places(
            placed["longitude"].to_numpy(np.float64), placed["latitude"].to_numpy(np.float64)
        )
    return drawn


def _reasons(info: DatasetInfo, removed: pd.DataFrame) -> list[Reason]:
    found = []
    for name, count in info.rejected.items():
        rows = removed[removed["reason"] == name].head(SHOWN_REMOVED)
        examples = (*info.examples.get(name, ()), *(_example(row) for row in rows.itertuples(index=False)))
        found.append(Reason(name, REASONS.get(name, WORDS.get(name, "")), count, examples[:SHOWN_REMOVED]))
    return sorted(found, key=lambda reason: (-reason.photos, reason.name))


def _example(row: Any) -> str:
    line = f", line {row.line}" if row.line else ""
    detail = f": {row.detail}" if row.detail else ""
    return f"{row.source_file or row.species or row.source}{line}{detail}"


def _flagged(photos: pd.DataFrame, album: _Album) -> list[tuple[str, str, int, list[Shown]]]:
    found = []
    for flag, meaning in FLAGS.items():
        rows = np.flatnonzero([flag in flags.split() for flags in photos["flags"]])
        if len(rows):
            found.append((flag, meaning, len(rows), [album.at(row) for row in _spread(rows, SHOWN_FLAGGED)]))
    return found


def _mosaics(data: Dataset, album: _Album) -> list[tuple[str, int, list[Shown]]]:
    ranked = data.species.sort_values(["n_photos", "scientific_name"], ascending=[False, True])
    labels = ranked["label"].tolist()
    if len(labels) > MOSAICS:
        labels = labels[: MOSAICS // 2] + labels[-MOSAICS // 2 :]
    found = []
    for label in labels:
        own = data.photos[data.photos["label"] == label]
        # One photo of each find, where there are enough.
        finds = own.drop_duplicates("observation_id")
        rows = (finds if len(finds) >= MOSAIC_PHOTOS else own).index.to_numpy()
        name = str(data.species["scientific_name"].iloc[label])
        found.append((name, len(own), [album.at(row) for row in _spread(rows, MOSAIC_PHOTOS)]))
    return found


def _spread(rows: NDArray[np.int64], most: int) -> list[int]:
    return [int(row) for row in rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int)]]
