"""One model over several devices."""

from __future__ import annotations

import csv

import pytest

from killed_training import start_training
from sporeprint_training.run import read_run

VALUES = {
    "model.base": "compact",
    "input.size": 32,
    "batch_size": 12,
    "max_epochs": 2,
    "model.classifier.dropout": 0.0,
    "model.optimizer": {"name": "sgd", "momentum": 0.0},
    "model.learning_rate": 0.05,
    "dataset.data_augmentation": False,
    "callbacks.early_stopping": None,
}


def history(runs):
    (folder,) = [path for path in runs.iterdir() if (path / "run.json").is_file()]
    with (read_run(folder).folder / "history.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_two_devices_learn_together_from_one_batch(coloured, tmp_path):
    processes = [start_training(coloured, tmp_path / str(count), VALUES, replicas=count) for count in (1, 2)]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    one, two = history(tmp_path / "1"), history(tmp_path / "2")
    assert [int(row["steps"]) for row in one] == [int(row["steps"]) for row in two]
    # Batch norm sees half of the batch on each device, so the two are alike and not equal.
    for alone, together in zip(one, two, strict=True):
        for measure in ("loss", "val_loss"):
            assert float(together[measure]) == pytest.approx(float(alone[measure]), rel=0.35), measure
        # Not half of it: each device has a half of the loss.
        assert 0.6 < float(together["gradient_norm"]) / float(alone["gradient_norm"]) < 3
    assert float(two[-1]["loss"]) < float(two[0]["loss"])
