"""Archives that are broken, or made to harm whoever opens them: refused by name, or read without the broken rows."""

from __future__ import annotations

import tarfile
import zipfile

import pytest

from darwin_core_archives import CORE, DC, DWC, GBIF, MEDIA, MULTIMEDIA, PLAIN, TAB, described, meta
from sporeprint_training.dataset.darwin_core.opening import open_archive
from sporeprint_training.dataset.darwin_core.selection import read_records
from sporeprint_training.errors import BadInput

HEADER = PLAIN["multimedia.txt"].partition("\n")[0] + "\n"
OTHER = described("extension", f"{GBIF}VernacularName", "names.txt", (f"{DWC}vernacularName",))


def refused(path, match, step=open_archive):
    with pytest.raises(BadInput, match=match) as caught:
        step(path)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize("name", ["../occurrence.txt", "/etc/passwd", "C:\\a.txt"])
def test_a_member_outside_the_zip_is_refused_before_anything_is_read(make_archive, name, monkeypatch):
    path = make_archive()
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(name, "x")
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("a member was read"))
    refused(path, "lies inside it")


def test_a_tar_is_refused(tmp_path, make_archive):
    path = tmp_path / "archive.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        packed.add(make_archive(folder=True), "archive")
    assert str(path) in refused(path, "which is neither")


@pytest.mark.parametrize("location", [
    "../occurrence.txt", "/etc/passwd", "a/../../b.txt", "C:\\windows\\win.ini", "\\\\host\\share", "http://example.org/a.txt",
    "file:///etc/passwd", "",
])  # fmt: skip
@pytest.mark.parametrize("tag", ["core", "extension", "other"])
def test_a_location_outside_the_archive_is_refused(make_archive, tag, location):
    tables = {
        "core": (CORE.replace("occurrence.txt", location), MEDIA),
        "extension": (CORE, MEDIA.replace("multimedia.txt", location)),
        "other": (CORE, MEDIA, OTHER.replace("names.txt", location)),
    }
    refused(make_archive({"meta.xml": meta(*tables[tag])}), "lies in the archive")


def test_metadata_outside_the_archive_is_refused(make_archive):
    described = PLAIN["meta.xml"].replace("<archive ", '<archive metadata="../../eml.xml" ')
    refused(make_archive({"meta.xml": described}), "lies in the archive")


def test_a_link_that_leads_out_of_an_unpacked_archive_is_refused(make_archive, tmp_path):
    path = make_archive({"occurrence.txt": None}, folder=True)
    (tmp_path / "secret.txt").write_text(PLAIN["occurrence.txt"])
    (path / "occurrence.txt").symlink_to(tmp_path / "secret.txt")
    refused(path, "leads out of the archive", lambda path: read_records(open_archive(path)))


def test_a_zip_bomb_is_refused_before_anything_is_read(make_archive, monkeypatch):
    path = make_archive({"verbatim.txt": bytes(3_000_000)})
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("a member was read"))
    refused(path, "200 times its size")


@pytest.mark.parametrize("cut", [1, 60, 400])
def test_a_truncated_zip_is_refused_with_its_path(make_archive, cut):
    path = make_archive()
    path.write_bytes(path.read_bytes()[:-cut])
    assert str(path) in refused(path, "truncated or damaged")


def test_a_member_that_is_damaged_is_named_while_it_is_read(make_archive):
    path = make_archive({"occurrence.txt": PLAIN["occurrence.txt"] + "3\tx\tBoletus\tSE\n" * 2000})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as packed:
        member = packed.getinfo("occurrence.txt")
    data[member.header_offset + 30 + len(member.filename) + member.compress_size // 2] ^= 0xFF
    path.write_bytes(bytes(data))
    assert "occurrence.txt" in refused(path, "read to its end", lambda path: read_records(open_archive(path)))


@pytest.mark.parametrize(("content", "match"), [
    ("", "well-formed"),
    ("<archive", "well-formed"),
    ("<html/>", "root is <archive>"),
    (meta(), "exactly one core"),
    (meta(CORE, CORE), "exactly one core"),
    (meta(CORE.replace(f'rowType="{DWC}Occurrence"', "")), "has a rowType"),
    (meta(CORE.replace("Occurrence", "Weather")), "rowType.*dwc/terms/Weather"),
    (meta(CORE, MEDIA.replace(f'rowType="{GBIF}Multimedia"', "")), "has a rowType"),
    (meta(CORE.replace("<location>occurrence.txt</location>", "")), "has a file"),
    (meta(CORE.replace("\\t", "||")), "one ASCII character"),
    (meta(CORE.replace("\\n", "|")), "line break"),
    (meta(CORE.replace("UTF-8", "UTF-16")), "encoding that contains ASCII"),
    (meta(CORE.replace("UTF-8", "martian")), "encoding that contains ASCII"),
    (meta(CORE.replace("UTF-8", "base64")), "encoding that contains ASCII"),
    (meta(CORE.replace('index="1"', 'index="-1"')), "whole number"),
    (meta(CORE.replace('index="1"', 'index="99999"')), "whole number"),
    (meta(CORE.replace('ignoreHeaderLines="1"', 'ignoreHeaderLines="many"')), "whole number"),
    ('<?xml version="1.0" encoding="martian"?>' + PLAIN["meta.xml"], "well-formed"),
    ('<!DOCTYPE archive SYSTEM "http://example.org/a.dtd">' + PLAIN["meta.xml"], "no document type"),
    ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + PLAIN["meta.xml"], "no document type"),
    ('<!DOCTYPE a [<!ENTITY a "&#38;a;&#38;a;">]>' + PLAIN["meta.xml"], "no document type"),
    (PLAIN["meta.xml"].replace("occurrence.txt", "&x;"), "well-formed"),
])  # fmt: skip
def test_a_broken_description_is_refused(make_archive, content, match):
    assert "meta.xml" in refused(make_archive({"meta.xml": content}, folder=True), match)


def test_a_description_that_does_not_end_is_refused(make_archive):
    refused(make_archive({"meta.xml": "<archive>" + " " * 16_000_000}, folder=True), "at most 16")


@pytest.mark.parametrize("content", ["<a>" * 300_000, "<archive>" + "<a/>" * 300_000], ids=["deep", "wide"])
def test_a_description_of_a_million_elements_is_refused(make_archive, content):
    refused(make_archive({"meta.xml": content}, folder=True), "200,000 elements")


def test_a_table_that_is_described_and_missing_is_named(make_archive):
    assert "multimedia.txt" in refused(make_archive({"multimedia.txt": None}), "which is missing")


def test_a_missing_description_is_refused_where_gbifs_names_do_not_stand_for_it(make_archive):
    path = make_archive({"meta.xml": None, "more.txt": "x\ty\n"})
    assert "meta.xml" in refused(path, "more.txt, multimedia.txt, occurrence.txt")


@pytest.mark.parametrize(("changed", "term"), [
    (meta(CORE, MEDIA.replace(f"{DC}identifier", f"{DC}title")), "the term identifier"),
    (meta(CORE, MEDIA.replace(f"{GBIF}Multimedia", "http://rs.tdwg.org/ac/terms/Multimedia")), "the term accessURI"),
    (meta(CORE.replace(f"{DWC}scientificName", f"{DWC}locality"), MEDIA), "dwc/terms/scientificName"),
    (meta(CORE, MEDIA.replace('<coreid index="0"/>', "<coreid/>")), "coreid"),
    (meta(CORE.replace('<id index="0"/>', ""), MEDIA), "an id"),
])  # fmt: skip
def test_a_missing_column_is_named_by_its_term(make_archive, changed, term):
    refused(make_archive({"meta.xml": changed}), term, lambda path: read_records(open_archive(path)))


PHOTO = "1\tStillImage\timage/jpeg\thttps://example.org/{}.jpg\tCC0\n"


@pytest.mark.parametrize(("line", "reason"), [
    (b"1\tStillImage\timage/jpeg\thttps://example.org/x.jpg\tCC\xff0\n", "bad_encoding"),
    (b"1\tStillImage\timage/jpeg\thttps://example.org/x.jpg\tCC\0\n", "nul_byte"),
    (b"1\tStillImage\timage/jpeg\thttps://example.org/x.jpg\tCC0\twith a tab\n", "wrong_field_count"),
    (b"1\tStillImage\n", "wrong_field_count"),
    (b"1\tStillImage\timage/jpeg\t\tCC0\n", "no_address"),
    (b"1\tStillImage\timage/jpeg\tjavascript:alert(1)\tCC0\n", "bad_address"),
    (b"1\tStillImage\timage/jpeg\tfile:///etc/passwd\tCC0\n", "bad_address"),
    (b"1\tStillImage\timage/jpeg\t../../etc/passwd\tCC0\n", "not_in_archive"),
    (b"1\tStillImage\timage/jpeg\thttps://example.org/a b.jpg\tCC0\n", "bad_address"),
    (b"1\tStillImage\timage/jpeg\thttps://e.org/" + b"x" * 3000 + b"\tCC0\n", "bad_address"),
    (b"1\tSound\taudio/mpeg\thttps://example.org/x.mp3\tCC0\n", "not_a_photo"),
    (b"1\t\t\thttps://example.org/x.mp3?a=1\tCC0\n", "not_a_photo"),
    (b"1\tStillImage\ttext/html\thttps://example.org/x\tCC0\n", "not_a_photo"),
    (b"9\tStillImage\timage/jpeg\thttps://example.org/x.jpg\tCC0\n", "no_occurrence"),
    (b"\tStillImage\timage/jpeg\thttps://example.org/x.jpg\tCC0\n", "no_occurrence"),
])  # fmt: skip
def test_a_row_that_is_no_photo_is_counted_with_its_line_and_the_run_goes_on(make_archive, line, reason):
    table = HEADER.encode() + PHOTO.format(1).encode() + line + PHOTO.format(2).encode()
    selection = read_records(open_archive(make_archive({"multimedia.txt": table})))
    assert selection.records["media"].tolist() == ["https://example.org/1.jpg", "https://example.org/2.jpg"]
    assert selection.records["line"].tolist() == [2, 4]
    assert selection.rejected == {reason: 1}
    assert selection.examples == {reason: ["multimedia.txt, line 3"]}


def test_a_broken_occurrence_leaves_its_photos_without_one(make_archive):
    table = PLAIN["occurrence.txt"].replace("Boletus edulis", "Boletus\tedulis")
    selection = read_records(open_archive(make_archive({"occurrence.txt": table})))
    assert selection.rejected == {"wrong_field_count": 1, "no_occurrence": 1}
    assert selection.examples["wrong_field_count"] == ["occurrence.txt, line 3"]
    assert len(selection.records) == 2


def test_photos_of_an_id_that_two_occurrences_have_are_nobodys(make_archive):
    table = PLAIN["occurrence.txt"] + "1\turn:c\tBoletus edulis\tSE\n"
    selection = read_records(open_archive(make_archive({"occurrence.txt": table})))
    assert selection.rejected == {"several_occurrences": 2}
    assert selection.records["scientific_name"].tolist() == ["Boletus edulis Bull."]


@pytest.mark.parametrize("name", [
    "<img src=x onerror=alert(1)>", "=cmd()|' /C calc'!A0", "Amanita \u202e muscaria", "{{ 7 * 7 }}", '"',
])  # fmt: skip
def test_a_hostile_name_is_kept_as_it_is(make_archive, name):
    path = make_archive({"occurrence.txt": PLAIN["occurrence.txt"].replace("Boletus edulis Bull.", name)})
    assert read_records(open_archive(path)).records["scientific_name"].tolist()[2] == name


def test_a_text_of_ten_kilobytes_is_capped(make_archive):
    path = make_archive({"occurrence.txt": PLAIN["occurrence.txt"].replace("Boletus edulis Bull.", "B" * 10_000)})
    assert read_records(open_archive(path)).records["scientific_name"].tolist()[2] == "B" * 500


@pytest.mark.parametrize(("row", "fields"), [
    ('1,StillImage,image/jpeg,https://example.org/x.jpg,"CC', "unbalanced_quote"),
    ('"1,StillImage,image/jpeg,https://example.org/x.jpg,CC0', "unbalanced_quote"),
    ('1,"Still"Image,image/jpeg,https://example.org/x.jpg,CC0', "unbalanced_quote"),
    ('1,StillImage,"image/jpeg,https://example.org/x.jpg,CC0"', "wrong_field_count"),
    ('1,StillImage,"image\0/jpeg",https://example.org/x.jpg,CC0', "nul_byte"),
    ('1,StillImage,"image/jpeg",https://example.org/x.jpg,"' + "x" * 200_000 + '"', "line_too_long"),
])  # fmt: skip
def test_a_quotation_mark_that_is_not_closed_costs_its_own_line(make_archive, row, fields):
    csv = TAB.replace("\\t", ",").replace('fieldsEnclosedBy=""', "fieldsEnclosedBy='&quot;'")
    photo = PHOTO.replace("\t", ",")
    quoted = photo.format(2).replace("CC0", '"CC0, as ""stated""\non two lines"')
    table = HEADER.replace("\t", ",") + photo.format(1) + row + "\n" + quoted + photo.format(3)
    media = described("extension", f"{GBIF}Multimedia", "multimedia.txt", MULTIMEDIA, csv)
    selection = read_records(open_archive(make_archive({"meta.xml": meta(CORE, media), "multimedia.txt": table})))
    assert selection.rejected == {fields: 1}
    assert selection.examples == {fields: ["multimedia.txt, line 3"]}
    assert selection.records["line"].tolist() == [2, 4, 6]
    assert selection.records["licence_verbatim"].tolist() == ["CC0", 'CC0, as "stated" on two lines', "CC0"]


def test_a_line_without_end_is_left_out(make_archive):
    table = HEADER + PHOTO.format(1) + "1\t" + "x" * 40_000_000 + "\n" + PHOTO.format(2)
    selection = read_records(open_archive(make_archive({"multimedia.txt": table}, folder=True)))
    assert selection.rejected == {"line_too_long": 1}
    assert selection.records["line"].tolist() == [2, 4]
