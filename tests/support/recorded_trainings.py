"""Trainings that were measured once, in three digits: heads on fungi20, and small networks on drawn photos.

The CSV file of this name holds their histories, the JSON file their signals and settings. A name says what was done:
`ok` is sound, `lr100` a hundred times the learning rate, `few5` five photos per class, `deep` a stack of dense layers.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.history import Epoch, StageSignals
from sporeprint_training.run_config import load_run_config

HERE = Path(__file__).parent
KEPT = json.loads((HERE / "recorded_trainings.json").read_text())
NUMBERS = {"epoch": int, "steps": int}


def _rows():
    found: dict[str, list[Epoch]] = {}
    with (HERE / "recorded_trainings.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            run, stage = row.pop("run"), row.pop("stage")
            numbers = {key: NUMBERS.get(key, float)(value) for key, value in row.items()}
            found.setdefault(run, []).append(Epoch(stage, **numbers))
    return found


ROWS = _rows()


def recorded(*names: str, **signals: object) -> tuple[list[Epoch], list[StageSignals]]:
    """History and signals of one recording, or of several as stages of one run; `signals` changes those of the last."""
    history = [row for name in names for row in ROWS[name]]
    found = []
    for name in names:
        kept = {key: tuple(value) if isinstance(value, list) else value for key, value in KEPT[name]["signals"].items()}
        found.append(StageSignals(**kept))
    return history, [*found[:-1], replace(found[-1], **signals)]


def configured(name: str, **changes: object) -> RunConfig:
    """The configuration that a recording was made with; dotted keys, with two underscores for the dot, change it."""
    kept = dict(KEPT[name]["config"])
    restores = kept.pop("restores")
    scratch = not KEPT[name]["signals"]["pretrained"]
    values = {"model.base": "compact" if scratch else "mobilenet_v2", "fine_tune.epochs": 4, **kept}
    if not restores:
        values["callbacks.early_stopping.restore_best_weights"] = False
    return load_run_config(None, values | {key.replace("__", "."): value for key, value in changes.items()})
