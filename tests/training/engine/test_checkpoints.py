"""Checkpoints that are whole, or are not used."""

from __future__ import annotations

import numpy as np
import pytest

from sporeprint_training.engine.checkpoints import read_checkpoint, write_checkpoint
from sporeprint_training.engine.unfinished import unfinished
from sporeprint_training.errors import BadInput, StepFailed

REQUEST = {
    "id": "compact-1",
    "dataset": "/photos",
    "dataset_sha256": "0" * 64,
    "config": {"seed": 1, "model": {"base": "compact", "learning_rate": 0.1}},
    "versions": {"keras": "3"},
}


def content(step):
    weights = [np.full((2, 3), step, np.float32), np.zeros(0), np.int64(step)]
    return {"step": step, "weights": weights, "none": None, "deep": {"a": [1]}}


def test_what_is_read_is_what_was_written_and_only_the_newest_stay(tmp_path):
    for step in range(4):
        write_checkpoint(tmp_path, content(step), keep=2)
    found = read_checkpoint(tmp_path)
    assert (found["step"], found["none"], found["deep"]) == (3, None, {"a": [1]})
    np.testing.assert_array_equal(found["weights"][0], np.full((2, 3), 3, np.float32))
    assert int(found["weights"][2]) == 3
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", [lambda data: data[:-40], lambda data: data[:200] + b"x" + data[201:]])
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(tmp_path, damage):
    write_checkpoint(tmp_path, content(1), keep=2)
    newest = write_checkpoint(tmp_path, content(2), keep=2)
    newest.write_bytes(damage(newest.read_bytes()))
    named = []
    assert read_checkpoint(tmp_path, named.append)["step"] == 1
    assert named == [newest]
    assert read_checkpoint(tmp_path / "absent") is None


def test_a_run_that_ends_leaves_nothing_and_one_that_fails_its_checkpoints(tmp_path):
    with pytest.raises(OSError, match="full"), unfinished(tmp_path, REQUEST, resume=False, keep=2):
        raise OSError("full")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="full"), unfinished(tmp_path, REQUEST, resume=False, keep=2) as place:
        place.save(content(5))
        raise OSError("full")
    with unfinished(tmp_path, REQUEST, resume=True, keep=2) as place:
        assert place.resumed["step"] == 5
    assert list(tmp_path.iterdir()) == []


def test_a_changed_configuration_is_not_resumed_and_what_differs_is_named(tmp_path):
    with pytest.raises(OSError, match="full"), unfinished(tmp_path, REQUEST, resume=False, keep=2) as place:
        place.save(content(5))
        raise OSError("full")
    changed = {**REQUEST, "id": "compact-2", "config": {"seed": 1, "model": {"base": "compact", "learning_rate": 0.2}}}
    with (
        pytest.raises(BadInput, match=r"compact-1 differs in model\.learning_rate \(0\.1, now 0\.2\)"),
        unfinished(tmp_path, changed, resume=True, keep=2),
    ):
        pass
    with pytest.raises(BadInput, match="no unfinished run"), unfinished(tmp_path / "x", REQUEST, resume=True, keep=2):
        pass


def test_two_processes_do_not_train_one_run(tmp_path):
    with unfinished(tmp_path, REQUEST, resume=False, keep=2) as place:
        place.save(content(1))
        with (
            pytest.raises(StepFailed, match="one process at a time"),
            unfinished(tmp_path, REQUEST, resume=False, keep=2),
        ):
            pass
        assert list(place.folder.glob("checkpoints/*.npz"))
