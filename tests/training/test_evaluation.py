from __future__ import annotations

import numpy as np
import pytest

from sporeprint_training.decision import Taxon
from sporeprint_training.evaluation import rank_accuracy


def taxon(species, genus="", family=""):
    names = {"species": species, "genus": genus, "family": family}
    return Taxon(names={rank: name for rank, name in names.items() if name}, toxicity="not_assessed")


TAXA = [
    taxon("Amanita virosa", "Amanita", "Amanitaceae"),
    taxon("Amanita muscaria", "Amanita", "Amanitaceae"),
    taxon("Limacella guttata", "Limacella", "Amanitaceae"),
    taxon("Boletus edulis", "Boletus"),
    taxon("Suillus luteus", "Suillus"),
]
ANSWERS = np.eye(5)
"""One photo per class, answered by that class."""


@pytest.mark.parametrize(("rank", "right"), [("species", [0]), ("genus", [0, 1]), ("family", [0, 1, 2])])
def test_a_photo_is_right_at_a_rank_when_its_best_class_shares_the_name(rank, right):
    for label in range(5):
        found = rank_accuracy(ANSWERS, np.full(5, label), TAXA, rank)
        assert found == (len(right) if label in right else 1) / 5


def test_a_class_without_the_rank_is_right_only_for_itself():
    boletus, suillus = np.array([3]), np.array([4])
    assert rank_accuracy(ANSWERS[[3]], boletus, TAXA, "family") == 1
    assert rank_accuracy(ANSWERS[[3]], suillus, TAXA, "family") == 0
    assert rank_accuracy(ANSWERS[[0]], boletus, TAXA, "family") == 0


def test_a_genus_that_is_a_class_holds_its_species():
    taxa = [*TAXA, Taxon(names={"genus": "Amanita"}, toxicity="deadly")]
    answer = np.eye(6)[[5]]
    assert rank_accuracy(answer, np.array([0]), taxa, "genus") == 1
    assert rank_accuracy(answer, np.array([0]), taxa, "species") == 0


def test_a_rank_that_no_class_has_and_no_photos_are_open():
    assert rank_accuracy(ANSWERS, np.arange(5), TAXA, "order") is None
    assert rank_accuracy(ANSWERS[:0], np.zeros(0, int), TAXA, "genus") is None
