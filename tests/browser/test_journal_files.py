"""What leaves the journal and comes back: tables, archives, maps and backups, read by the programs they are for."""

import io
import json
import zipfile

import pandas as pd
import pytest
from dwca.read import DwCAReader

from journal import save_find
from journal_benchmark.finds import bring_back, fill, make_file, snapshot
from sporeprint_training.dataset.darwin_core.opening import open_archive
from sporeprint_training.dataset.darwin_core.selection import read_records
from sporeprint_training.dataset.observations import read_observations
from sporeprint_training.dataset.sources import list_source

pytestmark = pytest.mark.browser

SAFETY = "Do not eat anything because of this result."
HOSTILE = '=1+1,"x"\n<img src=x onerror=alert(1)>\tend'


@pytest.fixture
def page(app):
    page = app.open("#files", accept=True)
    page.get_by_text("There are no finds to export yet").wait_for()
    return page


def _shown(page):
    page.reload()
    page.get_by_test_id("make-csv").wait_for()


@pytest.mark.slow
def test_five_hundred_finds_go_out_are_deleted_and_come_back_equal(page, site):
    fill(page, 500)
    before = snapshot(page)
    _shown(page)
    backup = make_file(page, "backup")
    page.get_by_test_id("delete-all").click()
    assert page.evaluate("document.activeElement.textContent") == "Keep them"
    page.get_by_test_id("delete-all-confirm").click()
    page.get_by_test_id("journal-empty").wait_for()
    assert snapshot(page) == []
    page.goto(f"{site.url}#files")
    assert "500 finds imported." in bring_back(page, backup)
    assert snapshot(page) == before
    assert "500 were already in the journal" in bring_back(page, backup)
    assert snapshot(page) == before
    content = json.loads(zipfile.ZipFile(io.BytesIO(backup)).read("journal.json"))
    assert (content["format"], len(content["entries"])) == (1, 500)
    assert SAFETY in content["safety"]
    page.goto(f"{site.url}#journal")
    page.get_by_text("500 finds").wait_for()
    assert page.get_by_test_id("journal-row").count() < 100
    page.get_by_label("Search names").fill("find 499")
    page.get_by_text("1 of 500 finds").wait_for()
    assert page.get_by_test_id("journal-row").count() == 1


def test_the_table_opens_in_pandas_with_numbers_as_numbers_and_formulas_inert(page):
    fill(page, 3)
    fill(page, 1, notes=HOSTILE, ownName="-2+3 cmd|' /C calc'!A0")
    _shown(page)
    data = make_file(page, "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(io.BytesIO(data))
    assert len(table) == 4
    for name in ("latitude", "longitude", "accuracy_m", "score", "score_1"):
        assert table[name].dtype == float, name
    assert table.longitude.min() == pytest.approx(-73.901)
    assert table.photos.dtype == int
    assert table.alarm.dtype == bool
    hostile = table[table.notes.str.contains("img")].iloc[0]
    assert hostile.notes == "'" + HOSTILE
    assert hostile.own_name.startswith("'-2+3")
    assert table.columns[0] == "safety"
    assert table.safety.str.contains(SAFETY).all()
    pd.to_datetime(table.found_at, utc=True)


def test_the_darwin_core_archive_is_read_back_with_its_photos(app, page, site, tmp_path):
    app.wait_for(page, "ready")
    fill(page, 2, notes=HOSTILE)
    place = {"latitude": 47.123, "longitude": -73.876, "accuracy": 5}
    corrected = save_find(
        page, place=place, setting="coarse", own_name="Boletus edulis", taken_at="2024-09-01T10:00:00"
    )
    _shown(page)
    page.get_by_label("Licence of your photos").select_option("CC BY 4.0")
    page.get_by_label("Your name").fill("Ada <&> Lovelace")
    (tmp_path / "journal.zip").write_bytes(make_file(page, "dwc"))
    with DwCAReader(tmp_path / "journal.zip") as archive:
        rows = list(archive)
        assert len(rows) == 3
        assert archive.descriptor.core.type == "http://rs.tdwg.org/dwc/terms/Occurrence"
        assert archive.metadata.find("dataset/creator/individualName/surName").text == "Ada <&> Lovelace"
        for row in rows:
            [photo] = row.extensions
            name = photo.data["http://purl.org/dc/terms/identifier"]
            with archive.open_included_file(name, "rb") as inside:
                assert inside.read(2) in (b"\xff\xd8", b"\x89P")
            assert SAFETY in row.data["http://rs.tdwg.org/dwc/terms/identificationRemarks"]
            assert "Model Colours" in row.data["http://rs.tdwg.org/dwc/terms/identificationRemarks"]
            assert photo.data["http://purl.org/dc/terms/license"].endswith("/by/4.0/legalcode")
        [own] = [row.data for row in rows if corrected in row.id]
    journal = open_archive(tmp_path / "journal.zip")
    records = read_records(journal).records.set_index("observation_id").loc[[row.id for row in rows]]
    assert set(records["media"]) <= journal.files.names
    assert set(records["licence_verbatim"]) == {"http://creativecommons.org/licenses/by/4.0/legalcode"}
    assert set(records["author"]) == {"Ada <&> Lovelace"}
    assert records.loc[f"urn:uuid:{corrected}", "scientific_name"] == "Boletus edulis"
    assert records.loc[f"urn:uuid:{corrected}", ["latitude", "longitude", "uncertainty_m"]].tolist() == [
        47.1,
        -73.9,
        7900,
    ]
    assert records.loc[f"urn:uuid:{corrected}", "observed_on"] == "2024-09-01"
    listing = list_source(tmp_path / "journal.zip")
    assert sorted(photo.species for photo in listing.photos) == ["Amanita phalloides", *["Boletus edulis"] * 2]
    observations = read_observations(tmp_path / "journal.zip")
    assert {photo.name for photo in listing.photos} == set(observations)
    [ours] = [seen for seen in observations.values() if corrected in seen.observation_id]
    assert (ours.author, ours.licence) == ("Ada <&> Lovelace", "http://creativecommons.org/licenses/by/4.0/legalcode")
    assert (ours.occasion.latitude, ours.occasion.longitude) == (47.1, -73.9)
    own = {term.rpartition("/")[2]: value for term, value in own.items()}
    assert own["scientificName"] == "Boletus edulis"
    assert own["previousIdentifications"] == "Amanita muscaria"
    assert (own["decimalLatitude"], own["decimalLongitude"]) == ("47.1", "-73.9")
    assert own["coordinateUncertaintyInMeters"] == "7900"
    assert own["basisOfRecord"] == "HumanObservation"
    assert own["family"] == "Boletaceae"


def test_the_map_holds_only_finds_with_a_place_and_can_round_it(page):
    fill(page, 4)
    _shown(page)
    exact = json.loads(make_file(page, "geojson"))
    assert [feature["geometry"]["coordinates"] for feature in exact["features"]] == [
        [-73.903, 47.003],
        [-73.901, 47.001],
    ]
    assert SAFETY in exact["safety"]
    assert all(SAFETY in feature["properties"]["safety"] for feature in exact["features"])
    page.get_by_label("Round the exact places of 2 finds").check()
    rounded = json.loads(make_file(page, "geojson"))
    assert {tuple(feature["geometry"]["coordinates"]) for feature in rounded["features"]} == {(-73.9, 47)}
    assert rounded["features"][0]["properties"]["place_precision"] == "coarse"
