"""Folder names as scientific names."""

from __future__ import annotations

import pytest

from sporeprint_training.dataset.names import rank_of, scientific_name


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("Boletus edulis", "Boletus edulis"),
        ("boletus_edulis", "Boletus edulis"),
        ("  amanita \u00a0 VIROSA_ ", "Amanita VIROSA"),
        ("o\u0308dland", "Ödland"),
        ("Hypholoma fasciculare var. pusillum", "Hypholoma fasciculare var. pusillum"),
        ("x" * 10_000, "X" + "x" * 199),
    ],
)
def test_names_are_tidied(folder, name):
    assert scientific_name(folder) == name


@pytest.mark.parametrize("folder", ["", "_ _", "a\u202eb", "a\tb", "a\x00b", "a\u200bb", "a\udcffb"])
def test_names_that_could_mislead_are_refused(folder):
    assert scientific_name(folder) is None


def test_one_word_is_a_genus():
    assert (rank_of("Amanita"), rank_of("Amanita virosa")) == ("genus", "species")
