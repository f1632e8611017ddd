from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sporeprint_training.dataset.info import DatasetInfo
from sporeprint_training.dataset.store import Dataset
from sporeprint_training.evaluate.curate import curate, curation_csv, duplicates, mislabelled
from sporeprint_training.evaluate.neighbours import neighbours
from sporeprint_training.evaluate.probe import folds, out_of_fold

SPECIES = ("Amanita virosa", "Boletus edulis", "Coprinus comatus")


def a_dataset(labels, *, finds=None, splits=None, files=None) -> Dataset:
    n = len(labels)
    ids = [f"{index:016x}" for index in range(n)]
    photos = pd.DataFrame({
        "photo_id": ids, "path": ids, "label": np.array(labels, np.int32), "split": splits or ["train"] * n,
        "observation_id": finds or ids, "group_id": finds or ids, "source_file": files or ids,
    })  # fmt: skip
    species = pd.DataFrame({"label": range(3), "scientific_name": SPECIES})
    info = DatasetInfo(name="x", sha256="0" * 64, seed=0, split_val=0.2, split_test=0.2, created_by="0")
    return Dataset(Path(), info, photos, species)


@pytest.fixture
def clouds():
    """Features and labels of 120 photos in three clouds."""
    draw = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 40)
    centres = draw.normal(0, 2, (3, 16))
    return (centres[labels] + draw.normal(0, 1, (120, 16))).astype(np.float32), labels


def test_a_label_that_was_swapped_heads_the_list_and_the_right_one_is_suggested(clouds):
    features, truth = clouds
    given = truth.copy()
    given[[5, 50]] = [2, 0]
    found = curate(a_dataset(given), features).of("mislabelled")
    assert {(item.row, item.suggested) for item in found[:2]} == {(5, 0), (50, 1)}
    assert len(found) < 10


def test_a_suggestion_needs_the_usual_score_of_the_suggested_class():
    scores = np.array([[0.9, 0.1], [0.9, 0.1], [0.3, 0.7], [0.05, 0.95], [0.6, 0.4]])
    found = mislabelled(scores, np.array([0, 0, 0, 1, 1]))
    assert [(item.row, item.suggested) for item in found] == [(2, 1)], (
        "0.7 is usual for the second, 0.6 not for the first"
    )


def test_a_photo_like_no_other_is_the_first_odd_one(clouds):
    features, labels = clouds
    features[7] = -features.mean(axis=0) * 5 + 9
    assert curate(a_dataset(labels), features).of("odd")[0].row == 7


def test_a_photo_is_judged_without_the_others_of_its_find(clouds):
    features, labels = clouds
    finds = [f"find {index // 4}" for index in range(120)]
    places = folds(finds)
    assert all(len(set(places[start : start + 4])) == 1 for start in range(0, 120, 4))
    assert len(set(places)) == 5
    # A whole find under a wrong name: its photos would vouch for each other.
    given = labels.copy()
    given[8:12] = 1
    suggested = {item.row: item.suggested for item in curate(a_dataset(given, finds=finds), features).of("mislabelled")}
    assert [suggested.get(row) for row in range(8, 12)] == [0, 0, 0, 0]


def test_a_class_that_no_other_fold_holds_is_never_suggested(clouds):
    features, labels = clouds
    only = np.where(labels == 2, 1, labels)
    only[0] = 2
    opinion = out_of_fold(features, only, [str(i) for i in range(120)], 3)
    assert np.isfinite(opinion.scores).all()
    assert opinion.scores[0, 2] == 0


def test_look_alike_photos_come_by_species_then_by_split_and_never_of_one_find(clouds):
    features, _ = clouds
    features[[10, 20, 30, 40]] = features[[50, 60, 70, 80]]
    labels = np.zeros(120, int)
    labels[50] = 1
    splits = ["train"] * 120
    splits[60] = "test"
    finds = [str(i) for i in range(120)]
    finds[30] = finds[70]
    found = duplicates(a_dataset(labels, finds=finds, splits=splits), neighbours(features))
    copies = [(item.row, item.other) for item in found if item.score > 0.999]
    assert copies == [(10, 50), (20, 60), (40, 80)], "30 and 70 show one find"


def test_the_list_has_a_row_per_photo_and_no_formula(clouds):
    features, labels = clouds
    labels[5] = 2
    data = a_dataset(labels, files=["=HYPERLINK(1)", *(f"photo, {index}.jpg" for index in range(1, 120))])
    features[0] = 50
    rows = list(csv.DictReader(io.StringIO(curation_csv(data, curate(data, features)).decode())))
    assert {row["reason"] for row in rows} >= {"mislabelled", "odd"}
    swapped = next(row for row in rows if row["reason"] == "mislabelled")
    assert (swapped["source_file"], swapped["given"], swapped["suggested"]) == ("photo, 5.jpg", SPECIES[2], SPECIES[0])
    assert next(row for row in rows if row["photo_id"] == "0" * 16)["source_file"] == "'=HYPERLINK(1)"
