"""An artefact is the old one or the new one, never half of either."""

import os
import signal
import subprocess
import sys
import time

import pytest

from sporeprint_training.artefact import canonical_json, replacing_folder, write_bytes
from sporeprint_training.errors import BadInput


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_takes_the_old_ones_place(tmp_path):
    for content in ("old", "new"):
        with replacing_folder(tmp_path / "runs", marker="run.json") as folder:
            (folder / "run.json").write_text(content)
    assert (tmp_path / "runs" / "run.json").read_text() == "new"
    assert names(tmp_path) == ["runs"]


def test_after_an_error_the_old_folder_is_as_it_was(tmp_path):
    with replacing_folder(tmp_path / "runs", marker="run.json") as folder:
        (folder / "run.json").write_text("old")
    with pytest.raises(RuntimeError), replacing_folder(tmp_path / "runs", marker="run.json") as folder:
        (folder / "run.json").write_text("half")
        raise RuntimeError
    assert (tmp_path / "runs" / "run.json").read_text() == "old"
    assert names(tmp_path) == ["runs"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_not_an_earlier_artefact_is_refused(tmp_path, kind):
    mine = tmp_path / "mine"
    if kind == "file":
        mine.write_text("mine")
    else:
        mine.mkdir()
        (mine / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="left as it is"), replacing_folder(mine, marker="run.json"):
        pytest.fail("the block must not be entered")
    assert (mine if kind == "file" else mine / "thesis.txt").read_text() == "mine"


def test_a_killed_writer_leaves_the_old_folder(tmp_path):
    with replacing_folder(tmp_path / "runs", marker="run.json") as folder:
        (folder / "run.json").write_text("old")
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from sporeprint_training.artefact import replacing_folder\n"
            "with replacing_folder(Path(sys.argv[1]), marker='run.json') as folder:\n"
            "    (folder / 'run.json').write_text('half'); print('writing', flush=True); time.sleep(60)",
            str(tmp_path / "runs"),
        ],
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"writing\n"
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert (tmp_path / "runs" / "run.json").read_text() == "old"


def test_what_a_killed_writer_left_is_removed_by_the_next_one(tmp_path):
    left = tmp_path / ".runs.new.abc"
    left.mkdir()
    two_days_ago = time.time() - 2 * 86400
    os.utime(left, (two_days_ago, two_days_ago))
    running = tmp_path / ".runs.new.def"
    running.mkdir()
    with replacing_folder(tmp_path / "runs", marker="run.json") as folder:
        (folder / "run.json").write_text("new")
    assert names(tmp_path) == [".runs.new.def", "runs"]


def test_a_folder_that_stepped_aside_and_never_came_back_is_put_back(tmp_path):
    # Killed between the two renames of the swap.
    aside = tmp_path / ".runs.old.abc"
    aside.mkdir()
    (aside / "run.json").write_text("old")
    with pytest.raises(RuntimeError), replacing_folder(tmp_path / "runs", marker="run.json"):
        raise RuntimeError
    assert (tmp_path / "runs" / "run.json").read_text() == "old"


def test_a_file_is_replaced_in_one_step(tmp_path):
    write_bytes(tmp_path / "a" / "run.json", b"1")
    write_bytes(tmp_path / "a" / "run.json", b"22")
    assert (tmp_path / "a" / "run.json").read_bytes() == b"22"
    assert names(tmp_path / "a") == ["run.json"]


def test_equal_values_give_equal_bytes_and_nan_is_refused():
    assert canonical_json({"b": 1, "a": "ü"}) == canonical_json({"a": "ü", "b": 1})
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"a": float("nan")})
