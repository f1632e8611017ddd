"""The stored tables."""

from __future__ import annotations

import math
import subprocess
import sys

import pandas as pd
import pytest
import tables

from sporeprint_training.dataset import store
from sporeprint_training.dataset.info import DatasetInfo, read_info
from sporeprint_training.dataset.removed import Removal, removed_frame
from sporeprint_training.dataset.store import (
    CONFLICTS,
    LEDGER,
    PHOTOS,
    REMOVED,
    SPECIES,
    read_beside,
    read_dataset,
    write_tables,
)
from sporeprint_training.errors import BadInput

INFO = DatasetInfo(name="n", sha256="0" * 64, seed=0, split_val=0.1, split_test=0.1, created_by="0")


def _frames(**photo):
    row = {"photo_id": "a" * 16, "path": "images/aa/a.jpg", "label": 0, "split": "val", "observation_id": "o"}
    row |= {"group_id": "g", "width": 3, "height": 4, "bytes": 5_000_000_000, "sha256": "b" * 64}
    row |= {"source_file": "x.jpg", "licence": "", "author": ""}
    row |= {"observed_on": "", "latitude": math.nan, "longitude": math.nan}
    row |= {"pixels_sha256": "c" * 64, "flags": ""} | photo
    species = dict.fromkeys(SPECIES, "") | {"label": 0, "n_photos": 1, "n_train": 0, "n_val": 1, "n_test": 0}
    return pd.DataFrame([row]), pd.DataFrame([species])


def test_rows_come_back_with_their_declared_types(tmp_path):
    write_tables(tmp_path, INFO, *_frames(author="Åsa Ödling"))
    dataset = read_dataset(tmp_path)
    assert list(dataset.photos.columns) == list(PHOTOS)
    assert list(dataset.species.columns) == list(SPECIES)
    assert [str(dataset.photos[name].dtype) for name in ("label", "width", "bytes", "split")] == [
        "int32",
        "int32",
        "int64",
        "category",
    ]
    assert list(dataset.photos["split"].cat.categories) == ["train", "val", "test"]
    row = dataset.photos.iloc[0]
    assert (row["author"], row["bytes"], row["split"]) == ("Åsa Ödling", 5_000_000_000, "val")
    assert dataset.info == INFO


def test_dates_and_places_come_back_as_they_were(tmp_path):
    write_tables(tmp_path, INFO, *_frames(observed_on="2021-10", latitude=-33.85, longitude=151.2))
    row = read_dataset(tmp_path).photos.iloc[0]
    assert (row["observed_on"], row["latitude"], row["longitude"]) == ("2021-10", -33.85, 151.2)


def test_a_data_set_from_before_dates_and_places_is_read_as_one_without(tmp_path, monkeypatch):
    older = {
        name: kind
        for name, kind in PHOTOS.items()
        if name not in ("observed_on", "latitude", "longitude", "pixels_sha256", "flags")
    }
    with monkeypatch.context() as patch:
        patch.setattr(store, "PHOTOS", older)
        write_tables(tmp_path, INFO, *_frames())
    photos = read_dataset(tmp_path).photos
    assert list(photos.columns) == list(PHOTOS)
    assert photos["observed_on"].tolist() == photos["flags"].tolist() == [""]
    assert photos[["latitude", "longitude"]].isna().all(axis=None)


def test_a_data_set_from_before_the_ledger_has_an_empty_one(tmp_path):
    write_tables(tmp_path, INFO, *_frames())
    for name, schema in (("ledger", LEDGER), ("removed", REMOVED), ("conflicts", CONFLICTS)):
        table = read_beside(tmp_path, name)
        assert (len(table), list(table.columns)) == (0, list(schema))


def test_what_was_removed_comes_back_with_its_reason(tmp_path):
    removal = Removal("photos", "Amanita/<img onerror>.jpg", 3_000_000_000, "Amanita", "duplicate", "of ö" * 200)
    write_tables(tmp_path, INFO, *_frames(), {"removed": removed_frame([removal])})
    row = read_beside(tmp_path, "removed").iloc[0]
    assert (row["source_file"], row["line"], row["reason"]) == (removal.source_file, removal.line, "duplicate")
    assert removal.detail.startswith(row["detail"])


def test_text_is_cut_between_characters_and_never_at_a_zero(tmp_path):
    write_tables(tmp_path, INFO, *_frames(author="ö" * 150, licence="CC\0BY", source_file="\udcff.jpg"))
    row = read_dataset(tmp_path).photos.iloc[0]
    assert (row["author"], row["licence"], row["source_file"]) == ("ö" * 100, "CCBY", "\\udcff.jpg")


def test_the_file_holds_no_pickle(tmp_path):
    write_tables(tmp_path, INFO, *_frames())
    with tables.open_file(tmp_path / "dataset.h5") as file:
        for node in file.walk_nodes("/"):
            for name in node._v_attrs._f_list("all"):
                value = node._v_attrs[name]
                assert type(value).__module__ == "numpy" or isinstance(value, str), (node, name)
            for column in getattr(node, "coldtypes", {}).values():
                assert column.kind in "Siuf"
    assert b"pickle" not in (tmp_path / "dataset.h5").read_bytes()


def test_the_description_is_read_without_pandas_or_tensorflow(tmp_path):
    write_tables(tmp_path, INFO, *_frames())
    code = (
        "import sys; from pathlib import Path; from sporeprint_training.dataset.info import read_info;"
        f"print(read_info(Path({str(tmp_path)!r})).name, 'pandas' in sys.modules, 'tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["n", "False", "False"]


def test_a_folder_without_dataset_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="sporeprint ingest"):
        read_dataset(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not hdf5 at all"])
def test_a_damaged_file_is_bad_input(tmp_path, content):
    (tmp_path / "dataset.h5").write_bytes(content)
    with pytest.raises(BadInput, match="Ingest the photos again"):
        read_info(tmp_path)


def test_a_file_without_the_tables_is_bad_input(tmp_path):
    with tables.open_file(tmp_path / "dataset.h5", "w") as file:
        file.root._v_attrs.info = INFO.model_dump_json()
    with pytest.raises(BadInput, match="/photos and /species"):
        read_dataset(tmp_path)
