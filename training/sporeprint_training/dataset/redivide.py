"""Another division of a data set's photos for one run; the data set itself keeps its own."""

from __future__ import annotations

from dataclasses import replace

from sporeprint_training.config_photos import DatasetConfig
from sporeprint_training.dataset.split import split_groups
from sporeprint_training.dataset.store import SPLITS, Dataset


def redivided(data: Dataset, config: DatasetConfig, seed: int) -> Dataset:
    """The data set with the splits that a run's configuration asks for, drawn by observation as at ingest.

    What belongs together (photos of one find, of one observer or of one time, as the data set was split) stays so.

    Args:
        data: the whole data set.
        config: its `split_test` and `split_val` are used; if both are null, nothing changes.
        seed: of the draw, where `config.split_seed` is null.
    """
    if config.split_test is None and config.split_val is None:
        return data
    test = data.info.split_test if config.split_test is None else config.split_test
    val = data.info.split_val if config.split_val is None else config.split_val
    photos = data.photos
    groups = photos["group_id"].astype(str)
    names = data.species.set_index("label")["scientific_name"]
    latest = photos.groupby(groups)["observed_on"].max()
    dates = {str(group): str(date) for group, date in latest.items()} if data.info.split_by == "time" else None
    by_species = {str(names[label]): rows.tolist() for label, rows in groups.groupby(photos["label"])}
    drawn = config.split_seed if config.split_seed is not None else seed
    chosen = split_groups(by_species, val=val, test=test, seed=drawn, dates=dates)
    divided = photos.assign(split=groups.map(chosen))
    counts = {
        f"n_{split}": data.species["label"]
        .map(divided.loc[divided["split"] == split, "label"].value_counts())
        .fillna(0)
        .astype("int32")
        for split in SPLITS
    }
    info = data.info.model_copy(update={"split_test": test, "split_val": val})
    return replace(data, info=info, photos=divided, species=data.species.assign(**counts))
