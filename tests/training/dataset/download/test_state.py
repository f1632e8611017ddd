"""The store: what is there is left alone, what is lost comes back, and nobody else writes to it."""

from __future__ import annotations

import csv
import sqlite3
import subprocess
import sys
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, nullcontext

import pytest
from pydantic import ValidationError

import own_loop
from photo_server import reply
from sporeprint_training.dataset.download import keep
from sporeprint_training.dataset.download.run import DownloadOptions, DownloadReport, download, outcomes, write_failures
from sporeprint_training.errors import BadInput, StepFailed

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def photos(server, jpeg):
    """Addresses of twelve photos and of one that is missing."""
    return [server.answer(f"/{n}.jpg", reply(jpeg(n))) for n in range(12)] + [
        server.answer("/x", reply(status="404 No"))
    ]


def test_a_rerun_transfers_nothing_and_gives_the_same_answer(server, fetch, store, photos):
    first = fetch(*photos, *photos)
    assert (first.stored, first.fetched, first.reasons, len(server.requests)) == (12, 12, {"not_found": 1}, 13)
    before = list(outcomes(store, photos))
    again = fetch(*photos)
    assert (again.stored, again.fetched, again.reasons, again.received_bytes) == (12, 0, {"not_found": 1}, 0)
    assert len(server.requests) == 13
    assert list(outcomes(store, photos)) == before


def test_more_addresses_add_to_the_store(server, fetch, store, photos):
    fetch(*photos[:5])
    assert fetch(*photos).fetched == 7
    found = list(outcomes(store, [*photos, "http://127.0.0.1/never"]))
    assert [one.state for one in found] == ["stored"] * 12 + ["failed", "not_tried"]
    assert [one.address for one in found[:13]] == photos


def test_a_photo_that_was_lost_or_cut_is_fetched_again(fetch, store, photos):
    fetch(*photos)
    first, second = list(outcomes(store, photos[:2]))
    content = (store / first.file).read_bytes()
    (store / first.file).unlink()
    (store / second.file).write_bytes(b"")
    assert (report := fetch(*photos)).fetched == 2
    assert report.stored == 12
    assert (store / first.file).read_bytes() == content


def test_a_second_download_into_the_store_is_one_line_and_a_dead_ones_lock_is_no_hindrance(fetch, store, photos):
    fetch(*photos[:2])
    holding = (
        "import sqlite3, sys\n"
        f"lock = sqlite3.connect({str(store / 'lock.sqlite')!r}, isolation_level=None)\n"
        "lock.execute('BEGIN EXCLUSIVE')\nprint('held', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(BadInput, match="One download at a time"):
            fetch(*photos)
        # Looking things up is never kept waiting.
        assert next(outcomes(store, photos)).state == "stored"
        other.kill()
    assert fetch(*photos).stored == 12


def test_two_downloads_of_one_process_do_not_share_a_store(server, fetch, store, photos):
    class Nested(Executor):
        def submit(self, fn, /, *args, **kwargs):
            with pytest.raises(BadInput, match="One download at a time"):
                fetch(*photos)
            future = Future()
            future.set_result(fn(*args, **kwargs))
            return future

    options = DownloadOptions(private_hosts=True)
    assert download(photos[:1], store, options, executor=Nested()).stored == 1


def test_a_store_holds_one_form_of_photos(fetch, store, photos):
    fetch(photos[0], max_side=512)
    for options, said in (({"max_side": 256}, "at most 256 px"), ({"keep_originals": True}, "originals now")):
        with pytest.raises(BadInput, match=f"at most 512 px in .*{said}"):
            fetch(*photos, **options)
    assert fetch(*photos, max_side=512).stored == 12


def test_somebody_elses_folder_is_left_alone(fetch, store, photos):
    store.mkdir()
    (store / "thesis.tex").write_text("chapter 1")
    with pytest.raises(BadInput, match="new, empty, or an earlier output"):
        fetch(*photos)
    assert [path.name for path in store.iterdir()] == ["thesis.tex"]
    with pytest.raises(BadInput, match="Check the path"):
        list(outcomes(store, photos))


def test_a_table_that_is_none_of_ours_is_refused_by_name(fetch, store, photos):
    store.mkdir()
    (store / "downloads.sqlite").write_bytes(b"not a table" * 99)
    with pytest.raises(BadInput, match="another kind of file"):
        fetch(*photos)
    (store / "downloads.sqlite").unlink()
    with closing(sqlite3.connect(store / "downloads.sqlite")) as table:
        table.executescript("CREATE TABLE form (x); PRAGMA user_version = 9")
    for opening in (lambda: fetch(*photos), lambda: list(outcomes(store, photos))):
        with pytest.raises(BadInput, match="version 9"):
            opening()


def test_a_full_disk_is_one_line_and_what_was_stored_stays(server, fetch, store, photos, monkeypatch):
    fetch(*photos[:4])
    before = list(outcomes(store, photos[:12]))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(keep.tempfile, "mkstemp", full)
        with pytest.raises(StepFailed, match=r"No space left on device.*Free disk space"):
            fetch(*photos)
    assert list(outcomes(store, photos[:12])) == before
    assert fetch(*photos).fetched == 8


def test_a_table_that_cannot_grow_is_one_line_and_stays_readable(server, fetch, store, jpeg, monkeypatch):
    from sporeprint_training.dataset.download import state

    photos = [server.answer(f"/{n}.jpg?{'x' * 1900}", reply(jpeg(n))) for n in range(60)]
    fetch(*photos[:4])
    connect = state._connect

    def cramped(folder, *, writing):
        connection = connect(folder, writing=writing)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(state, "_connect", cramped)
        with pytest.raises(StepFailed, match="full"):
            fetch(*photos)
    assert next(outcomes(store, photos)).state == "stored"
    assert fetch(*photos).stored == 60


def test_a_dead_worker_is_one_line(store, photos):
    class Dying(Executor):
        def submit(self, fn, /, *args, **kwargs):
            future = Future()
            future.set_exception(BrokenProcessPool("a child was terminated abruptly"))
            return future

    with pytest.raises(StepFailed, match="memory ran out"):
        download(photos, store, DownloadOptions(private_hosts=True), executor=Dying())


def test_worker_processes_store_the_same_as_this_process(server, fetch, store, photos, tmp_path, monkeypatch):
    fetch(*photos)
    monkeypatch.setattr("sporeprint_training.dataset.download.run._FEW", 0)
    download(photos, tmp_path / "other", DownloadOptions(private_hosts=True))
    assert list(outcomes(store, photos)) == list(outcomes(tmp_path / "other", photos))
    assert contents(store) == contents(tmp_path / "other")
    assert not (tmp_path / "other" / "arriving").exists()


def test_every_address_is_reported_as_it_is_settled(store, photos):
    seen = []

    class Recording:
        def step(self, name, total=None):
            seen.append((name, total))
            return nullcontext(seen.append)

    options = DownloadOptions(private_hosts=True)
    download([*photos, photos[0]], store, options, Recording())
    assert seen[0] == ("Downloading photos", 13)
    assert sum(seen[1:]) == 13
    download(photos, store, options, Recording())
    assert sum(isinstance(one, tuple) for one in seen) == 1


def test_failures_are_listed_with_their_reasons_and_nothing_in_them_is_a_formula(
    server, fetch, store, photos, tmp_path
):
    hostile = ["=cmd()|'/C calc'!A0", "http://h/\u202e.jpg", "http://h/\udcff", "x" * 10_000, "nul\0byte"]
    fetch(*photos, *hostile)
    assert write_failures(store, tmp_path / "failures.csv") == 6
    with (tmp_path / "failures.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["reason"] for row in rows} == {"not_found", "scheme", "bad_address"}
    assert next(row for row in rows if row["reason"] == "not_found")["address"] == photos[-1]
    assert all(not row["address"].startswith("=") and len(row["address"]) <= 2001 for row in rows)
    assert [one.state for one in outcomes(store, hostile)] == ["failed"] * 5


@pytest.mark.parametrize(
    "options",
    [{"max_side": 3}, {"concurrency": 0}, {"per_hosts": 3}, {"host_rate": 0}, {"contact": "a b"}, {"contact": "a\r\nb"},
     {"total_seconds": 0}, {"attempts": 0}],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ValidationError):
        DownloadOptions(**options)


def contents(store):
    """Every stored file's bytes."""
    return {path.relative_to(store): path.read_bytes() for path in (store / "photos").rglob("*.*")}


def test_a_download_works_where_a_loop_is_running_already(fetch, server, store, jpeg):
    """As in a notebook."""
    photos = [server.answer(f"/{n}.jpg", reply(jpeg(n))) for n in range(5)]

    async def cell() -> DownloadReport:
        return fetch(*photos)

    assert own_loop.run(cell()).stored == 5
    assert all((store / found.file).is_file() for found in outcomes(store, photos))
