"""The data sets that photos are from."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from sporeprint_training.dataset.citations import MOST_SOURCES, SourceDataset, doi_of, source_datasets
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.dataset_record import dataset_record


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.15468/ab3s5x", "10.15468/ab3s5x"),
        ("https://doi.org/10.15468/dl.pafy54", "10.15468/dl.pafy54"),
        ("http://dx.doi.org/10.15468/ab3s5x ", "10.15468/ab3s5x"),
        ("doi:10.15468/ab3s5x", "10.15468/ab3s5x"),
        ("https://example.org/10.15468/ab3s5x", ""),
        ("javascript:alert(1)", ""),
        ('10.15468/x" onclick="', ""),
        ("", ""),
    ],
)
def test_a_doi_is_read_from_its_usual_forms_and_nothing_else_is_one(text, doi):
    assert doi_of(text) == doi


def test_a_source_with_another_address_than_a_dois_is_refused():
    with pytest.raises(ValidationError):
        SourceDataset(name="x", doi="https://example.org", photos=1)


def test_photos_are_counted_by_source_and_many_rare_ones_together():
    stated = [("iNaturalist", "10.15468/ab3s5x")] * 3 + [("", "")] * 9 + [("", "10.15468/eol0pe")]
    assert [(item.name, item.doi, item.photos) for item in source_datasets(stated)] == [
        ("iNaturalist", "10.15468/ab3s5x", 3),
        ("", "10.15468/eol0pe", 1),
    ]
    many = source_datasets([(f"set {number:03d}", "") for number in range(200)])
    assert len(many) == MOST_SOURCES + 1
    assert (many[-1].name, sum(item.photos for item in many)) == ("150 other data sets", 200)


def test_a_runs_record_names_them(source, run, tmp_path):
    folder = source()
    row = "Amanita virosa/{:02d}.jpg,https://e.org/1,iNaturalist,https://doi.org/10.15468/ab3s5x"
    (folder / "observations.csv").write_text(
        "\n".join(["file,observation_url,source_dataset,doi", *(row.format(number) for number in range(8))])
    )
    run(folder, citation="GBIF.org (16 July 2020) GBIF Occurrence Download https://doi.org/10.15468/dl.x")
    record = dataset_record(read_dataset(tmp_path / "dataset"))
    assert record.citation.startswith("GBIF.org (16 July 2020)")
    assert [item.model_dump() for item in record.sources] == [
        {"name": "iNaturalist", "doi": "10.15468/ab3s5x", "photos": 8}
    ]
