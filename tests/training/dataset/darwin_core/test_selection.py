"""From an archive to records: every way of writing the tables, every row once."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darwin_core_archives import CORE, DC, DWC, GBIF, MEDIA, MULTIMEDIA, OCCURRENCE, PLAIN, TAB, described, meta
from sporeprint_training.dataset.darwin_core.opening import is_archive, open_archive
from sporeprint_training.dataset.darwin_core.selection import read_records
from sporeprint_training.errors import BadInput

AC = "http://rs.tdwg.org/ac/terms/"
PHOTOS = ["https://example.org/1.jpg", "https://example.org/2.jpg", "https://example.org/3.jpg"]


def written(separator: str, quote: str, ending: str, encoding: str, header: bool) -> dict[str, str | bytes]:
    """`PLAIN` in another way of writing."""
    attributes = f"encoding='{encoding}' linesTerminatedBy='{ascii(ending)[1:-1]}' fieldsTerminatedBy='{separator}' "
    attributes += f"fieldsEnclosedBy='{quote}' ignoreHeaderLines='{int(header)}'"
    tables = {
        "occurrence.txt": PLAIN["occurrence.txt"].replace("Bull.", "Bull. café"),
        "multimedia.txt": PLAIN["multimedia.txt"],
    }
    changed: dict[str, str | bytes] = {"meta.xml": meta(
        described("core", f"{DWC}Occurrence", "occurrence.txt", OCCURRENCE, attributes),
        described("extension", f"{GBIF}Multimedia", "multimedia.txt", MULTIMEDIA, attributes),
    )}  # fmt: skip
    mark = quote.replace("&quot;", '"')
    for name, table in tables.items():
        lines = table.splitlines()[0 if header else 1 :]
        fields = [[f"{mark}{field}{mark}" for field in line.split("\t")] for line in lines]
        text = "".join(separator.replace("\\t", "\t").join(line) + ending for line in fields)
        changed[name] = text.encode(encoding)
    return changed


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("encoding", ["UTF-8", "utf-8-sig", "windows-1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("separator", "quote"), [("\\t", ""), (",", "&quot;"), (";", ""), ("\t", "")])
def test_tables_are_read_however_they_are_written(make_archive, separator, quote, ending, encoding, header):
    changed = written(separator, quote, ending, encoding, header)
    selection = read_records(open_archive(make_archive(changed)))
    assert selection.records["media"].tolist() == PHOTOS
    assert selection.rejected == {}
    assert selection.records["scientific_name"].iloc[2] == "Boletus edulis Bull. café"


@pytest.mark.parametrize("content", [
    PLAIN["meta.xml"].replace("archive", "a:archive").replace("xmlns=", "xmlns:a="),
    "\n  " + PLAIN["meta.xml"].replace("occurrence.txt", "\n   occurrence.txt  "),
    "\ufeff" + PLAIN["meta.xml"],
    PLAIN["meta.xml"].replace(' xmlns="http://rs.tdwg.org/dwc/text/"', ""),
    '<?xml version="1.0" encoding="ISO-8859-1"?>' + PLAIN["meta.xml"],
    ('<?xml version="1.0" encoding="UTF-16"?>' + PLAIN["meta.xml"]).encode("utf-16"),
    PLAIN["meta.xml"].replace("<core", "<!-- café --><core"),
    PLAIN["meta.xml"].replace("<core ", '<core dateFormat="YYYY-MM-DD" more="x" '),
    None,
])  # fmt: skip
def test_a_description_is_understood_in_all_its_variants(make_archive, content):
    assert read_records(open_archive(make_archive({"meta.xml": content}))).records["media"].tolist() == PHOTOS


@pytest.mark.parametrize("folder", [True, False])
def test_a_wrapped_archive_is_read_beside_what_a_mac_leaves(make_archive, folder):
    changed = {f"download/{name}": data for name, data in PLAIN.items()} | dict.fromkeys(PLAIN)
    path = make_archive({**changed, "__MACOSX/download/._meta.xml": b"\0", "notes.txt": "mine"}, folder=folder)
    assert is_archive(path)
    assert read_records(open_archive(path)).records["media"].tolist() == PHOTOS


def test_class_folders_are_no_archive(tmp_path):
    (tmp_path / "Boletus edulis").mkdir()
    assert not is_archive(tmp_path)
    with pytest.raises(BadInput, match=r"meta\.xml"):
        open_archive(tmp_path)


def test_a_table_may_have_several_files(make_archive):
    more = MEDIA.replace("</location>", "</location><location>more.txt</location>")
    photos = PLAIN["multimedia.txt"].replace("example.org/", "example.org/more/")
    selection = read_records(open_archive(make_archive({"meta.xml": meta(CORE, more), "more.txt": photos})))
    assert len(selection.records) == 6
    assert selection.records["line"].tolist() == [2, 3, 4] * 2


def test_a_default_stands_for_a_missing_column_and_for_empty_fields(make_archive):
    media = MEDIA.replace(
        f'<field index="4" term="{DC}license"/>', f'<field index="4" term="{DC}license" default="CC BY"/>'
    )
    core = CORE.replace("</core>", f'<field term="{DWC}kingdom" default="Fungi"/></core>')
    records = read_records(open_archive(make_archive({"meta.xml": meta(core, media)}))).records
    assert records["licence_verbatim"].tolist() == ["CC0", "CC0", "CC BY"]
    assert set(records["kingdom"]) == {"Fungi"}


def test_observations_are_called_by_their_address_so_that_their_photos_share_it(make_archive):
    records = read_records(open_archive(make_archive())).records
    assert records["observation_id"].tolist() == ["urn:a", "urn:a", "https://www.gbif.org/occurrence/2"]


@pytest.mark.parametrize("row_type", [f"{AC}Multimedia", f"{GBIF}Image"])
def test_other_media_extensions_are_understood(make_archive, row_type):
    terms = (
        f"{GBIF}gbifID",
        f"{DC}type",
        f"{DC}format",
        f"{DC}identifier",
        "http://ns.adobe.com/xap/1.0/rights/UsageTerms",
    )
    if row_type.startswith(AC):
        terms = (*terms[:3], f"{AC}accessURI", terms[4])
    extension = described("extension", row_type, "multimedia.txt", terms)
    records = read_records(open_archive(make_archive({"meta.xml": meta(CORE, extension)}))).records
    assert records["media"].tolist() == PHOTOS
    assert records["licence_verbatim"].tolist() == ["CC0", "CC0", ""]


def test_without_a_table_of_media_occurrences_name_their_photos(make_archive):
    terms = (*OCCURRENCE[:3], f"{DWC}associatedMedia")
    core = described("core", f"{DWC}Occurrence", "occurrence.txt", terms)
    table = "id\tid\tname\tmedia\n" + "".join(f"{n}\turn:{n}\tBoletus edulis\t{media}\n" for n, media in enumerate([
        "https://e.org/1.jpg | https://e.org/2.jpg", "https://e.org/3.jpg;https://e.org/4,5.jpg", "", "here/6.jpg",
        "https://e.org/7.mp3", "mine/8.jpg",
    ]))  # fmt: skip
    path = make_archive({"meta.xml": meta(core), "occurrence.txt": table, "multimedia.txt": None, "here/6.jpg": "jpeg"})
    selection = read_records(open_archive(path))
    urls = [f"https://e.org/{name}.jpg" for name in ("1", "2", "3", "4,5")]
    assert selection.records["media"].tolist() == [*urls, "here/6.jpg"]
    assert selection.records["observation_id"].tolist() == ["urn:0", "urn:0", "urn:1", "urn:1", "urn:3"]
    assert selection.records["line"].tolist() == [2, 2, 3, 3, 5]
    assert selection.rejected == {"no_address": 1, "not_a_photo": 1, "not_in_archive": 1}
    assert selection.examples["no_address"] == ["occurrence.txt, line 4"]


def test_photos_of_a_taxon_show_no_common_find(make_archive):
    core = described("core", f"{DWC}Taxon", "occurrence.txt", (f"{DWC}taxonID", *OCCURRENCE[1:]))
    records = read_records(open_archive(make_archive({"meta.xml": meta(core, MEDIA)}))).records
    assert records["scientific_name"].tolist()[0] == "Amanita muscaria (L.) Lam."
    assert set(records["observation_id"]) == {""}


def test_occurrences_of_an_event_have_its_date_and_place(make_archive):
    core = described(
        "core",
        f"{DWC}Event",
        "event.txt",
        (f"{DWC}eventID", f"{DWC}eventDate", f"{DWC}decimalLatitude", f"{DWC}decimalLongitude"),
    )
    occurrences = CORE.replace("core", "extension").replace("<id ", "<coreid ")
    events = "id\tdate\tlat\tlon\n1\t2021-10-03\t59.5\t18\n2\t2020-01\t\t\n"
    found = PLAIN["occurrence.txt"] + "2\turn:c\tRussula emetica\tFR\n"
    path = make_archive({"meta.xml": meta(core, occurrences, MEDIA), "event.txt": events, "occurrence.txt": found})
    selection = read_records(open_archive(path))
    assert selection.records["observed_on"].tolist() == ["2021-10-03"] * 2
    assert selection.records["latitude"].tolist() == [59.5] * 2
    # Which of the event's two species its photo shows, nobody says.
    assert selection.rejected == {"several_occurrences": 1}


@pytest.mark.parametrize("folder", [True, False])
def test_photos_in_the_archive_are_paths_in_their_source(make_archive, folder):
    photos = PLAIN["multimedia.txt"].replace("https://example.org/", "Boletus_edulis/")
    jpegs = {"Boletus_edulis/1.jpg": b"\xff\xd8", "Boletus_edulis/2.jpg": b"\xff\xd8"}
    path = make_archive({"multimedia.txt": photos, **jpegs}, folder=folder)
    selection = read_records(open_archive(path))
    assert selection.records["media"].tolist() == ["Boletus_edulis/1.jpg", "Boletus_edulis/2.jpg"]
    assert selection.rejected == {"not_in_archive": 1}


def test_photos_in_a_wrapped_archive_are_paths_in_the_zip(make_archive):
    photos = PLAIN["multimedia.txt"].replace("https://example.org/", "")
    changed = {f"mine/{name}": data for name, data in {**PLAIN, "multimedia.txt": photos}.items()}
    path = make_archive({**changed, **dict.fromkeys(PLAIN), "mine/2.jpg": b"\xff\xd8"})
    assert read_records(open_archive(path)).records["media"].tolist() == ["mine/2.jpg"]


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=6)
ROWS = st.lists(st.lists(FIELD, min_size=1, max_size=6), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(FIELD, min_size=1, max_size=6), max_size=12),
    st.binary(max_size=30),
    st.sampled_from(["", "&quot;"]),
)
def test_every_row_is_a_record_or_rejected_once_whatever_stands_in_it(make_archive, rows, noise, quote):
    extension = described(
        "extension", f"{GBIF}Multimedia", "multimedia.txt", MULTIMEDIA, TAB.replace('By=""', f'By="{quote}"')
    )
    sound = "1\tStillImage\timage/jpeg\thttps://example.org/{}.jpg\tCC0"
    lines = [sound.format(0), *("\t".join(row) for row in rows), sound.format(1)]
    header = "gbifID\ttype\tformat\tidentifier\tlicense\n"
    data = (header * 40 + "\n".join(lines) + "\n").encode() + noise.replace(b"\r", b"")
    changed = extension.replace('ignoreHeaderLines="1"', 'ignoreHeaderLines="40"')
    selection = read_records(open_archive(make_archive({"meta.xml": meta(CORE, changed), "multimedia.txt": data})))
    number = len(selection.records) + sum(selection.rejected.values())
    written = len([line for line in data.split(b"\n")[40:] if line])
    assert number == written if not quote else number <= written
    assert {"https://example.org/0.jpg"} <= set(selection.records["media"]) or rows
    assert selection.records["media"].map(lambda text: text.startswith("https://")).all()
    assert isinstance(selection.records, pd.DataFrame)
