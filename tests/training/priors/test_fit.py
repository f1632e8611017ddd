"""From photos with dates and places to a run's priors: used where they help, left out where they do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sporeprint_training.priors.file import parse_priors
from sporeprint_training.priors.fit import number_genera, place_part, season_part, write_priors
from sporeprint_training.priors.record import PRIORS_FILE
from sporeprint_training.priors.rule import Context, reweigh
from sporeprint_training.priors.strength import Examples, fit_strengths
from sporeprint_training.priors.votes import take_votes

CLASSES = 8
GENERA = [f"Genus {index // 2}" for index in range(CLASSES)]
HOMES = np.array([(50 + 5 * (index % 4), -100 + 30 * (index // 4)) for index in range(CLASSES)], float)


def world(seed, count, *, dates=True, places=True, informative=True):
    """Observations of two photos each: classes have months and homes, unless these say nothing."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, count)
    known = labels if informative else random.integers(0, CLASSES, count)
    months = np.rint(known * 12 / CLASSES + random.normal(0, 1.2, count)).astype(int) % 12
    spots = HOMES[known] + random.normal(0, 6, (count, 2))
    frame = pd.DataFrame(
        {
            "observation_id": [f"o{index}" for index in range(count)],
            "label": labels,
            "observed_on": [f"2021-{month + 1:02d}-05" if dates else "" for month in months],
            "latitude": spots[:, 0] if places else np.nan,
            "longitude": spots[:, 1] if places else np.nan,
        }
    )
    return frame.loc[frame.index.repeat(2)].reset_index(drop=True)


def scores_for(frame, seed=1, sureness=1.5):
    """Calibrated scores of a mediocre classifier: the posterior of one noisy look at the label."""
    random = np.random.default_rng(seed)
    looks = random.normal(0, 1, (len(frame), CLASSES))
    looks[np.arange(len(frame)), frame["label"]] += sureness
    powers = np.exp(sureness * looks)
    return powers / powers.sum(axis=1, keepdims=True)


def write(folder, *, dates=True, places=True, informative=True, train=600, val=300):
    observed = {"dates": dates, "places": places, "informative": informative}
    val_photos = world(2, val, **observed)
    return write_priors(folder, world(1, train, **observed), val_photos, scores_for(val_photos), GENERA)


@pytest.mark.parametrize(("dates", "places"), [(True, True), (True, False), (False, True)])
def test_what_is_known_is_used(tmp_path, dates, places):
    record = write(tmp_path, dates=dates, places=places)
    assert (record.season is not None, record.place is not None) == (dates, places)
    for part in (record.season, record.place):
        if part:
            assert 0.5 < part.strength <= 1.5
            assert part.gain > 0.05
            assert (part.n, part.n_validation) == (600, 300)
    priors = parse_priors((tmp_path / PRIORS_FILE).read_bytes(), record, CLASSES)
    assert (priors.season is not None, priors.place is not None) == (dates, places)


def test_the_written_priors_improve_answers_that_nothing_was_fitted_on(tmp_path):
    record = write(tmp_path)
    priors = parse_priors((tmp_path / PRIORS_FILE).read_bytes(), record, CLASSES)
    fresh = world(3, 500)
    scores = scores_for(fresh, seed=4)
    after = np.array(
        [
            reweigh(row.tolist(), priors, Context(int(day[5:7]), north, east), record.strengths()).scores
            for row, day, north, east in zip(
                scores, fresh["observed_on"], fresh["latitude"], fresh["longitude"], strict=True
            )
        ]
    )
    labels = fresh["label"].to_numpy()
    right = [(found.argmax(axis=1) == labels).mean() for found in (scores, after)]
    assert right[1] > right[0] + 0.1
    losses = [-np.log(found[np.arange(len(labels)), labels]).mean() for found in (scores, after)]
    # Each part's gain is what it adds to the other's.
    assert losses[0] - losses[1] > record.season.gain + record.place.gain


def test_dates_and_places_that_say_nothing_are_left_out(tmp_path):
    record = write(tmp_path, informative=False)
    assert record.path is None
    assert record.strengths() == (0, 0)
    assert (record.season.gain, record.place.gain) == (0, 0)
    assert not (tmp_path / PRIORS_FILE).exists()


@pytest.mark.parametrize("data", [{"dates": False, "places": False}, {"train": 49}])
def test_without_enough_dates_or_places_there_are_no_priors(tmp_path, data):
    assert write(tmp_path, **data) is None
    assert not list(tmp_path.iterdir())


def test_validation_photos_without_dates_prove_nothing(tmp_path):
    val = world(2, 300, dates=False, places=False)
    record = write_priors(tmp_path, world(1, 600), val, scores_for(val), GENERA)
    assert record.path is None
    assert (record.season.n, record.season.n_validation) == (600, 0)


def test_a_place_where_nobody_was_before_says_nothing(tmp_path):
    train = world(1, 600, dates=False)
    last = train.loc[(train["latitude"] // 2.5 * 1000 + train["longitude"] // 2.5).idxmax(), "label"]
    # All of the class that lives in the last cell, far away from it.
    val = world(2, 2000, dates=False).assign(latitude=-60.0, longitude=20.0)
    val = val[val["label"] == last].reset_index(drop=True)
    record = write_priors(tmp_path, train, val, scores_for(val), GENERA)
    assert record.place.n_validation > 100
    assert (record.path, record.place.gain) == (None, 0)


def test_equal_data_give_equal_bytes(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name)
    assert (tmp_path / "one" / PRIORS_FILE).read_bytes() == (tmp_path / "two" / PRIORS_FILE).read_bytes()


def test_the_months_of_the_file_are_the_months_of_the_photos():
    votes = take_votes(world(1, 2000))
    levels = season_part(votes, number_genera(GENERA)).levels
    assert levels[2].argmax() == 3
    assert levels[2][9] == levels.min()


def test_cells_are_as_fine_as_their_room_allows():
    votes, genus = take_votes(world(1, 600)), number_genera(GENERA)
    fine, coarse = place_part(votes, genus), place_part(votes, genus, most_bytes=300)
    assert (fine.degrees, coarse.degrees) == (2.5, 10.0)
    assert len(coarse.cells) < len(fine.cells)
    assert place_part(votes, genus, most_bytes=10) is None


def test_classes_of_unknown_genus_are_not_related():
    assert number_genera(["A", "", "A", "", "B"]).tolist() == [0, 1, 0, 2, 3]


def test_strengths_are_the_ones_that_the_levels_were_made_for():
    """Labels drawn from scores that were changed by known strengths."""
    random = np.random.default_rng(0)
    levels = tuple(random.integers(-8, 9, (6000, CLASSES)).astype(np.int8) for _ in range(2))
    scores = random.dirichlet(np.ones(CLASSES), 6000)
    weighted = scores * np.exp(np.log(20) / 15 * (0.9 * levels[0] + 0.3 * levels[1]))
    chances = (weighted / weighted.sum(axis=1, keepdims=True)).cumsum(axis=1)
    labels = (random.random(6000)[:, None] > chances).sum(axis=1).clip(max=CLASSES - 1)
    fit = fit_strengths(Examples(scores, labels, levels))
    assert fit.strengths == pytest.approx((0.9, 0.3), abs=0.05)
    assert fit.gains[0] > fit.gains[1] > 0
