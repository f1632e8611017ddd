"""Training for the benchmark: one configuration, features shared by all runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tables
from numpy.typing import NDArray

from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.run import PREDICTIONS_FILE, Run
from sporeprint_training.run_config import load_run_config
from sporeprint_training.train import train


def trained(sources: Sequence[Path], weights: Path, work: Path, name: str, split_test: float = 0.15) -> Run:
    """A head on frozen MobileNetV2 features, trained on class folders."""
    ingest(sources, work / name, IngestOptions(name=name, split_test=split_test))
    config = load_run_config(None, {"model.base": "mobilenet_v2", "model.weights": str(weights)})
    return train(work / name, work / "runs", config)


def logits_of(run: Run, split: str) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Logits `(photos, classes)` and labels of a split."""
    with tables.open_file(run.folder / PREDICTIONS_FILE) as file:
        rows, logits = file.root.photos.read(), file.root.logits.read()
    chosen = rows["split"] == split.encode()
    return logits[chosen], rows["label"][chosen]
