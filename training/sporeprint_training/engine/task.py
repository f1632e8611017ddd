"""What all stages of a run share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_training.backbones import Backbone
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.engine.ledger import Ledger
from sporeprint_training.engine.unfinished import Unfinished
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.run import Run

if TYPE_CHECKING:
    import pandas as pd

    from sporeprint_training.dataset.store import Dataset

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Warm:
    """A run that another one starts from, with its model."""

    model: keras.Model
    run: Run


def _go_on(ledger: Ledger) -> bool:
    return False


@dataclass(frozen=True)
class Task:
    """A run before it is trained."""

    data: Dataset
    config: RunConfig
    spec: InputSpec
    backbone: Backbone
    cache: Path
    """Folder of features, shared by all runs."""
    place: Unfinished | None = None
    """Where checkpoints are kept; None for a trial, which is repeated rather than resumed."""
    progress: Progress = SILENT
    watch: Callable[[Ledger], bool] = _go_on
    """Looks at what is written down after every epoch; answers whether to stop."""
    strategy: tf.distribute.Strategy = field(default_factory=tf.distribute.get_strategy)
    """How the network is spread over several accelerators."""
    warm: Warm | None = None
    """Whose head is taken over, where the classes are the same."""

    @property
    def n_classes(self) -> int:
        """Length of the logits."""
        return len(self.data.species)

    def photos(self, split: str) -> pd.DataFrame:
        """Rows of one split, in the data set's order."""
        return split_photos(self.data, split)

    def paths(self, photos: pd.DataFrame) -> list[Path]:
        """Files of some rows."""
        return [self.data.folder / path for path in photos["path"]]

    def labels(self, split: str) -> NDArray[np.int32]:
        """Class of each photo of one split."""
        return self.photos(split)["label"].to_numpy(np.int32)


def split_photos(data: Dataset, split: str) -> pd.DataFrame:
    """Rows of one split in the data set's order."""
    return data.photos[data.photos["split"] == split].reset_index(drop=True)
