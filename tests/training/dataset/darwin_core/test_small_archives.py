"""Some thirty archives of others, small and odd: each is read correctly, or refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dwca.exceptions import InvalidArchive, InvalidSimpleArchive
from dwca.read import DwCAReader

from sporeprint_training.dataset.darwin_core.meta import Table
from sporeprint_training.dataset.darwin_core.opening import DarwinCoreArchive, open_archive
from sporeprint_training.dataset.darwin_core.rejections import Rejections
from sporeprint_training.dataset.darwin_core.rows import read_chunks
from sporeprint_training.dataset.darwin_core.selection import read_records
from sporeprint_training.errors import BadInput

pytestmark = pytest.mark.real_data
SMALL = "dwca/small"
FISH = {"occurrence.txt": 2}, "scientificName", ["tetraodon fluviatilis", "betta splendens"]
CSV = {"0008333-160118175350007.csv": 3}, "basisOfRecord", ["PRESERVED_SPECIMEN", "PRESERVED_SPECIMEN", "UNKNOWN"]
BIRDS = ["Struthio", "Alectoris", "Peliperdix", "Dendroperdix"]
GBIF_FISH = {"occurrence.txt": 158}, "genus", ["Tetraodon"]
READ = {
    # Name: rows of each table, then a term of the core and its first values.
    "0000154-150116162929234.zip": (
        {"occurrence.txt": 443, "verbatim.txt": 443, "multimedia.txt": 1}, "gbifID", ["50280003", "477550574"],
    ),
    "6632D8151686A3F8C71D4B5A5B1181A4.zip": (
        {"taxa.txt": 10, "occurrences.txt": 47, "description.txt": 17, "distribution.txt": 0, "media.txt": 9,
         "references.txt": 9, "vernaculars.txt": 0}, "scientificName", ["Draposa zhanjiangensis"],
    ),
    "archive-tax.zip": (
        {"DarwinCore.txt": 3248, "VernacularName.txt": 1057}, "scientificName", ["Globicephala melaena melaena Traill"],
    ),
    "checklist_980.zip": (
        {"taxa.csv": 356, "media.csv": 0, "references.csv": 1, "occurrences.csv": 740}, "taxonID", ["980-sp1"],
    ),
    "dwca-2extensions.zip": ({"taxon.txt": 4, "description.txt": 3, "vernacularname.txt": 4}, "genus", BIRDS),
    "dwca-default-metadata-filename.zip": FISH,
    "dwca-ids.zip": (
        {"taxon.txt": 4, "description.txt": 3, "vernacularname.txt": 4}, "genus", [BIRDS[at] for at in (3, 0, 2, 1)],
    ),
    # Two files more, which are no tables: GBIF's own reader takes the one that is.
    "dwca-invalid-simple-toomuch.zip": CSV,
    "dwca-invalid-simple-two.zip": CSV,
    "dwca-noheaders-1.zip": FISH,
    "dwca-noheaders-2.zip": FISH,
    "dwca-nometadata.zip": FISH,
    # A row of the vernacular names has a field too many.
    "dwca-orphaned-rows.zip": ({"taxon.txt": 4, "description.txt": 6, "vernacularname.txt": 4}, "genus", BIRDS),
    "dwca-partial-default.zip": ({"occurrence.txt": 2}, "country", ["France", "Belgium"]),
    "dwca-simple-csv-dos.zip": CSV,
    "dwca-simple-csv-eml.zip": CSV,
    "dwca-simple-csv-notenclosed.zip": CSV,
    "dwca-simple-csv.zip": CSV,
    "dwca-simple-subdir.zip": FISH,
    "dwca-simple-test-archive-enclosed.zip": FISH,
    "dwca-simple-test-archive.zip": FISH,
    "dwca-star-test-archive.zip": ({"taxon.txt": 4, "vernacularname.txt": 4}, "genus", BIRDS),
    "dwca-test-default.zip": ({"occurrence.txt": 2}, "country", ["Belgium", "Belgium"]),
    # One row with U+0085 in it, which ends a line for Python's str.splitlines and for nobody else.
    "dwca-utf8-eol-test.zip": ({"occurrence.txt": 1}, "identifiedBy", ["\u00c3\u0085hlander, E"]),
    "gbif-results-lacks-s-metadata.zip": GBIF_FISH,
    "gbif-results-whitespace-in-xml.zip": GBIF_FISH,
    "gbif-results.zip": GBIF_FISH,
    "gnub.tab.zip": ({"gnub.tab": 9}, "taxonID", ["246daa62-6fce-448f-88b4-94b0ccc89cf1"]),
    "nullCoreID.zip": ({"DarwinCore.txt": 3248, "VernacularName.txt": 1057}, "", []),
}  # fmt: skip
WITH_PHOTO = "0000154-150116162929234.zip"
REFUSED = {"archive-occ.zip": r"rowType.*http://rs\.tdwg\.org/dwc/terms/DarwinCore"}
UNREADABLE_FOR_OTHERS = {
    "6632D8151686A3F8C71D4B5A5B1181A4.zip", "archive-tax.zip", "dwca-invalid-simple-toomuch.zip",
    "dwca-invalid-simple-two.zip", "nullCoreID.zip",
}  # fmt: skip
"""python-dwca-reader wants the metadata that is named, nothing of a Mac's beside a wrapped archive, one file beside a
table without meta.xml at most, and a coreid with an index."""


def rows_of(archive: DarwinCoreArchive, table: Table) -> Iterator[dict[str, str]]:
    """Rows by term, as they are written."""
    used = {field.index for field in table.fields if field.index is not None}
    for chunk in read_chunks(archive.files, table, sorted(used), Rejections()):
        for at in range(len(chunk)):
            texts = {column: texts[at].strip() for column, texts in chunk.texts.items()}
            yield {field.term: texts.get(field.index, "") or field.default for field in table.fields}


def test_every_archive_is_in_one_of_the_tables(real_data):
    assert {path.name for path in (real_data / SMALL).iterdir()} == set(READ) | set(REFUSED)


@pytest.mark.parametrize("name", READ)
def test_an_archive_is_read(real_data, name):
    rows, term, first = READ[name]
    archive = open_archive(real_data / SMALL / name)
    assert archive.rows() == rows
    if term:
        field = archive.core.field(term)
        values = [row[field.term] for row in rows_of(archive, archive.core)]
        assert values[: len(first)] == first


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the other reader leaves files open
@pytest.mark.parametrize("name", sorted(set(READ) - UNREADABLE_FOR_OTHERS))
def test_another_reader_finds_the_same_core(real_data, name):
    archive = open_archive(real_data / SMALL / name)
    ours = [*rows_of(archive, archive.core)]
    with DwCAReader(real_data / SMALL / name) as reader:
        theirs = [{term: value.strip() for term, value in row.data.items()} for row in reader]
    assert ours == theirs


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", sorted(UNREADABLE_FOR_OTHERS))
def test_what_another_reader_refuses_is_known(real_data, name):
    with (
        pytest.raises((InvalidArchive, InvalidSimpleArchive, TypeError)),
        DwCAReader(real_data / SMALL / name) as reader,
    ):
        next(reader)


@pytest.mark.parametrize("name", REFUSED)
def test_an_archive_is_refused_by_name(real_data, name):
    with pytest.raises(BadInput, match=REFUSED[name]) as caught:
        open_archive(real_data / SMALL / name)
    assert name in str(caught.value)


@pytest.mark.parametrize("name", sorted({*READ} - {WITH_PHOTO}))
def test_an_archive_without_photos_says_so(real_data, name):
    with pytest.raises(BadInput, match="without photos"):
        read_records(open_archive(real_data / SMALL / name))


def test_an_old_download_with_one_photo_is_joined(real_data):
    selection = read_records(open_archive(real_data / SMALL / WITH_PHOTO))
    assert selection.rejected == {}
    assert selection.records["media"].tolist() == ["http://mediaphoto.mnhn.fr/media/14032589661434cmJmKscFTnTeiqv"]
    assert selection.records["species"].tolist() == ["Eratoidea viequesa"]


def row(records, at: int = 0) -> dict[str, object]:
    return records.iloc[at].to_dict()


def test_a_whole_download_is_joined(real_data):
    path: Path = real_data / "dwca" / "gbif_amblyomma"
    archive = open_archive(path)
    assert archive.rows() == {"occurrence.txt": 1310, "verbatim.txt": 1310, "multimedia.txt": 1362}
    selection = read_records(archive)
    assert (selection.occurrences, len(selection.records), selection.rejected) == (1310, 1362, {})
    assert selection.records["observation_id"].nunique() == 1074
    first = row(selection.records)
    assert first["media"] == "https://static.inaturalist.org/photos/80747453/original.jpg?1593046768"
    assert first["observation_id"] == "https://www.inaturalist.org/observations/50839517"
    assert (first["species"], first["rank"], first["taxonomic_status"]) == (
        "Amblyomma americanum",
        "species",
        "accepted",
    )
    assert (first["observed_on"], first["country"], first["line"]) == ("2020-06-24", "US", 2)
    assert (first["latitude"], first["longitude"], first["uncertainty_m"]) == (37.309069, -77.755618, 28417.0)
    assert first["licence_verbatim"] == "http://creativecommons.org/licenses/by-nc/4.0/"
    assert first["source_dataset"] == "50c9509d-22c7-4a22-a47d-8c48425ef4a7"
    assert set(selection.records["doi"]) == {"10.15468/dl.4gbcs6"}
    # A photo that states no licence has that of its occurrence.
    assert not (selection.records["licence_verbatim"] == "").any()


def test_photos_cut_out_of_a_download_have_an_observation_but_no_name(real_data):
    selection = read_records(open_archive(real_data / "dwca" / "gbif_libertycap_multimedia"))
    assert selection.rejected == {"not_a_photo": 5}
    assert selection.examples["not_a_photo"][0] == "multimedia.txt, line 1575"
    assert len(selection.records) == 1614
    assert set(selection.records["scientific_name"]) == {""}
    assert row(selection.records)["observation_id"] == "https://www.gbif.org/occurrence/617555570"
