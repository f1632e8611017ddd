"""Folder names as scientific names."""

from __future__ import annotations

import pytest

from sporeprint_training.dataset.names import binomial, is_infraspecific, rank_of, scientific_name


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


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Amanita muscaria (L.) Lam., 1783", "Amanita muscaria"),
        ("Amanita muscaria var. alba Peck", "Amanita muscaria"),
        ("Aedes (Stegomyia) aegypti (Linnaeus, 1762)", "Aedes aegypti"),
        ("Salix × fragilis L.", "Salix fragilis"),
        ("Salix x fragilis", "Salix fragilis"),
        ("Hygrocybe coccineo-crenata", "Hygrocybe coccineo-crenata"),
        ("Isoëtes lacustris", "Isoëtes lacustris"),
        ("Amanita", None),
        ("Amanita Pers.", None),
        ("Amanita sp.", None),
        ("Amanita cf. muscaria", None),
        ("Candida de Bary", None),
        ("BOLD:AAF9225", None),
        ("SH1509897.08FU", None),
        ("", None),
    ],
)
def test_a_full_name_is_cut_to_genus_and_epithet(written, name):
    assert binomial(written) == name


@pytest.mark.parametrize(
    ("written", "below"),
    [
        ("Boletus edulis Bull.", False),
        ("Boletus edulis Bull. ex Fr.", False),
        ("Boletus edulis pinicola", True),
        ("Boletus edulis f. pinicola", True),
        ("Boletus edulis Bull. var. pinicola", True),
    ],
)
def test_varieties_are_told_from_whole_species(written, below):
    assert is_infraspecific(written) == below
