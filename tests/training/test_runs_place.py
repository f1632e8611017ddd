"""Where runs lie, their index when several trainings end at once, and trainings that have not ended."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from multiprocessing import get_context

import pytest
import tables

from evaluated_runs import CLASSES, THRESHOLDS, a_record
from sporeprint_training.errors import BadInput
from sporeprint_training.run_config import RunConfig, load_run_config
from sporeprint_training.runs_index import add_to_index, read_index
from sporeprint_training.runs_place import runs_place
from sporeprint_training.runs_unfinished import unfinished_runs

PROCESSES, ROWS = 8, 5


def add_rows(runs, process):
    for number in range(ROWS):
        add_to_index(runs, a_record(CLASSES, THRESHOLDS, f"compact-{process}-{number}"))


def test_trainings_that_end_at_the_same_time_lose_no_row(tmp_path):
    # Forked, because each must begin at once: none of them has threads yet.
    processes = [get_context("fork").Process(target=add_rows, args=(tmp_path, number)) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert len(read_index(tmp_path)) == PROCESSES * ROWS


def test_a_long_configuration_is_kept_whole(tmp_path):
    record = a_record(CLASSES, THRESHOLDS, "compact-1")
    stages = [{"epochs": 1, "data_augmentation": {"rotate": number}} for number in range(20)]
    weights = {f"Amanita speciës-{number}": 1.5 for number in range(300)}
    config = load_run_config(None, {"stages": stages, "model.class_weights": weights, "model.base": "compact"})
    add_to_index(tmp_path, record.model_copy(update={"config": config}))
    add_to_index(tmp_path, record.model_copy(update={"id": "compact-2"}))
    rows = read_index(tmp_path).set_index("id")["config"]
    assert RunConfig.model_validate_json(rows["compact-1"]) == config
    assert RunConfig.model_validate_json(rows["compact-2"]) == record.config


def test_the_capstones_file_names_the_folder_the_index_and_its_key(tmp_path):
    path = tmp_path / "runs_config.json"
    path.write_text(json.dumps({"runs_dir": "here", "runs_hdf": "all.h5", "runs_hdf_key": "rows"}))
    (tmp_path / "here").mkdir()
    add_to_index(path, a_record(CLASSES, THRESHOLDS, "compact-1"))
    assert read_index(path)["id"].tolist() == ["compact-1"]
    with tables.open_file(tmp_path / "here" / "all.h5") as file:
        assert len(file.root.rows) == 1
    assert runs_place(tmp_path / "here").index == tmp_path / "here" / "runs.h5"


def test_the_capstones_own_file_is_read(real_data):
    place = runs_place(real_data / "run_configs" / "runs_config.default.json")
    assert (str(place.folder), place.index_file, place.index_key) == ("/media/data/runs", "runs.h5", "runs")


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"runs_dir": ""}', '{"runs_dir": "a", "runs_hdf": "../b.h5"}', '{"runs_dir": "a", "x": 1}']
)
def test_another_file_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "place.json").write_text(content)
    with pytest.raises(BadInput, match="runs_dir") as caught:
        runs_place(tmp_path / "place.json")
    assert "\n" not in str(caught.value)


def test_unfinished_trainings_say_how_far_they_are_and_whether_they_still_run(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for name, pid, host in (
        ("a", os.getpid(), socket.gethostname()),
        ("b", ended.pid, socket.gethostname()),
        ("c", 1, "else"),
    ):
        folder = tmp_path / ".unfinished" / name
        folder.mkdir(parents=True)
        said = {
            "id": name, "base": "compact", "dataset": "four", "stage": "head", "epoch": 3, "epochs": 9,
            "val_accuracy": 0.5, "pid": pid, "host": host, "updated": 1.7e9,
        }  # fmt: skip
        (folder / "progress.json").write_text(json.dumps(said))
    (tmp_path / ".unfinished" / "d").mkdir()
    (tmp_path / ".unfinished" / "d" / "progress.json").write_text('{"id": "d", "ba')
    found = {item.id: item for item in unfinished_runs(tmp_path)}
    assert {name: item.stopped for name, item in found.items()} == {"a": False, "b": True, "c": False}
    assert (found["a"].epoch, found["a"].epochs, found["a"].val_accuracy) == (3, 9, 0.5)
