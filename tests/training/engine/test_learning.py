"""Whole stages on a small network, with what the configuration says about them."""

from __future__ import annotations

import numpy as np
import pytest

from sporeprint_training import batches
from sporeprint_training.engine.learn import Training
from sporeprint_training.engine.prepare import begin, prepare
from sporeprint_training.models import load_model
from sporeprint_training.train import train

pytestmark = pytest.mark.usefixtures("narrow_network")


def learned(dataset, runs, config):
    training = Training(begin(prepare(dataset, config), runs))
    training.run()
    return training


def test_the_last_layers_learn_and_then_the_head_alone_on_features_that_are_computed_anew(coloured, tmp_path, quick):
    stages = [
        {"epochs": 1, "layers": "all"},
        {"epochs": 1, "layers": 2},
        {"epochs": 1, "layers": "none", "data_augmentation": {"views": 1}},
    ]
    seen = []

    def watch(ledger):
        kernels = [layer.get_weights()[0] for layer in training.task.backbone.layers]
        seen.append((ledger.history[-1].stage, training.head.get_weights()[0], kernels))
        return False

    training = Training(begin(prepare(coloured, quick(stages=stages, max_epochs=1)), tmp_path, watch=watch))
    training.run()
    (_, _, all_learned), (_, head, last_learned), (_, later_head, untouched) = seen
    assert [name for name, *_ in seen] == ["stage_1", "stage_2", "stage_3"]
    moved = [not np.array_equal(one, other) for one, other in zip(all_learned, last_learned, strict=True)]
    assert moved == [False] * (len(moved) - 2) + [True, True]
    for ours, theirs in zip(last_learned, untouched, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not np.array_equal(head, later_head)
    outcome = training.learned()
    np.testing.assert_array_equal(outcome.logits["val"], training.head(outcome.features["val"]).numpy())
    assert not list(tmp_path.glob(".features/*")), "the features of a changed backbone are nobody else's"


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_leaves_a_model_of_single_precision(coloured, tmp_path, quick, precision):
    run = train(coloured, tmp_path, quick(precision=precision, max_epochs=2, dataset__data_augmentation=False))
    model = load_model(run)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert run.record.metrics.n > 0
    plain = learned(coloured, tmp_path, quick(max_epochs=2, dataset__data_augmentation=False))
    ours, theirs = model.get_weights()[0], plain.model.get_weights()[0]
    assert not np.array_equal(ours, theirs)
    np.testing.assert_allclose(ours, theirs, atol=0.05)


def test_photos_too_many_for_memory_are_streamed_and_learned_from_all_the_same(coloured, tmp_path, quick, monkeypatch):
    monkeypatch.setattr(batches, "KEPT_BYTES", 1000)
    training = learned(coloured, tmp_path, quick(max_epochs=2, batch_size=5))
    rows = training.ledger.history
    assert [row.steps for row in rows] == [8, 8]
    assert rows[-1].loss < rows[0].loss
    assert rows[-1].data_seconds > 0


def test_an_epoch_of_balanced_sampling_is_as_long_as_any_other(coloured, tmp_path, quick):
    training = learned(coloured, tmp_path, quick(max_epochs=1, dataset__sampling="balanced", batch_size=5))
    assert training.ledger.history[0].steps == 8


def test_a_watcher_that_stops_ends_all_stages(coloured, tmp_path, quick):
    config = quick(stages=[{"epochs": 3}, {"epochs": 3}])
    training = Training(begin(prepare(coloured, config), tmp_path, watch=lambda ledger: True))
    training.run()
    assert [(row.stage, row.epoch) for row in training.ledger.history] == [("stage_1", 0)]


def test_tensorboard_has_losses_distributions_and_a_profile_when_asked_and_nothing_when_not(coloured, tmp_path, quick):
    watched = {"histograms": True, "profile": [2, 3]}
    run = train(coloured, tmp_path / "on", quick(max_epochs=1, callbacks__tensorboard=watched))
    events = run.folder / "tensorboard" / "network"
    assert any(b"kernel" in path.read_bytes() for path in events.rglob("events.*"))
    assert list(events.rglob("*.xplane.pb"))
    run = train(coloured, tmp_path / "off", quick(max_epochs=1, callbacks__tensorboard=False))
    assert not (run.folder / "tensorboard").exists()
