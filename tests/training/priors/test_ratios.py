"""Ratios from votes: efforts cancel, little evidence says little, and the truth is found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sporeprint_training.priors.place import cell_kernel, cells_of
from sporeprint_training.priors.ratios import (
    choose_smoothing,
    count_votes,
    name_gains,
    smoothed_ratios,
    to_levels,
)
from sporeprint_training.priors.season import WIDTHS, month_kernel
from sporeprint_training.priors.votes import take_votes

ALONE = np.arange(3)
PLAIN = np.eye(12)


def photos(*rows):
    """Rows of (observation, label, date, latitude, longitude)."""
    columns = ["observation_id", "label", "observed_on", "latitude", "longitude"]
    return pd.DataFrame(rows, columns=columns).astype({"latitude": float, "longitude": float})


def test_an_observation_has_one_vote_however_many_photos():
    votes = take_votes(
        photos(
            ("a", 0, "2021-10-03", 52.1, -1.3),
            ("a", 0, "2021-10-03", 52.1, -1.3),
            ("b", 1, "", None, None),
            ("b", 1, "2020-05", 10.0, 20.0),
            ("a", 2, "2021-10", None, None),
        )
    )
    assert votes.label.tolist() == [0, 1, 2]
    assert votes.photo.tolist() == [0, 2, 4]
    assert votes.month.tolist() == [9, 4, 9]
    assert votes.latitude[:2].tolist() == [52.1, 10.0]
    assert np.isnan(votes.latitude[2])


def test_the_south_has_autumn_in_april():
    votes = take_votes(
        photos(("a", 0, "2021-04", -33.9, 151.2), ("b", 0, "2021-04", None, None), ("c", 0, "", -33.9, 151.2))
    )
    assert votes.month.tolist() == [9, 3, -1]


def test_where_people_look_more_nothing_is_more_frequent():
    effort = np.array([100, 10, 1, 0] * 3, float)
    ratios = smoothed_ratios(np.outer([50, 5, 1], effort), ALONE, PLAIN, 1.0)
    assert ratios == pytest.approx(1)


def test_a_class_with_three_votes_says_little_and_one_with_many_says_much():
    counts = np.array([[0] * 9 + [3, 0, 0], [0] * 9 + [300, 0, 0], [100] * 12], float)
    few, many, _ = smoothed_ratios(counts, ALONE, month_kernel(0.6), 0.5)
    assert few[9] < 3
    assert few[3] > 1 / 3
    assert many[3] < 1 / 20
    assert many[9] > few[9] * 1.2
    assert to_levels(many[None])[0, 3] == -15


def test_a_neighbouring_month_has_a_part():
    counts = np.array([[0] * 9 + [300, 0, 0], [100] * 12, [100] * 12], float)
    alone, spread = (smoothed_ratios(counts, ALONE, month_kernel(width), 0.5)[0] for width in (0.0, 0.6))
    assert alone[8] == pytest.approx(alone[2])
    assert spread[8] > 10 * spread[2]


def test_a_class_without_votes_says_what_its_genus_says():
    counts = np.array([[0] * 12, [0] * 9 + [200, 0, 0], [100] * 12, [0] * 12], float)
    newcomer, _, _, stranger = smoothed_ratios(counts, np.array([0, 0, 1, 2]), PLAIN, 1.0)
    assert newcomer[9] > 1.5
    assert newcomer[2] < 0.1
    assert stranger == pytest.approx(1)


def test_a_class_is_no_relative_of_itself():
    counts = np.array([[20, 0] * 6, [10] * 12], float)
    assert smoothed_ratios(counts, np.array([0, 1]), PLAIN, 1.0) == pytest.approx(
        smoothed_ratios(counts, np.array([0, 1]), PLAIN, 1.0)
    )
    own = (20 + 1) / (120 * 30 / 240 + 1)
    assert smoothed_ratios(counts, np.array([0, 1]), PLAIN, 1.0)[0, 0] == pytest.approx(own)


@pytest.mark.parametrize("width", WIDTHS)
def test_december_is_next_to_january(width):
    kernel = month_kernel(width)
    assert kernel.sum(axis=0) == pytest.approx(1)
    assert kernel[0, 11] == pytest.approx(kernel[5, 6])
    spread = np.sqrt((kernel[:, 6] * (np.arange(12) - 6.0) ** 2).sum())
    assert spread == pytest.approx(width, rel=0.3, abs=0.05)


def test_neighbours_on_the_globe_meet_at_the_date_line_and_are_close_near_the_pole():
    latitude, longitude = np.array([1.0, 1.0, 1.0, 86.0, 86.0]), np.array([179.0, -179.0, 1.0, 1.0, 91.0])
    cells, places = cells_of(latitude, longitude, 5.0)
    kernel = cell_kernel(cells, 5.0)(1.0)[np.ix_(places, places)]
    assert kernel.sum(axis=0) == pytest.approx(1)
    assert kernel[1, 0] / kernel[0, 0] == pytest.approx(np.exp(-0.5), rel=0.01)
    assert kernel[2, 0] == pytest.approx(0, abs=1e-12)
    assert kernel[4, 3] > 0.3
    assert cell_kernel(cells, 5.0)(0.0).tolist() == np.eye(5).tolist()


def drawn_votes(seed, n_votes):
    """Votes with a known truth: each class has a peak month, and people look three times as much in October."""
    random = np.random.default_rng(seed)
    peaks = np.arange(24) / 2
    truth = np.exp(2 * np.cos(2 * np.pi * (np.arange(12) - peaks[:, None]) / 12))
    effort = np.where(np.arange(12) == 9, 3.0, 1.0)
    chances = truth * effort * random.uniform(0.2, 2, 24)[:, None]
    chosen = random.choice(24 * 12, n_votes, p=(chances / chances.sum()).ravel())
    return chosen // 12, chosen % 12, chances / chances.sum()


def best_gain(chances):
    """Nats that the truth itself would give."""
    ratio = chances / chances.sum(axis=1, keepdims=True) / chances.sum(axis=0)
    return float((chances * np.log(ratio)).sum())


@pytest.mark.parametrize(("n_votes", "share"), [(300, 0.4), (20_000, 0.95)])
def test_the_known_truth_is_found(n_votes, share):
    labels, months, chances = drawn_votes(3, n_votes)
    chosen = choose_smoothing(labels, months, (24, 12), np.arange(24), WIDTHS, month_kernel)
    counts = count_votes(labels, months, (24, 12))
    ratios = smoothed_ratios(counts, np.arange(24), month_kernel(chosen.width), chosen.weight)
    fresh = drawn_votes(3, 40_000)[:2]
    gain = name_gains(ratios, counts.sum(axis=1), *fresh).mean()
    assert share * best_gain(chances) < gain <= best_gain(chances) + 0.02
    assert chosen.gain == pytest.approx(gain, abs=0.1)


def test_votes_at_random_are_mostly_smoothed_away():
    random = np.random.default_rng(0)
    labels, months = random.integers(0, 10, 400), random.integers(0, 12, 400)
    chosen = choose_smoothing(labels, months, (10, 12), np.zeros(10, np.int64), WIDTHS, month_kernel)
    counts = count_votes(labels, months, (10, 12))
    ratios = smoothed_ratios(counts, np.zeros(10, np.int64), month_kernel(chosen.width), chosen.weight)
    fresh = random.integers(0, 10, 20_000), random.integers(0, 12, 20_000)
    loss = -name_gains(ratios, counts.sum(axis=1), *fresh).mean()
    taken_as_they_are = smoothed_ratios(counts, np.arange(10), PLAIN, 0.5)
    assert loss < -name_gains(taken_as_they_are, counts.sum(axis=1), *fresh).mean() / 4
