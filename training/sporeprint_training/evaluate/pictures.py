"""Small pictures inside the report, so that it stays one file."""

from __future__ import annotations

from dataclasses import dataclass

from sporeprint_training.dataset.store import Dataset
from sporeprint_training.reports.pictures import data_uri


@dataclass(frozen=True)
class Picture:
    """A photo of the data set with what the report says about it."""

    src: str
    """A data URI; empty where the photo cannot be read any more."""
    photo_id: str
    species: str
    """As labelled."""
    split: str
    source_file: str
    credit: str
    """Author and licence, as far as they are stated."""


class Album:
    """The pictures of a data set, by row and by photo id."""

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self._rows = {photo_id: row for row, photo_id in enumerate(data.photos["photo_id"].tolist())}
        self._names = data.species["scientific_name"].tolist()
        self._records = data.photos[
            ["photo_id", "path", "label", "split", "source_file", "author", "licence"]
        ].to_dict("list")  # fmt: skip

    def row(self, photo_id: str) -> int:
        """The row of a photo."""
        return self._rows[photo_id]

    def picture(self, row: int) -> Picture:
        """The photo of one row."""
        record = {key: str(values[row]) for key, values in self._records.items()}
        return Picture(
            src=data_uri(self._data.folder / record["path"]),
            photo_id=record["photo_id"],
            species=str(self._names[int(record["label"])]),
            split=record["split"],
            source_file=record["source_file"],
            credit=", ".join(part for part in (record["author"], record["licence"]) if part),
        )
