"""Species that a user's table places: in the data set, its identity, and the answers of a model."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from sporeprint_training.class_records import class_records
from sporeprint_training.config_schema import DecisionConfig
from sporeprint_training.dataset.inspect import inspect
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.decision import decide
from sporeprint_training.errors import BadInput
from sporeprint_training.reference import load_reference
from sporeprint_training.thresholds import choose_thresholds

WAXCAPS = {"Hygrocybe testacea": 6, "Gliophorus fictus": 6, "Amanita virosa": 6}
HEADER = "species\tkingdom\torder\tfamily\n"
PLACED = HEADER + "Hygrocybe testacea\tFungi\tAgaricales\tHygrophoraceae\nGliophorus fictus\t\t\tHygrophoraceae\n"


@pytest.fixture
def ingested(source, run, tmp_path):
    """`ingested(text)`: the data set of the three species and the report, placed by a table with that text."""
    folder = source(WAXCAPS)
    path = tmp_path / "places.tsv"

    def make(text=None, **options):
        if text is not None:
            path.write_text(text)
        report = run(folder, taxonomy=None if text is None else path, **options)
        return read_dataset(tmp_path / "dataset"), report

    return make


def ranks(data, rank):
    return dict(zip(data.species["scientific_name"], data.species[rank], strict=True))


def test_a_table_places_species_and_the_reference_the_others(ingested):
    data, report = ingested(PLACED)
    family = "Hygrophoraceae"
    assert ranks(data, "family") == {
        "Amanita virosa": "Amanitaceae",
        "Gliophorus fictus": family,
        "Hygrocybe testacea": family,
    }
    # The table places the family in an order, so every species of the family lies in it.
    assert set(ranks(data, "order").values()) == {"Agaricales"}
    assert ranks(data, "genus")["Gliophorus fictus"] == "Gliophorus"
    said = [line for line in report.warnings if "has no row" in line]
    assert said[0].startswith("places.tsv has no row for 1 of 3 species: Amanita virosa;")
    assert inspect(data).to_dict()["ranks"] == {
        "kingdom": 3,
        "phylum": 1,
        "class": 1,
        "order": 3,
        "family": 3,
        "genus": 3,
    }


def test_a_model_rolls_up_to_a_family_that_only_the_table_knows(ingested):
    data, _ = ingested(PLACED)
    taxa = [record.taxon() for record in class_records(data, load_reference())]
    labels = np.tile([0, 1, 2], 12)
    # The model tells the deadly species from the waxcaps, and cannot tell those apart.
    scores = np.array([[0.96, 0.02, 0.02], [0.02, 0.47, 0.51], [0.02, 0.51, 0.47]])[labels]
    thresholds = choose_thresholds(scores, labels, taxa, DecisionConfig())
    answer = decide([0.02, 0.49, 0.49], taxa, thresholds)
    assert (answer.taxon, answer.rank) == ("Hygrophoraceae", "family")
    bare = [record.taxon() for record in class_records(ingested()[0], load_reference())]
    assert decide([0.02, 0.49, 0.49], bare, choose_thresholds(scores, labels, bare, DecisionConfig())).taxon is None


def test_the_users_table_outranks_the_reference_and_is_not_mixed_with_what_it_contradicts(ingested):
    data, _ = ingested(HEADER + "Amanita virosa\t\tBoletales\tPluteaceae\n")
    virosa = next(item for item in class_records(data, load_reference()) if item.scientific_name == "Amanita virosa")
    # No table says what class Boletales lie in.
    assert (virosa.taxonomy.family, virosa.taxonomy.order, virosa.taxonomy.class_) == ("Pluteaceae", "Boletales", "")
    assert virosa.toxicity == "deadly"
    data, _ = ingested(HEADER + "Amanita virosa\t\t\tAmanitaceae\n")
    assert ranks(data, "order")["Amanita virosa"] == "Agaricales"
    data, _ = ingested("species,order\nAmanita virosa,Boletales\n")
    assert (ranks(data, "family")["Amanita virosa"], ranks(data, "order")["Amanita virosa"]) == ("", "Boletales")


def test_other_places_make_another_data_set_and_other_texts_do_not(ingested):
    plain = ingested()[0].info.sha256
    placed = ingested(PLACED)[0].info.sha256
    more = ingested(PLACED + "Boletus edulis\tFungi\tBoletales\tBoletaceae\n")[0].info.sha256
    other = ingested(PLACED.replace("Agaricales", "Hygrophorales"))[0].info.sha256
    assert placed == more
    assert len({plain, placed, other}) == 3


@pytest.mark.parametrize("packed", [False, True])
def test_ranks_beside_the_photos_are_taken_too_and_the_users_own_come_first(source, run, tmp_path, packed):
    folder = source(WAXCAPS)
    (folder / "observations.csv").write_text(
        "file,observation_url,family,order\n"
        "Hygrocybe testacea/00.jpg,https://example.org/1,Besideaceae,Besidales\n"
        "Gliophorus fictus/00.jpg,https://example.org/2,Besideaceae,\n"
    )
    if packed:
        with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
            for path in folder.rglob("*.*"):
                archive.write(path, f"wrapped/{path.relative_to(folder)}")
    (tmp_path / "own.csv").write_text("species,family\nGliophorus fictus,Ownaceae\n")
    run(tmp_path / "photos.zip" if packed else folder, taxonomy=tmp_path / "own.csv")
    data = read_dataset(tmp_path / "dataset")
    assert ranks(data, "family") == {
        "Amanita virosa": "Amanitaceae",
        "Gliophorus fictus": "Ownaceae",
        "Hygrocybe testacea": "Besideaceae",
    }
    assert ranks(data, "order")["Hygrocybe testacea"] == "Besidales"


def test_a_contradiction_between_two_sources_names_both_tables(source, run, tmp_path):
    folders = [source(WAXCAPS), source(WAXCAPS, name="more", first_seed=100)]
    for folder, family in zip(folders, ("One", "Other"), strict=True):
        row = f"Hygrocybe testacea/00.jpg,https://example.org/1,{family}"
        (folder / "observations.csv").write_text(f"file,observation_url,family\n{row}\n")
    with pytest.raises(BadInput, match=r"in One \(.*photos.*line 2\) and in Other \(.*more.*line 2\)"):
        run(*folders)


def test_a_column_called_class_or_order_alone_is_not_taken_for_a_rank(source, run, tmp_path):
    folder = source(WAXCAPS)
    row = "Hygrocybe testacea/00.jpg,https://example.org/1,Hygrocybe testacea,3"
    (folder / "observations.csv").write_text(f"file,observation_url,class,order\n{row}\n")
    run(folder)
    assert ranks(read_dataset(tmp_path / "dataset"), "class")["Hygrocybe testacea"] == ""


def test_a_bad_table_is_refused_before_any_photo_is_read_and_leaves_the_old_data_set(ingested, tmp_path, monkeypatch):
    before, _ = ingested(PLACED)
    monkeypatch.setattr("sporeprint_training.dataset.ingest.prepare_all", lambda *_: pytest.fail("photos were read"))
    with pytest.raises(BadInput, match=r"places.tsv, line 4"):
        ingested(PLACED + "Hygrocybe testacea\tFungi\tAgaricales\tAmanitaceae\n")
    assert read_dataset(tmp_path / "dataset").info == before.info


def test_a_table_inside_the_folder_that_is_replaced_is_refused(source, run, tmp_path):
    folder = source(WAXCAPS)
    run(folder)
    inside = tmp_path / "dataset" / "places.csv"
    inside.write_text("species,family\nAmanita virosa,Amanitaceae\n")
    with pytest.raises(BadInput, match="replaced"):
        run(folder, taxonomy=inside)
    assert inside.is_file()


def test_a_fungus_does_not_become_something_else_by_a_table(ingested):
    text = HEADER + "Amanita virosa\tPlantae\t\t\n"
    with pytest.raises(BadInput, match="1 fungi, such as Amanita virosa"):
        ingested(text, not_fungi=True)
