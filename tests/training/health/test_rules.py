"""What each rule says of recorded trainings, and when it keeps silent."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from recorded_trainings import ROWS, configured, recorded
from sporeprint_training.health.live import LiveHealth
from sporeprint_training.health.network_rules import LOGITS_LAYER
from sporeprint_training.health.rules import EXPLAINS, RULES, judge
from sporeprint_training.health.watched import chance_loss
from sporeprint_training.run_config import load_run_config

SOUND = [*sorted(name for name in ROWS if "_ok" in name), "two_a"]


def found(*names, config=None, **signals):
    history, kept = recorded(*names, **signals)
    return judge(history, kept, config or configured(names[-1]))


def rules(*names, **options):
    return [finding.rule for finding in found(*names, **options)]


def changed(name, **values):
    """A recording's rows with the same change in each."""
    history, signals = recorded(name)
    return judge([replace(row, **values) for row in history], signals, configured(name))


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_training_raises_nothing_at_its_end_nor_after_any_epoch(name):
    history, signals = recorded(name)
    for epochs in range(1, len(history) + 1):
        assert judge(history[:epochs], signals, configured(name)) == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("head_lr100_0", "loss_not_decreasing"),
        ("head_lr100_smooth", "loss_not_decreasing"),
        ("net_lr100_0", "loss_not_decreasing"),
        ("head_shuffled_0", "overfitting"),
        ("head_shuffled_lr3e_4", "overfitting"),
        ("head_shuffled_all", "overfitting"),
        ("head_twoimg_0", "class_imbalance"),
        ("head_throttled_0", "input_bound"),
        ("net_zero_0", "poor_initialisation"),
        ("deep_sigmoid", "vanishing_gradients"),
        ("deep_large", "poor_initialisation"),
    ],
)
def test_each_pathology_raises_its_rule_alone(name, rule):
    assert rules(name) == [rule]


def test_a_finding_gives_the_numbers_and_the_key_to_change():
    (finding,) = found("head_lr100_0")
    assert (finding.severity, finding.stage, finding.since_epoch) == ("problem", "head", 0)
    assert "9.23" in finding.evidence
    assert "3.00" in finding.evidence
    assert "model.learning_rate" in finding.advice
    assert "0.01" in finding.advice


def test_what_a_cause_brings_about_is_named_with_it():
    (zeros,) = found("net_zero_0")
    assert zeros.consequences == ("vanishing_gradients", "loss_not_decreasing")
    (steps,) = found("net_lr100_0")
    assert steps.consequences == ("dead_units",)


def test_every_rule_comes_after_all_that_may_cause_it():
    order = [rule.__name__ for rule in RULES]
    for cause, consequences in EXPLAINS.items():
        assert all(order.index(rule) > order.index(cause) for rule in consequences)


def test_a_second_stage_names_its_own_learning_rate():
    history, signals = recorded("two_a", "two_b_lr")
    (finding,) = judge(history, signals, configured("two_b_lr"))
    assert (finding.rule, finding.stage) == ("loss_not_decreasing", "fine_tune")
    assert "fine_tune.learning_rate" in finding.advice
    listed = load_run_config(None, {"model.base": "mobilenet_v2", "stages": [{"epochs": 9, "learning_rate": 0.1}] * 2})
    renamed = [replace(row, stage="stage_1" if row.stage == "head" else "stage_2") for row in history]
    named = [replace(signal, stage=f"stage_{place}") for place, signal in enumerate(signals, 1)]
    assert "stages.1.learning_rate" in judge(renamed, named, listed)[0].advice


def test_a_stage_that_forgets_what_was_learnt_before_it_is_found_without_a_loss_above_a_guess():
    history, signals = recorded("two_a", "two_b_ok")
    forgot = [replace(row, val_accuracy=0.3, val_loss=2.5) if row.stage == "fine_tune" else row for row in history]
    (finding,) = judge(forgot, signals, configured("two_b_ok"))
    assert finding.rule == "loss_not_decreasing"
    assert "0.91" in finding.evidence
    once = [replace(row, val_accuracy=0.3) if (row.stage, row.epoch) == ("fine_tune", 1) else row for row in history]
    assert judge(once, signals, configured("two_b_ok")) == []


def test_a_loss_that_stays_at_a_guess_is_not_decreasing_and_one_that_has_converged_is():
    assert [item.rule for item in changed("head_ok_sgd1", loss=2.99, accuracy=0.05)] == ["loss_not_decreasing"]
    assert changed("head_ok_sgd1", loss=0.3) == []


def test_too_few_epochs_say_nothing_of_a_loss_that_stays():
    history, signals = recorded("head_ok_sgd1")
    flat = [replace(row, loss=2.99, accuracy=0.05) for row in history[:4]]
    assert judge(flat, signals, configured("head_ok_sgd1")) == []


def test_a_validation_loss_that_rises_while_training_goes_on_is_overfitting():
    history, signals = recorded("head_ok_few5_1")
    rising = [replace(row, val_loss=row.val_loss + 0.05 * max(0, row.epoch - 15)) for row in history]
    (finding,) = judge(rising, signals, configured("head_ok_few5_1"))
    assert (finding.rule, finding.severity) == ("overfitting", "warning")
    assert "are kept" in finding.evidence


def test_training_past_the_best_epoch_matters_only_where_nothing_goes_back_to_it():
    history, signals = recorded("head_ok_nodrop_long")
    worse = [replace(row, val_loss=row.val_loss + 0.01 * max(0, row.epoch - 20)) for row in history]
    (finding,) = judge(worse, signals, configured("head_ok_nodrop_long"))
    assert finding.rule == "overtraining"
    assert "restore_best_weights" in finding.advice
    kept = configured("head_ok_nodrop_long", callbacks__early_stopping__restore_best_weights=True)
    assert judge(worse, signals, kept) == []


def test_overtraining_is_explained_by_photos_learnt_by_heart():
    (finding,) = found("head_shuffled_all")
    assert (finding.severity, finding.consequences) == ("problem", ("overtraining",))


def test_a_gradient_far_beyond_the_usual_explodes_unless_steps_are_clipped():
    history, signals = recorded("head_ok_sgd1")
    spiked = [replace(row, gradient_norm_max=2e4) if row.epoch == 6 else row for row in history]
    (finding,) = judge(spiked, signals, configured("head_ok_sgd1"))
    assert (finding.rule, finding.since_epoch) == ("exploding_gradients", 6)
    assert judge(spiked, signals, configured("head_ok_sgd1", model__optimizer__clip_norm=1.0)) == []
    endless = [replace(row, gradient_norm_max=math.inf) if row.epoch == 6 else row for row in history]
    assert judge(endless, signals, configured("head_ok_sgd1"))[0].since_epoch == 6


def test_a_small_first_gradient_matters_only_while_there_is_much_to_learn():
    assert [item.rule for item in changed("net_ok_0", first_gradient_norm=1e-6, loss=2.2)] == ["vanishing_gradients"]
    assert changed("net_ok_0", first_gradient_norm=1e-6, loss=0.5) == []


def test_the_head_alone_has_no_depth_for_gradients_to_vanish_in():
    assert changed("head_ok_sgd1", first_gradient_norm=1e-9) == []


def test_the_last_kernel_may_start_equal_and_others_may_not():
    assert rules("net_ok_0", constant_kernels=(f"{LOGITS_LAYER}/kernel",)) == []
    (finding,) = found("net_ok_0", constant_kernels=("stem/kernel", f"{LOGITS_LAYER}/kernel"))
    assert finding.rule == "poor_initialisation"
    assert "stem/kernel" in finding.evidence


def test_the_last_kernel_has_the_name_that_models_give_it():
    from sporeprint_training import models

    assert models.LOGITS_LAYER == LOGITS_LAYER


def test_a_start_that_is_sure_of_wrong_answers_is_poor_in_a_network_and_less_so_in_a_head():
    assert rules("net_ok_0", first_loss=6.0) == ["poor_initialisation"]
    assert rules("head_ok_sgd1", first_loss=6.6) == []
    assert rules("head_ok_sgd1", first_loss=27.6) == ["poor_initialisation"]


def test_inputs_that_die_are_told_from_those_that_were_dead():
    assert rules("net_ok_0", dead_after=0.7) == ["dead_units"]
    assert rules("net_ok_0", dead_before=0.7, dead_after=0.7) == ["poor_initialisation"]
    assert rules("net_ok_0", dead_after=math.nan) == []


@pytest.mark.parametrize(
    ("counts", "broken"),
    [
        ((60,) * 19 + (7,), False),
        ((60,) * 19 + (6,), True),
        ((9,) * 19 + (2,), True),
        ((9,) * 19 + (3,), False),
        ((3,) * 20, False),
        ((60,) * 19 + (0,), False),
    ],
)
def test_imbalance_is_a_ratio_and_a_handful_of_photos(counts, broken):
    assert rules("head_ok_sgd1", class_counts=counts) == (["class_imbalance"] if broken else [])


@pytest.mark.parametrize(
    "change", [{"dataset__upsample": "sqrt"}, {"dataset__sampling": "balanced"}, {"model__class_weights": "balanced"}]
)
def test_imbalance_that_is_balanced_is_a_note(change):
    (plain,) = found("head_twoimg_0")
    (balanced,) = found("head_twoimg_0", config=configured("head_twoimg_0", **change))
    assert (plain.severity, balanced.severity) == ("warning", "note")


def test_imbalance_is_said_of_the_first_stage_only():
    history, signals = recorded("two_a", "two_b_ok")
    thin = [replace(signal, class_counts=(60,) * 19 + (2,)) for signal in signals]
    assert [finding.stage for finding in judge(history, thin, configured("two_b_ok"))] == ["head"]


def test_a_first_epoch_that_decodes_photos_is_no_bottleneck():
    history, signals = recorded("net_ok_0")
    first = [replace(row, data_seconds=60.0) if row.epoch == 0 else row for row in history]
    assert judge(first, signals, configured("net_ok_0")) == []
    many = [replace(row, data_seconds=60.0, steps=5000) for row in history[:1]]
    assert [item.rule for item in judge(many, signals, configured("net_ok_0"))] == ["input_bound"]


def test_waiting_of_a_millisecond_is_no_bottleneck_however_large_its_share():
    quick = {"steps": 40, "step_seconds": 0.02, "data_seconds": 0.05, "seconds": 0.1}
    assert changed("head_ok_sgd1", **quick) == []


def test_callbacks_that_take_longer_than_steps_are_found():
    (finding,) = changed("head_ok_sgd1", steps=40, step_seconds=2.0, data_seconds=0.0, callback_seconds=6.0)
    assert finding.rule == "accelerator_idle"
    assert "150 ms for callbacks" in finding.evidence
    assert "callbacks.checkpoint.every_seconds" in finding.advice


def test_a_uniform_guess_costs_what_the_loss_makes_of_it():
    plain = load_run_config(None, {"model.base": "compact"})
    assert chance_loss((5,) * 20, plain) == pytest.approx(math.log(20))
    focal = load_run_config(None, {"model.base": "compact", "model.focal_gamma": 2.0})
    assert chance_loss((5,) * 20, focal) == pytest.approx(math.log(20) * 0.95**2)
    weighed = load_run_config(None, {"model.base": "compact"})
    weighed = weighed.model_copy(update={"model": weighed.model.model_copy(update={"class_weights": {"A": 3.0}})})
    assert chance_loss((5,) * 20, weighed) == pytest.approx(math.log(20) * 3)
    twice = {"model.base": "compact", "model.class_weights": "balanced"}
    assert chance_loss((1, 9), load_run_config(None, twice)) == pytest.approx(math.log(2))
    # Rare photos are weighed up and shown more often: a batch weighs more than 1 per photo.
    twice["dataset.upsample"] = "max"
    assert chance_loss((1, 9), load_run_config(None, twice)) == pytest.approx(math.log(2) * 5 * (1 + 1 / 9) / 2)


def test_live_each_rule_speaks_once_per_stage_and_as_soon_as_it_can():
    history, signals = recorded("two_a", "two_b_lr", dead_after=math.nan)
    live = LiveHealth(configured("two_b_lr"))
    said = {}
    for epochs in range(1, len(history) + 1):
        begun = [signal for signal in signals if any(row.stage == signal.stage for row in history[:epochs])]
        new = live.after_epoch(history[:epochs], begun)
        if new:
            said[history[epochs - 1].stage, history[epochs - 1].epoch] = [finding.line for finding in new]
    assert list(said) == [("fine_tune", 0)]
    assert said["fine_tune", 0][0].startswith("health: loss not decreasing (fine_tune, epoch 0): the training loss is")
