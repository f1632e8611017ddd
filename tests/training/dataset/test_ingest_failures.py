"""An ingest that cannot go on says why and leaves what was there; how photos are prepared in parallel."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext

import pytest
from pydantic import ValidationError

from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import BadInput, StepFailed


def test_fewer_than_two_species_is_bad_input_with_the_table_and_leaves_nothing(source, run, tmp_path):
    folder = source({"Amanita virosa": 8, "Boletus edulis": 2})
    with pytest.raises(BadInput, match=r"1 species; too_few_photos 2.*Boletus edulis \(2\)"):
        run(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos"]


def test_a_failed_ingest_keeps_the_old_dataset(source, run, tmp_path, monkeypatch):
    folder = source()
    run(folder)
    before = read_dataset(tmp_path / "dataset").info
    monkeypatch.setattr("sporeprint_training.dataset.ingest.write_tables", _disk_full)
    with pytest.raises(StepFailed, match="No space left"):
        run(folder, seed=5)
    assert read_dataset(tmp_path / "dataset").info == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dataset", "photos"]


def test_the_dataset_never_replaces_its_own_source_or_somebody_elses_folder(source, tmp_path):
    folder = source()
    for out in (folder, tmp_path, folder / "dataset"):
        with pytest.raises(BadInput, match="outside what it is made from"):
            ingest([folder], out, IngestOptions())
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").touch()
    with pytest.raises(BadInput, match="new, empty, or an earlier output"):
        ingest([folder], tmp_path / "thesis", IngestOptions())
    assert len(list(folder.rglob("*.jpg"))) == 17


def test_missing_and_empty_sources_are_bad_input(tmp_path):
    (tmp_path / "photos" / "Amanita virosa").mkdir(parents=True)
    for source, message in ((tmp_path / "nowhere", "does not exist"), (tmp_path / "photos", "without any")):
        with pytest.raises(BadInput, match=message):
            ingest([source], tmp_path / "dataset", IngestOptions())
    with pytest.raises(BadInput, match="at least one source"):
        ingest([], tmp_path / "dataset", IngestOptions())
    assert not (tmp_path / "dataset").exists()


def test_photos_are_prepared_by_the_given_executor_and_reported(source, tmp_path):
    class Inline(Executor):
        submitted = 0

        def submit(self, fn, /, *args, **kwargs):
            self.submitted += 1
            future = Future()
            future.set_result(fn(*args, **kwargs))
            return future

    seen = []

    class Recording:
        def step(self, name, total=None):
            seen.append((name, total))
            return nullcontext(lambda count: seen.append(count))

    inline = Inline()
    ingest([source()], tmp_path / "dataset", IngestOptions(), Recording(), executor=inline)
    assert inline.submitted == 2
    assert [step for step in seen if isinstance(step, tuple)] == [
        ("Decoding photos", 17),
        ("Comparing photos", None),
        ("Writing the report", None),
    ]
    assert sum(count for count in seen if isinstance(count, int)) == 17


def test_a_dead_worker_is_one_line_and_keeps_the_old_dataset(source, tmp_path):
    class Dying(Executor):
        def submit(self, fn, /, *args, **kwargs):
            future = Future()
            future.set_exception(BrokenProcessPool("a child was terminated abruptly"))
            return future

    with pytest.raises(StepFailed, match="memory ran out"):
        ingest([source()], tmp_path / "dataset", IngestOptions(), executor=Dying())
    assert not (tmp_path / "dataset").exists()


def test_worker_processes_give_the_same_dataset_as_one_process(source, run, tmp_path, monkeypatch):
    folder = source({"Amanita virosa": 40, "Boletus edulis": 40})
    run(folder)
    parallel = read_dataset(tmp_path / "dataset")
    monkeypatch.setattr("sporeprint_training.dataset.parallel._FEW", 1000)
    run(folder)
    assert read_dataset(tmp_path / "dataset").photos.equals(parallel.photos)


@pytest.mark.parametrize("options", [{"split_val": 0.5, "split_test": 0.4}, {"min_photos": 0}, {"max_sides": 3}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ValidationError):
        IngestOptions(**options)


def _disk_full(*_):
    raise OSError(28, "No space left on device")
