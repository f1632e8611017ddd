"""The benchmark of ingest reads what it writes."""

from ingest_benchmark.archive import write_archive
from ingest_benchmark.columns import OCCURRENCE
from ingest_benchmark.measure import PROGRAMS, read_once
from sporeprint_training.dataset.darwin_core.opening import open_archive
from sporeprint_training.dataset.darwin_core.selection import read_records


def test_both_readings_find_every_photo_of_the_archive(tmp_path):
    write_archive(tmp_path / "archive", 50, 60)
    readings = [read_once(program, tmp_path / "archive") for program in PROGRAMS]
    assert [reading.rows for reading in readings] == [60, 60]
    assert all(reading.seconds > 0 and reading.peak_bytes > 10**7 for reading in readings)


def test_the_archive_is_as_gbifs(tmp_path):
    write_archive(tmp_path / "archive", 50, 60)
    header = (tmp_path / "archive" / "occurrence.txt").read_text(encoding="utf-8").partition("\n")[0]
    assert len(OCCURRENCE) == len(header.split("\t")) == 241
    selection = read_records(open_archive(tmp_path / "archive"))
    assert (len(selection.records), selection.occurrences, selection.rejected) == (60, 50, {})
    assert selection.records["observation_id"].nunique() == 50
    assert (selection.records[["species", "observed_on", "author", "licence_verbatim"]] != "").all(axis=None)
    assert selection.records["latitude"].between(35, 70).all()
