"""A backup is a stranger's file: what is wrong in it is refused and named, the rest comes in, nothing is lost."""

import io
import json
import zipfile
from copy import deepcopy

import pytest

from journal import journal
from journal_benchmark.finds import bring_back, fill, make_file, snapshot

pytestmark = pytest.mark.browser
READABLE = True


class Backup:
    """A real backup, taken apart to be spoiled."""

    def __init__(self, data: bytes) -> None:
        archive = zipfile.ZipFile(io.BytesIO(data))
        self.records = json.loads(archive.read("journal.json"))
        self.members = {name: archive.read(name) for name in archive.namelist() if name != "journal.json"}

    def packed(self, records: bytes | None = None, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
        """A zip of it."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", compression) as archive:
            archive.writestr("journal.json", json.dumps(self.records) if records is None else records)
            for name, data in self.members.items():
                archive.writestr(name, data)
        return stream.getvalue()

    def add(self, index: int, photo: bytes | None = b"", **changes: object) -> dict:
        """Another entry with a photo, changed; returns its record."""
        original = self.records["entries"][0]
        entry = {**deepcopy(original), "id": f"00000000-0000-4000-8000-{index:012d}", **changes}
        self.records["entries"].append(entry)
        if photo is not None:
            data = photo or self.members[f"photos/{original['id']}/1.jpg"]
            self.members[f"photos/{entry['id']}/1.jpg"] = data
        return entry


def _claiming(archive: bytes, size: int) -> bytes:
    """The archive with another unpacked size of its first member in its directory."""
    at = archive.index(b"PK\x01\x02") + 24
    return archive[:at] + size.to_bytes(4, "little") + archive[at + 4 :]


@pytest.fixture
def page(app):
    """The screen for files, with three finds in the journal."""
    page = app.open("#files", accept=True)
    page.get_by_text("There are no finds to export yet").wait_for()
    fill(page, 3)
    page.reload()
    page.get_by_test_id("make-csv").wait_for()
    return page


def test_bad_entries_are_refused_one_by_one_and_the_others_come_in(app, page):
    before = snapshot(page)
    backup = Backup(make_file(page, "backup"))
    good = backup.records["entries"][0]
    html = b"<html><script>alert(1)</script>"
    hashed = page.evaluate(
        """async (text) => (await import(new URL("app/shared/hash.js", document.baseURI)))
          .sha256(new TextEncoder().encode(text))""",
        html.decode(),
    )
    backup.add(1, notes="<img src=x onerror=alert(1)> stays text")
    backup.add(2, ownName="<img src=x onerror=alert(1)>")
    backup.add(3, notes="x" * 20_001)
    backup.add(4, place={"latitude": 91, "longitude": 0, "accuracy": None, "precision": "exact"})
    backup.add(5, photo=None)
    whole = backup.members[f"photos/{good['id']}/1.jpg"]
    backup.add(6, photo=whole[:-1] + bytes([whole[-1] ^ 1]))
    backup.add(7, photo=html, photos=[{**good["photos"][0], "bytes": len(html), "sha256": hashed}])
    backup.add(8, id="../../etc/passwd")
    backup.add(9, photo=b"\xff\xd8\xff" + bytes(9_000_000), photos=[{**good["photos"][0], "bytes": 9_000_003}])
    backup.add(10, photos=[{**good["photos"][0], "type": "image/svg+xml"}])
    backup.add(11, answers=[])
    backup.records["entries"] += ["<html>", None, deepcopy(good)]
    report = bring_back(page, backup.packed())
    assert "1 find imported." in report
    assert "4 were already in the journal" in report
    assert "12 entries of the file could not be used" in report
    for line in (
        "Entry 5: its record is not valid (ownName).",
        "Entry 6: its record is not valid (notes).",
        "Entry 7: its record is not valid (latitude).",
        "Entry 8: a photo is missing from the file.",
        "Entry 9: a photo is damaged.",
        "Entry 10: what should be a photo is none.",
        "Entry 11: its record is not valid (id).",
        "Entry 12: a photo is damaged.",
        "Entry 13: its record is not valid (type).",
        "Entry 14: its record is not valid (answers).",
        "Entry 15: its record is not valid (record).",
    ):
        assert line in report
    assert [kept for kept in snapshot(page) if kept in before] == before
    assert len(snapshot(page)) == 4
    page.goto(f"{app.site.url}#journal/00000000-0000-4000-8000-000000000001")
    page.get_by_test_id("journal-name").wait_for()
    assert page.get_by_test_id("journal-notes").input_value().startswith("<img")
    assert page.locator("main img[src=x]").count() == 0
    assert app.errors == []


def test_what_is_no_backup_changes_nothing(page):
    before = snapshot(page)
    whole = make_file(page, "backup")
    backup = Backup(whole)
    bomb = b'{"format": 1, "entries": ["' + b" " * 70_000_000 + b'"]}'
    files = {
        "login.zip": b"<!doctype html><html>Please log in",
        "empty.zip": b"",
        "half.zip": whole[: len(whole) // 2],
        "other.zip": backup.packed(b"not json"),
        "bomb.zip": backup.packed(bomb),
        "lying bomb.zip": _claiming(backup.packed(bomb), 1000),
        "list.zip": backup.packed(b"[1, 2]"),
    }
    for name, data in files.items():
        assert "not a backup of the journal, or it is damaged" in bring_back(page, data, name), name
    backup.records["format"] = 2
    assert "A newer version of the app made this backup" in bring_back(page, backup.packed(), "newer.zip")
    backup.records = {"format": 1, "entries": [None] * 20_001}
    assert "more than 20,000 finds" in bring_back(page, backup.packed(), "many.zip")
    assert snapshot(page) == before


def test_a_full_storage_ends_an_import_and_says_so(app, page):
    backup = Backup(make_file(page, "backup"))
    backup.add(1)
    page.evaluate(
        """() => {
          const put = IDBObjectStore.prototype.put;
          IDBObjectStore.prototype.put = function (...all) {
            if (this.name === "photos") throw new DOMException("full", "QuotaExceededError");
            return put.apply(this, all);
          };
        }"""
    )
    report = bring_back(page, backup.packed())
    assert "0 finds imported." in report
    assert "The rest was not imported; it is still in the file. The storage for this app is full." in report
    assert journal(page, "(await entries.allEntries()).length") == 3
    assert journal(page, "entries.unsavedCount()") == 0
