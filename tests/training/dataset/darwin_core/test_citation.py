"""What an archive says of how it is to be cited."""

from __future__ import annotations

import pytest

from sporeprint_training.dataset.darwin_core.citation import archive_doi, read_citation
from sporeprint_training.dataset.darwin_core.opening import open_archive
from sporeprint_training.errors import BadInput

EML = """<eml:eml xmlns:eml="eml://ecoinformatics.org/eml-2.1.1" packageId="{package}"><dataset>{dataset}</dataset>
<additionalMetadata><metadata><gbif>{more}</gbif></metadata></additionalMetadata></eml:eml>"""


@pytest.mark.real_data
def test_a_download_names_its_doi_and_every_data_set_in_it(real_data):
    archive = open_archive(real_data / "dwca" / "gbif_amblyomma")
    citation = read_citation(archive)
    assert citation.doi == archive_doi(archive) == "10.15468/dl.4gbcs6"
    assert citation.text == "GBIF Occurrence Download 10.15468/dl.4gbcs6"
    assert len(citation.datasets) == 24
    assert all(dataset.citation and dataset.rights and dataset.doi for dataset in citation.datasets)
    [inaturalist] = [dataset for dataset in citation.datasets if dataset.key.startswith("50c9509d")]
    assert inaturalist.title == "iNaturalist Research-grade Observations"
    assert inaturalist.doi == "10.15468/ab3s5x"
    assert inaturalist.citation.startswith("Ueda K (2020).")
    assert inaturalist.rights.endswith("http://creativecommons.org/licenses/by-nc/4.0/legalcode")


def test_an_archive_that_says_nothing_of_itself_has_nothing_to_cite(make_archive):
    citation = read_citation(open_archive(make_archive()))
    assert (citation.doi, citation.text, citation.datasets) == ("", "", ())


@pytest.mark.parametrize(("package", "dataset", "more", "doi"), [
    ("10.15468/dl.abc", "", "", "10.15468/dl.abc"),
    ("x", "<alternateIdentifier>https://doi.org/10.1234/a.b.</alternateIdentifier>", "", "10.1234/a.b"),
    ("x", "", '<citation identifier="doi:10.1234/c">Who</citation>', "10.1234/c"),
    ("x", "", "<citation>Who (2020). https://doi.org/10.1234/d accessed</citation>", "10.1234/d"),
    ("x", "<title>Version 10.2 of 1/2</title>", "", ""),
])  # fmt: skip
def test_a_doi_is_found_where_publishers_write_it(make_archive, package, dataset, more, doi):
    eml = EML.format(package=package, dataset=dataset, more=more)
    assert read_citation(open_archive(make_archive({"eml.xml": eml}))).doi == doi


def test_rights_of_a_data_set_are_in_gbifs_list_when_its_own_description_has_none(make_archive):
    eml = EML.format(package="x", dataset="<title>Finds of <i>fungi</i></title>", more="")
    rights = "\nDataset: Finds of fungi\nRights as supplied: CC0\nDataset: Other\nRights as supplied: CC BY\n"
    [dataset] = read_citation(open_archive(make_archive({"dataset/abc.xml": eml, "rights.txt": rights}))).datasets
    assert (dataset.key, dataset.title, dataset.rights) == ("abc", "Finds of fungi", "CC0")


def test_a_hostile_text_is_capped_and_a_hostile_description_refused(make_archive):
    eml = EML.format(package="x", dataset="", more=f"<citation>{'x ' * 9000}</citation>")
    assert len(read_citation(open_archive(make_archive({"eml.xml": eml}))).text) == 2000
    with pytest.raises(BadInput, match=r"eml\.xml"):
        read_citation(open_archive(make_archive({"eml.xml": '<!DOCTYPE a [<!ENTITY x "y">]>' + eml})))
