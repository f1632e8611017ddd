"""What each key of a stage does, on a head of four features."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from sporeprint_training.config_model import ModelConfig
from sporeprint_training.engine.fit import Fitting, fit
from sporeprint_training.engine.learner import Learner
from sporeprint_training.engine.optimisers import build_optimiser, class_weights
from sporeprint_training.engine.pipeline import Cursor, Features, batches
from sporeprint_training.engine.plan import plan
from sporeprint_training.errors import BadInput
from sporeprint_training.models import build_head
from sporeprint_training.progress import SILENT
from sporeprint_training.run_config import load_run_config

# Batches are made by a graph all the same.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the `tf.config:UserWarning")
DRAW = np.random.default_rng(0)
LABELS = np.arange(24, dtype=np.int32) % 3
FEATURES = (np.eye(4)[LABELS] + DRAW.normal(0, 0.3, (24, 4))).astype(np.float32)


@pytest.fixture(scope="module", autouse=True)
def eager():
    """Steps run as they are written: tracing each optimiser's graph would take most of the time."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def trained(stop=lambda row: False, weights=None, **keys):
    """Weights and history of a head trained with these keys."""
    values = {"model.base": "mobilenet_v2", "max_epochs": 4, "batch_size": 8, "model.classifier.dropout": 0.0}
    config = load_run_config(None, values | {key.replace("__", "."): value for key, value in keys.items()})
    (stage,) = plan(config, pretrained=True)
    keras.utils.set_random_seed(0)
    head, rows = build_head(4, 3, config.model.classifier.dropout, config.seed), []
    data = batches(Features([FEATURES]), LABELS, 3, 8)

    def after_epoch(row):
        rows.append(row)
        return stop(row)

    fitting = Fitting(stage, config, 3, Cursor(), SILENT, after_epoch, None, None)
    fit(Learner(head, None, weights), data, data, fitting)
    return head.get_weights()[0], rows


@pytest.fixture(scope="module")
def plain():
    return trained()


@pytest.mark.parametrize(
    "keys",
    [
        {"model__optimizer": {"name": "sgd", "momentum": 0.5}},
        {"model__optimizer": {"name": "sgd", "momentum": 0.5, "nesterov": True}},
        {"model__optimizer": {"beta_1": 0.5}},
        {"model__optimizer": {"beta_2": 0.5}},
        {"model__optimizer": {"epsilon": 0.1}},
        {"model__optimizer": {"ema": 0.9}},
        {"model__optimizer": {"name": "sgd", "clip_norm": 0.01}},
        {"model__weight_decay": 0.5},
        {"model__label_smoothing": 0.2},
        {"model__focal_gamma": 2.0},
        {"model__classifier__dropout": 0.5},
        {"model__learning_rate_schedule": {"name": "cosine"}},
        {"model__learning_rate_schedule": {"name": "cosine", "warmup_epochs": 1}},
        {"model__learning_rate_schedule": {"name": "cosine", "end": 0.5}},
        {"model__learning_rate_schedule": {"warmup_epochs": 2}},
    ],
    ids=str,
)
def test_every_key_of_the_optimiser_the_schedule_and_the_loss_changes_what_is_learned(plain, keys):
    found = trained(**keys)[0]
    assert np.isfinite(found).all()
    assert not np.allclose(found, plain[0], atol=1e-6)


def test_a_warm_up_rises_and_a_cosine_falls_from_epoch_to_epoch():
    schedule = {"name": "cosine", "warmup_epochs": 2}
    rates = [row.learning_rate for row in trained(model__learning_rate_schedule=schedule, max_epochs=6)[1]]
    assert rates[0] < rates[1] < rates[2]
    assert rates[2] == pytest.approx(0.001)
    assert rates[2] > rates[3] > rates[4] > rates[5] > 0


def test_a_plateau_lowers_the_rate_when_the_validation_loss_stays():
    schedule = {"name": "plateau", "patience": 1, "factor": 0.1, "end": 0.01}
    rows = trained(model__learning_rate_schedule=schedule, model__learning_rate=1e-9, max_epochs=5)[1]
    assert rows[-1].learning_rate == pytest.approx(1e-11, rel=1e-3)


def test_the_average_of_weights_is_what_is_validated_and_kept_and_it_lags_behind(plain):
    averaged, rows = trained(model__optimizer={"ema": 0.99}, max_epochs=4, callbacks__early_stopping=None)
    start, _ = trained(model__learning_rate=1e-12, max_epochs=1)
    assert np.abs(averaged - start).max() < np.abs(plain[0] - start).max() / 2
    assert rows[-1].val_loss > plain[1][-1].val_loss


def test_gradients_are_measured_before_they_are_clipped():
    rows = trained(model__optimizer={"name": "sgd", "clip_norm": 1e-9}, max_epochs=1)[1]
    assert rows[0].gradient_norm > 1e-3
    assert rows[0].gradient_norm_max >= rows[0].gradient_norm


def test_early_stopping_keeps_the_best_epoch_and_a_watcher_can_stop_too():
    stopping = {"patience": 1, "monitor": "val_loss"}
    kept, rows = trained(callbacks__early_stopping=stopping, model__learning_rate=20.0, max_epochs=30)
    best = min(range(len(rows)), key=lambda index: rows[index].val_loss)
    assert len(rows) < 30
    again = trained(stop=lambda row: row.epoch == best, model__learning_rate=20.0, callbacks__early_stopping=None)
    if best < 4:
        np.testing.assert_array_equal(kept, again[0])


def test_a_weight_of_a_class_draws_the_answers_to_it():
    head, _ = trained(weights=np.array([1, 1, 50], np.float32), max_epochs=30, model__learning_rate=0.01)
    assert (FEATURES @ head).argmax(axis=1).tolist().count(2) > 8


def test_class_weights_are_inverse_to_counts_or_named():
    counts = np.array([10, 20, 30])
    names = ["a", "b", "c"]
    balanced = class_weights(ModelConfig(class_weights="balanced"), names, counts)
    np.testing.assert_allclose(balanced * counts, 20)
    assert class_weights(ModelConfig(class_weights={"b": 3}), names, counts).tolist() == [1, 3, 1]
    assert class_weights(ModelConfig(), names, counts) is None
    with pytest.raises(BadInput, match="Boletus"):
        class_weights(ModelConfig(class_weights={"Boletus": 3}), names, counts)


def test_stages_inherit_what_they_leave_open_and_switch_off_what_they_deny():
    config = load_run_config(
        None,
        {
            "stages": [
                {"epochs": 2, "layers": "none"},
                {"epochs": 3, "layers": 5, "learning_rate": 0.5, "data_augmentation": False, "early_stopping": False},
            ],
            "model.learning_rate_schedule": "cosine",
        },
    )
    first, second = plan(config, pretrained=True)
    assert (first.whole_network, second.whole_network) == (False, True)
    assert (first.learning_rate, second.learning_rate) == (0.001, 0.5)
    assert first.schedule.name == second.schedule.name == "cosine"
    assert first.augmentation is not None
    assert first.early_stopping is not None
    assert (second.augmentation, second.early_stopping) == (None, None)
    with pytest.raises(BadInput, match="leave fine_tune out"):
        load_run_config(None, {"stages": [{"epochs": 1}], "fine_tune.epochs": 1})


def test_the_usual_two_stages_come_from_the_short_keys():
    config = load_run_config(None, {"max_epochs": 7, "fine_tune": {"epochs": 2, "layers": 4}})
    head, tune = plan(config, pretrained=True)
    assert (head.name, head.epochs, head.whole_network) == ("head", 7, False)
    assert (tune.name, tune.epochs, tune.layers, tune.learning_rate) == ("fine_tune", 2, 4, 1e-5)
    network, _ = plan(config, pretrained=False)
    assert (network.name, network.layers) == ("network", "all")


def test_adam_with_a_decay_decouples_it():
    config = load_run_config(None, {"model.weight_decay": 0.1})
    (stage,) = plan(config, pretrained=True)
    optimiser = build_optimiser(config.model, stage, 3)
    variable = keras.Variable(np.ones(1, np.float32))
    optimiser.build([variable])
    optimiser.apply_gradients([(keras.ops.zeros(1), variable)])
    assert float(variable.numpy()[0]) == pytest.approx(1 - 0.1 * 0.001)
