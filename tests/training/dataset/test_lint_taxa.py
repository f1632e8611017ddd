"""Names as records state them, and the species that they become."""

from __future__ import annotations

import pandas as pd
import pytest

from sporeprint_training.dataset.lint_taxa import lint_taxa
from sporeprint_training.dataset.records import COLUMNS


def records(names, **columns) -> pd.DataFrame:
    frame = pd.DataFrame({"scientific_name": list(names)} | columns)
    frame["media"] = columns.get("media", [f"https://e.org/{number}.jpg" for number in range(len(frame))])
    frame["line"] = range(1, len(frame) + 1)
    return frame.assign(**{name: "" for name in COLUMNS if name not in frame})


@pytest.mark.parametrize(
    ("stated", "species", "change"),
    [
        ("Amanita muscaria", "Amanita muscaria", ""),
        ("Amanita muscaria (L.) Lam.", "Amanita muscaria", "author"),
        ("Amblyomma americanum Linnaeus, 1758", "Amblyomma americanum", "author"),
        ("amanita  muscaria ", "Amanita muscaria", "spelling"),
        ("AMANITA MUSCARIA", "Amanita muscaria", "spelling"),
        ("Amanita_muscaria", "Amanita muscaria", "spelling"),
        ("Amanita muscaria var. formosa Pers.", "Amanita muscaria", "infraspecific"),
        ("Amanita muscaria f. alba", "Amanita muscaria", "infraspecific"),
        ("Amanita muscaria subsp. flavivolvata Singer", "Amanita muscaria", "infraspecific"),
        ("Amanita muscaria flavivolvata", "Amanita muscaria", "infraspecific"),
        ("Boletus edulis f. Bull.", "Boletus edulis", "author"),
        ("AMANITA muscaria S. L. Wang", "Amanita muscaria", "author"),
        ("Rubus idaeus Ser. ex Fr?hner", "Rubus idaeus", "author"),
        ("Amanita (Amanita) muscaria", "Amanita muscaria", "author"),
        ("Callistosporium luteo-olivaceum", "Callistosporium luteo-olivaceum", ""),
    ],
)
def test_a_species_loses_its_author_and_what_lies_below_it(stated, species, change):
    linted = lint_taxa(records([stated]))
    assert linted.kept["species"].tolist() == [species]
    assert linted.report[["species", "change", "records"]].to_numpy().tolist() == [[species, change, 1]]
    assert linted.kept["scientific_name"].tolist() == [stated]


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ("", "name_blank"), ("  ", "name_blank"),
        ("Amanita", "name_above_species"), ("Amanita Pers.", "name_above_species"),
        ("Amanita Pers., 1797", "name_above_species"), ("Armillaria mellea group", "name_above_species"),
        ("Amanita sect. Vaginatae", "name_above_species"), ("Xerocomus subtomentosus agg.", "name_above_species"),
        ("Amanita sp.", "name_sp"), ("Amanita spp", "name_sp"), ("Russula sp. 'IN01'", "name_sp"),
        ("Russula cf. emetica", "name_cf"), ("Russula aff emetica", "name_cf"), ("Russula emetica ?", "name_cf"),
        ("Amanita × hybrida", "name_hybrid"), ("Amanita muscaria x pantherina", "name_hybrid"),
        ("BOLD:AAF9225", "name_unusable"), ("=cmd()", "name_unusable"), ("<img onerror>", "name_unusable"),
        ("Amanita mus\u202ecaria", "name_unusable"), ("12345", "name_unusable"),
    ],
)  # fmt: skip
def test_what_names_no_species_is_left_out_under_one_reason(stated, reason):
    linted = lint_taxa(records([stated, "Boletus edulis"]))
    assert linted.kept["species"].tolist() == ["Boletus edulis"]
    assert linted.removed[["line", "reason", "detail"]].to_numpy().tolist() == [[1, reason, stated]]


def test_varieties_stay_apart_when_they_are_not_folded():
    names = ["Amanita muscaria var. formosa Pers.", "Amanita muscaria ssp. flavivolvata", "Amanita muscaria L."]
    assert lint_taxa(records(names), fold=False).kept["species"].tolist() == [
        "Amanita muscaria var. formosa",
        "Amanita muscaria subsp. flavivolvata",
        "Amanita muscaria",
    ]


def test_accepted_names_go_before_synonyms_and_a_rank_above_the_species_is_refused():
    linted = lint_taxa(
        records(
            ["Boletus luridiformis Rostk.", "Ixodes unipunctata Packard, 1869", "Amanita rubescens", "Agaricus x y"],
            accepted_name=["Neoboletus luridiformis (Rostk.) Gelardi", "", "Amanita", "Agaricus × y"],
            species=["", "Amblyomma americanum", "", ""],
            rank=["species", "species", "genus", "species"],
        )
    )
    assert linted.kept["species"].tolist() == ["Neoboletus luridiformis", "Amblyomma americanum"]
    assert linted.removed["reason"].tolist() == ["name_above_species", "name_hybrid"]
    assert linted.report.set_index("stated")["change"].to_dict()["Boletus luridiformis Rostk."] == "synonym"


def test_a_photo_that_is_listed_twice_stays_once():
    table = records(["Amanita muscaria", "Amanita muscaria L.", "Boletus edulis"], media=["a", "a", "a"])
    linted = lint_taxa(table)
    assert linted.kept["line"].tolist() == [1]
    assert linted.rejected == {"duplicate_record": 1, "duplicate_record_other_species": 1}


def test_no_records_are_no_error():
    linted = lint_taxa(records([]))
    assert (len(linted.kept), len(linted.removed), len(linted.report)) == (0, 0, 0)


def test_a_gbif_download_of_one_species_is_one_species(real_data):
    wanted = ["scientificName", "acceptedScientificName", "species", "taxonRank", "taxonomicStatus", "gbifID"]
    path = real_data / "dwca" / "gbif_amblyomma" / "occurrence.txt"
    table = pd.read_csv(path, sep="\t", dtype=str, quoting=3, keep_default_na=False, usecols=wanted)
    linted = lint_taxa(
        records(
            table["scientificName"], accepted_name=table["acceptedScientificName"], species=table["species"],
            rank=table["taxonRank"].str.lower(), taxonomic_status=table["taxonomicStatus"].str.lower(),
            media=table["gbifID"],
        )
    )  # fmt: skip
    assert set(linted.kept["species"]) == {"Amblyomma americanum"}
    assert len(linted.kept) == 1310
    assert linted.report[["change", "records"]].to_numpy().tolist() == [
        ["author", 1269], ["synonym", 29], ["synonym", 11], ["synonym", 1],
    ]  # fmt: skip


def test_every_name_of_mushroom_observer_is_a_species_or_lies_above_one(real_data):
    path = real_data / "mushroomobserver" / "mushrooms.tsv.gz"
    table = pd.read_csv(path, sep="\t", dtype=str, quoting=3, keep_default_na=False, usecols=["name", "url"])
    linted = lint_taxa(records(table["name"], media=table["url"]))
    assert len(table) == 254_787
    # 110 pictures are listed under two names; three species have no other.
    assert linted.rejected == {"name_above_species": 31_510, "duplicate_record_other_species": 110}
    assert linted.kept["species"].nunique() == 7751 - 612 - 3
    assert linted.report["change"].eq("").all()
