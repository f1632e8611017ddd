"""HDF5: what pandas writes is read, and nothing in it is ever unpickled."""

from __future__ import annotations

import os
import pickle
import warnings
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sporeprint_training.dataset.readers import hdf5
from sporeprint_training.dataset.readers.hdf5 import read_hdf5
from sporeprint_training.dataset.readers.hdf5_description import read_described
from sporeprint_training.dataset.readers.pickled_names import pickled_names
from sporeprint_training.errors import BadInput

FILES = ["a/1.jpg", "a/Röhrling.jpg", "b/3.jpg"]
NAMES = ["Amanita muscaria", "Amanita muscaria", "Boletus edulis"]


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.write_text, (self.path, "owned")


@pytest.fixture
def frame(photos):
    photos(*FILES)
    return pd.DataFrame({
        "filename": FILES,
        "label": NAMES,
        "observed_on": pd.to_datetime(["2021-10-03", None, "2020-01-31"]),
        "latitude": [52.5, np.nan, -1.25],
        "longitude": [13.0, np.nan, 2.0],
        "licence": ["CC0", None, "CC BY 4.0"],
        "number": [1, 2, 3],
    })  # fmt: skip


@pytest.mark.parametrize(
    "options", [{}, {"data_columns": True}, {"data_columns": ["label"]}, {"complevel": 9, "complib": "zlib"}]
)
def test_what_pandas_writes_as_a_table_is_read(tmp_path, frame, options):
    frame.to_hdf(tmp_path / "photos.h5", key="gbif/fungi", format="table", **options)
    read = read_hdf5(tmp_path / "photos.h5")
    found = read.frame
    assert found["media"].tolist() == FILES
    assert found["scientific_name"].tolist() == NAMES
    assert found["observed_on"].tolist() == ["2021-10-03", "", "2020-01-31"]
    assert found["latitude"].fillna(0).tolist() == [52.5, 0, -1.25]
    assert found["licence_verbatim"].tolist() == ["CC0", "", "CC BY 4.0"]
    assert (found["line"].tolist(), read.rejected, read.warnings) == ([1, 2, 3], {}, ())


def test_categories_are_read_as_their_names(tmp_path, frame):
    frame["label"] = frame["label"].astype("category")
    frame.to_hdf(tmp_path / "photos.h5", key="fungi", format="table", data_columns=True)
    assert read_hdf5(tmp_path / "photos.h5").frame["scientific_name"].tolist() == NAMES


def test_a_description_names_the_table_and_its_columns(tmp_path, frame, written):
    cub = frame.rename(columns={"filename": "file_path", "label": "class_name"}).assign(label="wrong", file="nowhere")
    cub.to_hdf(tmp_path / "cub.h5", key="cub", format="table")
    frame.to_hdf(tmp_path / "cub.h5", key="other", format="table")
    with pytest.raises(BadInput, match="with cub, other"):
        read_hdf5(tmp_path / "cub.h5")
    entry = '{"path": "cub.h5", "key": "cub", "col_filename": "file_path", "col_label": "class_name"}'
    for content in (entry, '{"cub": ' + entry + "}"):
        read = read_described(written("cub.json", content))
        assert read.frame["media"].tolist() == FILES
        assert read.frame["scientific_name"].tolist() == NAMES


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"path": "cub.h5", "key": 1}', "key: "),
        ('{"path": "cub.h5", "columns": "x"}', "columns: "),
        ('{"key": "cub"}', "Received: "),
        ('{"a": {"path": "1.h5"}, "b": {"path": "2.h5"}}', "2 tables: a, b"),
        ('{"path": "cub.h5"', "Expecting"),
        ("[" * 100_000, "Received: "),
        ('{"path": "nowhere.h5"}', "nowhere.h5"),
    ],
)
def test_a_description_that_cannot_be_is_refused(written, content, said):
    with pytest.raises(BadInput, match=said):
        read_described(written("cub.json", content))


def test_a_frame_in_the_fixed_format_is_refused_by_its_columns(tmp_path, frame):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
        frame.to_hdf(tmp_path / "fixed.h5", key="fungi")
    with pytest.raises(BadInput, match=r'columns filename, label, licence\. Save it .*format="table"'):
        read_hdf5(tmp_path / "fixed.h5")


def test_a_hostile_pickle_in_a_column_is_not_executed(tmp_path):
    trap = tmp_path / "trap"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
        pd.DataFrame({"file": ["1.jpg"], "label": [Evil(trap)]}, dtype=object).to_hdf(tmp_path / "t.h5", key="fungi")
    pd.read_hdf(tmp_path / "t.h5")
    assert trap.read_text() == "owned"  # the trap works
    trap.unlink()
    with pytest.raises(BadInput, match="columns file, label"):
        read_hdf5(tmp_path / "t.h5")
    assert not trap.exists()


def test_hostile_pickles_in_attributes_are_not_executed(tmp_path, frame):
    trap, path = tmp_path / "trap", tmp_path / "t.h5"
    evil = np.bytes_(pickle.dumps(Evil(trap), protocol=0))
    frame.to_hdf(path, key="fungi", format="table")
    with h5py.File(path, "a") as file:
        for name in ("info", "non_index_axes", "data_columns", "values_cols", "index_cols"):
            file["fungi"].attrs[name] = evil
    assert read_hdf5(path).frame["media"].tolist() == FILES
    assert not trap.exists()
    with h5py.File(path, "a") as file:
        for name in file["fungi/table"].dtype.names:
            file["fungi/table"].attrs[f"{name}_kind"] = evil
    with pytest.raises(BadInput, match="instruction"):
        read_hdf5(path)
    assert not trap.exists()
    with pytest.raises(Exception, match=r".*"):
        pd.read_hdf(path)
    assert trap.read_text() == "owned"  # the trap works


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_lists_of_names_are_read_from_every_protocol(protocol):
    for names in ([], ["filename"], ["a", "ü", "a", "b" * 300, "\U0001f344"]):
        assert pickled_names(pickle.dumps(names, protocol)) == names


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=60) | st.binary(max_size=20).map(lambda data: pickle.dumps(["a", "b"], 2)[:-3] + data))
def test_any_bytes_are_a_list_of_texts_or_an_error(data):
    try:
        names = pickled_names(data)
    except ValueError:
        return
    assert all(isinstance(name, str) for name in names)


def test_other_pickles_are_no_lists_of_names():
    for value in ({"a": 1}, [1], [["a"]], "a", print, [b"a"]):
        with pytest.raises(ValueError, match=r"instruction|no list"):
            pickled_names(pickle.dumps(value, 0))


def test_data_outside_the_file_are_not_followed(tmp_path, frame):
    frame.to_hdf(tmp_path / "secret.h5", key="fungi", format="table")
    dtype = np.dtype([("file", "S20"), ("label", "S20")])
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["linked"] = h5py.ExternalLink("secret.h5", "/fungi")
        file["soft"] = h5py.SoftLink("/linked")
        file.create_dataset("outside", (3,), dtype, external=[("secret.h5", 0, h5py.h5f.UNLIMITED)])
    for key, said in (
        ("linked", "without linked"),
        ("soft/table", "without soft"),
        ("outside", "keeps its data in its"),
    ):
        with pytest.raises(BadInput, match=said):
            read_hdf5(tmp_path / "t.h5", key)


def test_tables_that_unpack_to_anything_are_refused(tmp_path):
    dtype = np.dtype([("file", "S1000"), ("label", "S20")])
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file.create_dataset("fungi", (10**12,), dtype, chunks=(10,))
    with pytest.raises(BadInput, match="1000 times its file's size"):
        read_hdf5(tmp_path / "rows.h5")
    with h5py.File(tmp_path / "chunk.h5", "w") as file:
        file.create_dataset("fungi", (500,), dtype, chunks=(100_000,), maxshape=(None,))
    with pytest.raises(BadInput, match="chunks of at most"):
        read_hdf5(tmp_path / "chunk.h5")


def test_plain_tables_of_records_are_read_in_blocks(tmp_path, photos, monkeypatch):
    monkeypatch.setattr(hdf5, "_ROWS", 2)
    photos(*FILES)
    rows = [(file.encode(), name.encode(), number) for file, name, number in zip(FILES, NAMES, range(3), strict=True)]
    with h5py.File(tmp_path / "t.h5", "w") as file:
        dtype = np.dtype([("path", "S40"), ("species", h5py.string_dtype()), ("number", "i4")])
        file["photos"] = np.array(rows, dtype)
        file["other"] = np.arange(5)
    found = read_hdf5(tmp_path / "t.h5").frame
    assert [found["media"].tolist(), found["scientific_name"].tolist(), found["line"].tolist()] == [
        FILES,
        NAMES,
        [1, 2, 3],
    ]


def test_missing_keys_and_columns_are_named(tmp_path, frame):
    frame.drop(columns="label").to_hdf(tmp_path / "t.h5", key="fungi", format="table")
    with pytest.raises(BadInput, match=r"without species; it has .*filename"):
        read_hdf5(tmp_path / "t.h5")
    with pytest.raises(BadInput, match=r"without name\. Name one of fungi"):
        read_hdf5(tmp_path / "t.h5", key="name")
    with pytest.raises(BadInput, match=r"without kind; it has .*filename"):
        read_hdf5(tmp_path / "t.h5", col_label="kind")


def test_broken_files_and_other_hdf5_are_refused(tmp_path, frame, real_data):
    frame.to_hdf(tmp_path / "t.h5", key="fungi", format="table")
    data = (tmp_path / "t.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.h5").write_text("no HDF5")
    os.mkfifo(tmp_path / "pipe.h5")
    for name in ("cut.h5", "text.h5", "nowhere.h5", "pipe.h5"):
        with pytest.raises(BadInput, match=name):
            read_hdf5(tmp_path / name)
    weights = next((real_data / "weights").glob("*.h5"))
    with pytest.raises(BadInput, match="with none"):
        read_hdf5(weights)
