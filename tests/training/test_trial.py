"""A trial of a search gives the numbers that a training with its configuration would."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sporeprint_training import compact
from sporeprint_training.history import read_history
from sporeprint_training.models import load_model
from sporeprint_training.train import train
from sporeprint_training.trial import cache_features, run_trial

pytestmark = pytest.mark.usefixtures("narrow_network")


@pytest.fixture(scope="module")
def frozen(tmp_path_factory, quick, narrow_network):
    """Configurations of heads on one frozen backbone."""
    weights = tmp_path_factory.mktemp("weights") / "compact.weights.h5"
    compact.compact(keras.Input((32, 32, 3))).save_weights(weights)
    return lambda **changes: quick(**{"model__weights": str(weights), "max_epochs": 4, **changes})


def test_a_trial_equals_a_training_whatever_was_tried_before(coloured, tmp_path, frozen):
    cache_features(coloured, tmp_path, frozen())
    first = run_trial(coloured, tmp_path, frozen())
    other = run_trial(coloured, tmp_path, frozen(seed=5, model__learning_rate=0.05))
    again = run_trial(coloured, tmp_path, frozen())
    assert (first.val_loss, first.val_accuracy) == (again.val_loss, again.val_accuracy)
    assert other.val_loss != first.val_loss
    history = read_history(train(coloured, tmp_path, frozen()).folder)
    assert history[first.best_epoch].val_loss == pytest.approx(first.val_loss, abs=1e-6)
    assert first.val_loss == min(row.val_loss for row in history)
    assert first.epochs == len(history)


def test_a_trial_that_is_given_up_ends_after_that_epoch_and_leaves_no_run(coloured, tmp_path, frozen):
    seen = []
    found = run_trial(coloured, tmp_path, frozen(), lambda row: bool(seen.append(row.epoch)) or row.epoch == 1)
    assert seen == [0, 1]
    assert found.epochs == 2
    assert [path.name for path in tmp_path.iterdir()] == [".features"]


def test_a_trial_is_judged_by_the_epoch_whose_weights_a_training_keeps(coloured, tmp_path, frozen):
    # No later epoch is better by that much, so that the first one's weights stay.
    constant = {"model__learning_rate_schedule": "constant"}
    choosy = frozen(callbacks__early_stopping__min_delta=100, **constant)
    found = run_trial(coloured, tmp_path, choosy)
    assert (found.best_epoch, found.epochs) == (0, 4)
    kept = load_model(train(coloured, tmp_path / "choosy", choosy)).get_weights()
    first = load_model(train(coloured, tmp_path / "one", frozen(max_epochs=1, **constant))).get_weights()
    assert all(np.array_equal(one, other) for one, other in zip(kept, first, strict=True))
