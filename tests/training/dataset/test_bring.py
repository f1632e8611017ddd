"""Sources of any kind become photos: archives and tables are filtered, linted, chosen, downloaded, and read back."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from photo_server import Server, reply
from served_archive import ServedArchive
from sporeprint_training.dataset.filters import Filters
from sporeprint_training.dataset.info import read_info
from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.dataset.sources import downloads_folder
from sporeprint_training.dataset.store import read_beside, read_dataset
from sporeprint_training.errors import BadInput
from warm_python import WarmPython

DOWNLOAD = {"private_hosts": True, "backoff_seconds": 0.01, "attempts": 2}
OPTIONS = {"min_photos": 2, "split_val": 0.2, "split_test": 0.2, "report": False, "download": DOWNLOAD}


def options(**changes: object) -> IngestOptions:
    return IngestOptions(**{**OPTIONS, **changes})


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def archive(server, jpeg) -> ServedArchive:
    """Two species with five observations of two photos each."""
    made = ServedArchive(server, jpeg)
    for name in ("Amanita muscaria (L.) Lam.", "Amanita virosa Bertill."):
        for _ in range(5):
            made.add(name)
    return made


def test_a_download_of_gbif_becomes_a_data_set_with_every_row_accounted_for(archive, server, tmp_path):
    archive.add("Amanita muscaria", licence="http://creativecommons.org/licenses/by-nc/4.0/")
    archive.add("Amanita muscaria", photos=1, licence="")
    archive.add("Amanita muscaria", photos=1, licence="ask me")
    archive.add("Amanita", photos=1, rank="GENUS")
    archive.add("Amanita virosa", photos=1, answers=[reply(status="404 Not Found")])
    archive.add("Amanita virosa", photos=1, answers=[reply(b"<html>log in</html>", Content_Type="image/jpeg")])
    out = tmp_path / "dataset"
    report = ingest([archive.write(tmp_path / "gbif.zip")], out, options())
    assert report.rejected == {
        "licence_not_allowed": 2,
        "licence_missing": 1,
        "licence_unknown": 1,
        "name_above_species": 1,
        "not_found": 1,
        "not_an_image": 1,
    }
    assert report.photos + sum(report.rejected.values()) == len(archive.media)
    data = read_dataset(out)
    assert data.species["scientific_name"].tolist() == ["Amanita muscaria", "Amanita virosa"]
    assert data.species["family"].tolist() == ["Amanitaceae"] * 2
    assert data.photos.groupby("observation_id")["split"].nunique().max() == 1
    assert data.photos.groupby("observation_id").size().tolist() == [2] * 10
    assert set(data.photos["observed_on"]) == {"2021-09-12"}
    assert data.info.citation.endswith("https://doi.org/10.15468/dl.test01")
    ledger = read_beside(out, "ledger").set_index("photo_url")
    for photo in data.photos.itertuples():
        credit = ledger.loc[photo.source_file]
        assert (photo.licence, credit.rights_holder, credit.doi) == ("CC-BY-4.0", "holder", "10.15468/dl.test01")
        assert credit.author == f"photographer {photo.source_file.rpartition('/')[2].removesuffix('.jpg')}"
    removed = read_beside(out, "removed").set_index("reason")
    assert removed.loc["not_found", "source_file"].startswith(server.url)
    with (downloads_folder(out) / "failures.csv").open() as stream:
        assert {row["reason"] for row in csv.DictReader(stream)} == {"not_found", "not_an_image"}


def test_a_rerun_transfers_nothing_and_gives_the_same_data_set(archive, server, tmp_path):
    source = archive.write(tmp_path / "gbif.zip")
    ingest([source], tmp_path / "one", options(), downloads=tmp_path / "store")
    server.requests.clear()
    ingest([source], tmp_path / "two", options(), downloads=tmp_path / "store")
    assert server.requests == []
    assert read_info(tmp_path / "one") == read_info(tmp_path / "two").model_copy(update={"name": "gbif"})


def test_photos_of_a_host_that_was_down_come_with_the_next_run_and_old_ones_keep_their_split(archive, tmp_path):
    late = reply(archive.jpeg(500, (96, 72)))
    archive.add("Amanita virosa", photos=1, answers=[reply(status="503 Service Unavailable")] * 2 + [late])
    source, out = archive.write(tmp_path / "gbif.zip"), tmp_path / "dataset"
    first = ingest([source], out, options())
    assert first.rejected == {"unavailable": 1}
    before = read_dataset(out).photos.set_index("photo_id")["split"].astype(str)
    second = ingest([source], out, options())
    assert (second.rejected, second.photos) == ({}, first.photos + 1)
    after = read_dataset(out).photos.set_index("photo_id")["split"].astype(str)
    assert after[before.index].equals(before)


def test_only_what_is_chosen_is_fetched(archive, server, tmp_path):
    for _ in range(3):
        archive.add("Boletus edulis Bull.")
    source = archive.write(tmp_path / "gbif.zip")
    wanted = options(filters=Filters(taxa=("Amanita muscaria", "Boletus edulis")), max_photos=3)
    report = ingest([source], tmp_path / "dataset", wanted)
    assert (report.photos, len(server.requests)) == (6, 6)
    assert report.rejected == {"other_taxon": 10, "above_max_photos": 10}
    # Three photos are of three finds before any find has two.
    assert read_dataset(tmp_path / "dataset").photos["observation_id"].nunique() == 6


def test_records_and_class_folders_are_one_data_set(archive, source, tmp_path):
    archive.add("Boletus edulis Bull.", photos=1)
    folder = source({"Amanita virosa": 3, "Boletus edulis": 2}, first_seed=900)
    report = ingest([folder, archive.write(tmp_path / "gbif.zip")], tmp_path / "dataset", options(min_photos=3))
    counts = read_dataset(tmp_path / "dataset").species.set_index("scientific_name")["n_photos"].to_dict()
    assert counts == {"Amanita muscaria": 10, "Amanita virosa": 13, "Boletus edulis": 3}
    assert report.rejected == {}


def test_a_table_of_ones_own_photos_needs_no_licence_and_subspecies_are_folded_unless_asked(jpeg, tmp_path):
    rows = ["file,species"]
    for number, name in enumerate(["Russula emetica"] * 3 + ["Russula emetica var. silvestris"] * 3 + ["Boletus"] * 2):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(number))
        rows.append(f"{number}.jpg,{name}")
    for number in range(8, 11):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(number))
        rows.append(f"{number}.jpg,Boletus edulis")
    rows += ["../outside.jpg,Boletus edulis", "gone.jpg,Boletus edulis"]
    (tmp_path / "outside.jpg").write_bytes(jpeg(77))
    table = tmp_path / "photos.csv"
    table.write_text("\n".join(rows))
    folded = ingest([table], tmp_path / "out" / "folded", options())
    assert folded.rejected == {"name_above_species": 2, "outside_folder": 1, "missing_file": 1}
    assert folded.examples["outside_folder"] == ["line 13"]
    names = read_dataset(tmp_path / "out" / "folded").species["scientific_name"].tolist()
    assert names == ["Boletus edulis", "Russula emetica"]
    ingest([table], tmp_path / "out" / "apart", options(fold_infraspecific=False))
    names = read_dataset(tmp_path / "out" / "apart").species["scientific_name"].tolist()
    assert names == ["Boletus edulis", "Russula emetica", "Russula emetica var. silvestris"]


def test_a_species_that_sources_place_differently_lies_where_more_records_say(archive, tmp_path):
    odd = archive.add("Amanita virosa Bertill.", photos=1)
    row = next(index for index, line in enumerate(archive.occurrences) if line.startswith(odd))
    archive.occurrences[row] = archive.occurrences[row].replace("Amanitaceae", "Pluteaceae")
    report = ingest([archive.write(tmp_path / "gbif.zip")], tmp_path / "dataset", options())
    assert any("place a species" in warning for warning in report.warnings)
    assert set(read_dataset(tmp_path / "dataset").species["family"]) == {"Amanitaceae"}


def test_an_archive_none_of_whose_photos_can_be_had_leaves_the_old_data_set(archive, server, tmp_path):
    source, out = archive.write(tmp_path / "gbif.zip"), tmp_path / "dataset"
    ingest([source], out, options())
    before = (out / "dataset.h5").read_bytes()
    for path in server.answers:
        server.answer(path, reply(status="404 Not Found"))
    with pytest.raises(BadInput, match="not_found 20"):
        ingest([source], out, options(), downloads=tmp_path / "empty")
    assert (out / "dataset.h5").read_bytes() == before


def test_downloads_may_not_lie_in_the_data_set(archive, tmp_path):
    with pytest.raises(BadInput, match="replaced as a whole"):
        ingest([archive.write(tmp_path / "gbif.zip")], tmp_path / "d", options(), downloads=tmp_path / "d" / "store")


CHILD = f"""
import sys
from pathlib import Path
from sporeprint_training.dataset.ingest import IngestOptions, ingest
ingest([Path(sys.argv[1])], Path(sys.argv[2]), IngestOptions(**{OPTIONS}))
print("done")
"""


@pytest.fixture
def warm() -> Iterator[WarmPython]:
    with WarmPython(["sporeprint_training.dataset.ingest"]) as python:
        yield python


def test_an_ingest_that_is_killed_at_any_moment_ends_as_one_that_nobody_disturbed(archive, warm, tmp_path):
    source, out, draw = archive.write(tmp_path / "gbif.zip"), tmp_path / "dataset", Random(15)
    ingest([source], tmp_path / "undisturbed", options())
    warm.run("pass")
    started = time.monotonic()
    assert warm.run(CHILD, source, tmp_path / "timed").stdout == "done\n"
    whole = time.monotonic() - started
    for killed_after in [0, *(draw.uniform(0, whole) for _ in range(20))]:
        done = warm.run(CHILD, source, out, killed_after=killed_after)
        assert done.stderr == ""
        if (out / "dataset.h5").exists():
            assert len(read_dataset(out).photos) == 20
            if done.returncode == 0:
                shutil.rmtree(out)
    report = ingest([source], out, options())
    assert report.photos == 20
    assert read_info(out) == read_info(tmp_path / "undisturbed")
    assert files(out) == files(tmp_path / "undisturbed")


def files(folder: Path) -> dict[str, bytes]:
    """Every photo; `dataset.h5` has times in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.jpg")}
