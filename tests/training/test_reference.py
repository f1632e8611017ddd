"""The reference table: complete, consistent, sourced, and silent on what may be eaten."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sporeprint_training import reference
from sporeprint_training.drawn.species import DRAWN_SPECIES
from sporeprint_training.errors import BadInput
from sporeprint_training.reference import load_reference, read_reference
from sporeprint_training.reference.regions import REGIONS

FOLDER = Path(reference.__file__).parent


@pytest.fixture
def copy(tmp_path):
    """`copy(file, old, new)`: the table with one text replaced."""

    def make(file, old, new):
        target = tmp_path / "reference"
        shutil.copytree(FOLDER, target)
        text = (target / file).read_text()
        assert old in text
        (target / file).write_text(text.replace(old, new, 1))
        return target

    return make


def test_every_drawn_species_is_in_the_table():
    assert [name for name in DRAWN_SPECIES if load_reference().get(name) is None] == []


def test_every_species_of_the_real_photos_is_in_the_table(real_data):
    names = [path.name for folder in ("fungi20", "inat7") for path in (real_data / folder).iterdir() if path.is_dir()]
    assert [name for name in names if load_reference().get(name) is None] == []


def test_the_well_known_deadly_species_are_marked_with_syndrome_and_source():
    table = load_reference()
    for name in (
        "Amanita phalloides",
        "Amanita virosa",
        "Galerina marginata",
        "Cortinarius rubellus",
        "Gyromitra esculenta",
        "Lepiota brunneoincarnata",
    ):
        taxon = table.get(name)
        assert taxon.toxicity == "deadly"
        assert taxon.syndrome
        assert re.search(r"\b(19|20)\d\d\b", taxon.toxicity_source)
        assert name in table.deadly


def test_no_danger_level_is_without_source_and_no_text_speaks_of_eating():
    for taxon in load_reference().taxa.values():
        assert bool(taxon.toxicity_source) == (taxon.toxicity != "not_assessed")
    words = " ".join(path.read_text() for path in FOLDER.glob("*.csv")).lower()
    assert not re.search(r"\b(edible|harmless|safe|comestible|speise|essbar|matsvamp|choice)", words)


def test_look_alikes_are_symmetric_and_lead_to_the_deadly_ones():
    table = load_reference()
    for name, taxon in table.taxa.items():
        assert name not in taxon.look_alikes
        assert all(name in table.get(other).look_alikes for other in taxon.look_alikes)
    assert "Amanita virosa" in table.deadly_look_alikes("Agaricus campestris")
    assert table.deadly_look_alikes("Kuehneromyces mutabilis") == ("Galerina marginata",)
    assert table.deadly_look_alikes("Nothing known") == ()


def test_at_least_two_deadly_species_are_drawn_together_with_a_look_alike():
    table = load_reference()
    pairs = [(one, other) for one in DRAWN_SPECIES for other in table.deadly_look_alikes(one) if other in DRAWN_SPECIES]
    assert len({other for _, other in pairs}) >= 2


def test_ranks_fit_together():
    table = load_reference()
    taxon = table.get("Gyromitra esculenta")
    assert taxon.taxonomy == {
        "kingdom": "Fungi",
        "phylum": "Ascomycota",
        "class": "Pezizomycetes",
        "order": "Pezizales",
        "family": "Discinaceae",
        "genus": "Gyromitra",
    }
    families = {}
    for item in table.taxa.values():
        assert all(item.taxonomy.values())
        assert families.setdefault(item.genus, item.family) == item.family


def test_names_come_in_the_readers_language():
    assert dict(load_reference().get("Amanita phalloides").common_names) == {
        "en": "Death cap",
        "de": "Grüner Knollenblätterpilz",
        "fr": "Amanite phalloïde",
        "sv": "Lömsk flugsvamp",
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("taxa.csv", "deadly,amatoxin", "lethal,amatoxin", r"taxa.csv, line \d+: 'lethal'"),
        ("taxa.csv", "amatoxin,benjamin1995", "amatoxin,", r"has a source"),
        ("taxa.csv", "amatoxin,benjamin1995", "amatoxin,nobody", r"has a source.*nobody"),
        ("taxa.csv", "deadly,amatoxin", "deadly,", "has a syndrome"),
        ("taxa.csv", "Agaricus campestris", "Agaricus arvensis", r"occurs once.*line 3"),
        ("taxa.csv", "Agaricus campestris", "Agaricus", "two words"),
        ("taxa.csv", "L.,Agaricaceae", "L.,Agaricaceous", "families.csv"),
        ("taxa.csv", "Field mushroom", "F" * 301, "at most 300 characters"),
        ("taxa.csv", "Field mushroom,", "", "one field per column"),
        ("taxa.csv", "authorship", "author", "line 1"),
        ("look_alikes.csv", "Agaricus xanthodermus", "Agaricus xanthoderma", "both names of a pair"),
        ("look_alikes.csv", "Agaricus arvensis,Agaricus", "Agaricus xanthodermus,Agaricus", "another species"),
        ("look_alikes.csv", "one,other\n", "one,other\nAgaricus xanthodermus,Agaricus arvensis\n", "listed once"),
    ],
)
def test_a_mistake_in_the_table_is_named_with_its_line(copy, file, old, new, message):
    with pytest.raises(BadInput, match=message):
        read_reference(copy(file, old, new))


def test_a_missing_file_is_bad_input(copy):
    folder = copy("sources.csv", "key", "key")
    (folder / "sources.csv").unlink()
    with pytest.raises(BadInput, match=r"sources\.csv"):
        read_reference(folder)


def test_the_table_needs_neither_numpy_nor_pillow():
    code = (
        "import sys, sporeprint_training.reference as r; r.load_reference(); print({'numpy', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_table_of_ones_own_is_read_from_its_folder_and_changes_its_hash(copy):
    folder = copy("taxa.csv", "poisonous,isoxazole,bresinsky1990", "deadly,isoxazole,bresinsky1990")
    table = load_reference(str(folder))
    assert table.name == "reference"
    assert table.sha256 != load_reference().sha256
    assert len(table.deadly) == len(load_reference().deadly) + 1
    (folder / "notes.txt").write_text("mine")
    assert load_reference(str(folder)).sha256 == table.sha256


def test_deadly_species_are_listed_by_region_and_what_is_not_placed_is_listed_everywhere():
    table = load_reference()
    everywhere, europe = table.deadly_in([]), table.deadly_in(["europe"])
    assert everywhere == table.deadly_in(REGIONS) == table.deadly
    assert set(everywhere) - set(europe) == {"Amanita bisporigera", "Amanita ocreata"}
    assert "Amanita virosa" not in table.deadly_in(["north-america"])
    # No source places it, so that it is left out nowhere.
    assert all("Gyromitra esculenta" in table.deadly_in([region]) for region in REGIONS)
    assert table.deadly_in(["europe", "north-america"]) == everywhere


def test_every_region_of_the_table_has_a_source_and_belongs_to_a_deadly_species():
    with (FOLDER / "regions.csv").open(encoding="utf-8") as stream:
        names = [row["scientific_name"] for row in csv.DictReader(stream)]
    assert names == sorted(set(names) & set(load_reference().deadly))


def test_a_table_without_regions_lists_every_deadly_species_everywhere(copy):
    folder = copy("regions.csv", "asia", "asia")
    (folder / "regions.csv").unlink()
    assert load_reference(str(folder)).deadly_in(["africa"]) == load_reference().deadly


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("asia europe,cai2014", "asia europe,nobody", "has a source.*nobody"),
        ("asia europe,cai2014", "asia atlantis,cai2014", r"regions.csv, line \d+: 'asia atlantis'"),
        ("asia europe,cai2014", "asia world,cai2014", "world alone"),
        ("asia europe,cai2014", ",cai2014", "world alone"),
        ("Amanita ocreata", "Amanita ocreatus", "is in taxa.csv"),
        ("Amanita ocreata", "Amanita bisporigera", "one row"),
    ],
)
def test_a_mistake_in_the_regions_is_named_with_its_line(copy, old, new, message):
    with pytest.raises(BadInput, match=message):
        read_reference(copy("regions.csv", old, new))


def test_a_table_that_knows_no_deadly_species_of_a_region_is_refused(copy):
    folder = copy("regions.csv", "asia", "asia")
    names = load_reference().deadly
    rows = "".join(f"{name},europe,cai2014\n" for name in names)
    (folder / "regions.csv").write_text(f"scientific_name,regions,source\n{rows}")
    assert load_reference(str(folder), ["europe"]).deadly == names
    with pytest.raises(BadInput, match="none of oceania"):
        load_reference(str(folder), ["oceania"])
