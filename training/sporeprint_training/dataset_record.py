"""What a run records about the data set that it learned from."""

from __future__ import annotations

from collections import Counter

from sporeprint_training.dataset.citations import source_datasets
from sporeprint_training.dataset.licence_counts import count_licences
from sporeprint_training.dataset.store import SPLITS, Dataset, read_beside
from sporeprint_training.run import DatasetRecord, SplitSizes


def dataset_record(data: Dataset) -> DatasetRecord:
    """Origin, licences and split of a data set."""
    info, sizes = data.info, Counter(data.photos["split"])
    ledger = read_beside(data.folder, "ledger")
    ledger = ledger[ledger["photo_id"].isin(data.photos["photo_id"])]
    return DatasetRecord(
        name=info.name,
        sha256=info.sha256,
        drawn=info.drawn,
        licence=info.licence,
        attribution=info.attribution,
        licences=count_licences(data.photos["licence"]),
        splits=SplitSizes(**{split: sizes[split] for split in SPLITS}),
        not_fungi=info.not_fungi,
        citation=info.citation,
        sources=source_datasets(zip(ledger["source_dataset"], ledger["doi"], strict=True)),
    )
