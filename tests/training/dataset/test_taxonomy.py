"""Tables with GBIF's columns: which rows count, and what is refused by file and line."""

from __future__ import annotations

import zipfile

import pytest

from sporeprint_training.dataset import taxonomy
from sporeprint_training.dataset.placement import place
from sporeprint_training.dataset.taxonomy import read_taxonomy
from sporeprint_training.errors import BadInput

RANKS = "kingdom,phylum,class,order,family,genus"
PENNY_BUN = {
    "kingdom": "Fungi",
    "phylum": "Basidiomycota",
    "class": "Agaricomycetes",
    "order": "Boletales",
    "family": "Boletaceae",
    "genus": "Boletus",
}
LIST_HEADER = (
    "taxonKey scientificName acceptedTaxonKey acceptedScientificName numberOfOccurrences taxonRank taxonomicStatus "
    "kingdom kingdomKey phylum phylumKey class classKey order orderKey family familyKey genus genusKey species "
    "speciesKey iucnRedListCategoryCode"
)


def listed(scientific, species, family="Boletaceae", *, accepted="", rank="SPECIES", genus=None):
    """One row of GBIF's SPECIES_LIST."""
    said = PENNY_BUN | {"family": family, "genus": species.split()[0] if genus is None else genus}
    row = {"scientificName": scientific, "acceptedScientificName": accepted or scientific, "species": species} | said
    return "\t".join(
        ({"taxonRank": rank, "taxonomicStatus": "ACCEPTED"} | row).get(name, "7") for name in LIST_HEADER.split()
    )


@pytest.fixture
def written(tmp_path):
    def make(*lines, name="taxonomy.csv"):
        path = tmp_path / name
        path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"))
        return path

    return make


def test_a_species_list_of_gbif_places_species_varieties_and_synonyms(written):
    path = written(
        "\t".join(LIST_HEADER.split()),
        listed("Boletus edulis Bull.", "Boletus edulis"),
        listed('Boletus edulis var. "pinicola" Vittad.', "Boletus edulis", rank="VARIETY"),
        listed("Boletus badius (Fr.) Fr.", "Imleria badia", accepted="Imleria badia (Fr.) Vizzini"),
        listed("Agaricus campester var. semiglobatus (Batsch) Huds.", "Protostropharia semiglobata", "Strophariaceae"),
        listed("Boletus Fr.", "", rank="GENUS", genus="Boletus"),
        listed("BOLD:AAF9225", "", rank="UNRANKED", genus=""),
        listed("Lactarius lactarius (Bloch, 1801)", "Lactarius lactarius", "Lactariidae"),
        "",
    )
    classes = ["Boletus edulis", "Boletus badius", "Imleria badia", "Boletus", "Boletus edulis var. clavipes"]
    found = read_taxonomy(path, [*classes, "Lactarius deliciosus", "Agaricus campester"])
    assert {place(name, [found])["genus"] for name in classes[1:3]} == {"Imleria"}
    for name in (classes[0], *classes[3:]):
        assert place(name, [found]) == PENNY_BUN
    assert found.own("Boletus")["family"] == "Boletaceae"
    # A variety that is now another species' says nothing of the one that it was named under.
    assert not found.own("Agaricus campester")
    # Lactarius is also a genus of fish: what the data set does not hold decides nothing.
    assert place("Lactarius deliciosus", [found]) == dict.fromkeys(PENNY_BUN, "") | {"genus": "Lactarius"}


def test_occurrences_of_gbif_are_read_as_they_are(real_data):
    path = real_data / "dwca" / "gbif_amblyomma" / "occurrence.txt"
    tick = place("Amblyomma americanum", [read_taxonomy(path, ["Amblyomma americanum", "Boletus edulis"])])
    assert list(tick.values()) == ["Animalia", "Arthropoda", "Arachnida", "Ixodida", "Ixodidae", "Amblyomma"]


def test_rows_of_one_species_complete_each_other_and_unplaced_ranks_are_blank(written):
    path = written(
        "\ufeffscientificName,family,order",
        '"Boletus edulis Bull., 1782",Boletaceae,',
        "Boletus edulis Bull.,,Boletales",
        "Amanita muscaria,incertae sedis,Agaricales",
    )
    found = read_taxonomy(path, ["Boletus edulis", "Amanita muscaria"])
    assert found.own("Boletus edulis") == {"genus": "Boletus", "family": "Boletaceae", "order": "Boletales"}
    assert found.own("Amanita muscaria") == {"genus": "Amanita", "order": "Agaricales"}


def test_a_name_of_its_own_counts_before_a_homonym_that_is_a_synonym(written):
    rows = ["Boletus badius,Boletus badius (Fr.) Fr.,", "Picipes badius,Boletus badius Pers.,Polyporaceae"]
    found = read_taxonomy(written("species,scientificName,family", *rows), ["Boletus badius"])
    assert found.own("Boletus badius") == {"genus": "Boletus"}
    rows[0] = "Imleria badia,Boletus badius (Fr.) Fr.,Boletaceae"
    with pytest.raises(BadInput, match=r"species Boletus badius in Imleria \(.*line 2\) and in Picipes \(.*line 3\)"):
        read_taxonomy(written("species,scientificName,family", *rows), ["Boletus badius"])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            ["Boletus edulis,Fungi,,,,Boletaceae,", "Boletus edulis,Fungi,,,,Amanitaceae,"],
            "species Boletus edulis in B",
        ),
        (["Boletus edulis,,,,,Boletaceae,", "Boletus reticulatus,,,,,Suillaceae,"], "genus Boletus in Boletaceae"),
        (["Boletus edulis,,,,A,F,", "Amanita muscaria,,,,B,F,"], r"family F in A \(taxonomy.csv, line 2\) and in B \("),
        (["Boletus edulis,,,,,,Amanita"], "line 2: Boletus edulis in Amanita"),
        (["Boletus edulis,,,,,<script>,"], "line 2: '<script>'"),
        (["Boletus edulis,,,,,=1+1,"], "line 2: '=1[+]1'"),
        (["Boletus edulis,,,,,Boleta\u202eceae,"], r"line 2: 'Boleta\\u202eceae'"),
        (["Boletus edulis,,,,," + "A" * 101 + ","], "line 2: 'AAA"),
        (["<i>Boletus edulis</i>,,,,,,"], "line 2: '<i>Boletus edulis</i>'"),
        (["=cmd(),,,,,,"], r"line 2: '=cmd\(\)'"),
        (["Boletus\x00 edulis,,,,,,"], r"line 2: 'Boletus\\x00 edulis'"),
        (["Boletus edulis,Fungi"], "line 2: 2 fields under 7 columns"),
        (["Boletus edulis,,,,,,,"], "line 2: 8 fields"),
        (['"Boletus edulis,,,,,,'], "line 2: unexpected end of data"),
        (["Boletus edulis,,,,,\udcff,"], "UTF-8. Received: taxonomy.csv, line 2"),
        (["Boletus,,,,,,", "Amanita sp.,,,,,,", "Candida de Bary,,,,,,"], "names species"),
        ([], "names species"),
    ],
)
def test_rows_that_cannot_be_are_one_line_with_file_and_line(written, rows, said):
    classes = ["Boletus edulis", "Boletus reticulatus", "Amanita muscaria"]
    with pytest.raises(BadInput, match=said) as caught:
        read_taxonomy(written(f"species,{RANKS}", *rows), classes)
    assert "\n" not in str(caught.value)
    assert "taxonomy.csv" in str(caught.value)


@pytest.mark.parametrize(
    "header", ["", "species", "family,genus", "Boletus edulis;Boletaceae", "species,family,family"]
)
def test_a_table_without_the_columns_is_refused(written, header):
    with pytest.raises(BadInput, match=r"taxonomy.csv, line 1"):
        read_taxonomy(written(header, "Boletus edulis,Boletaceae,B"), ["Boletus edulis"])


def test_files_that_are_no_table_are_refused(written, tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "taxonomy.zip", "w") as archive:
        archive.writestr("taxonomy.csv", "species,family\n" + "\u00e9" * 100)
    for path, said in [
        (tmp_path / "nowhere.csv", "which is none"),
        (tmp_path, "which is none"),
        (tmp_path / "taxonomy.zip", "zip"),
        (written("x" * 1_000_001), "1,000,000 bytes.*line 1"),
    ]:
        with pytest.raises(BadInput, match=said):
            read_taxonomy(path, ["Boletus edulis"])
    monkeypatch.setattr(taxonomy, "_MAX_BYTES", 30)
    with pytest.raises(BadInput, match="with 43 bytes"):
        read_taxonomy(written("species,family", "Boletus edulis,Boletaceae  "), ["Boletus edulis"])
