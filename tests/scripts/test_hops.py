"""A hop is repeated when its inputs changed or its output is gone, and only then."""

import shutil

import pytest

from sporeprint.hops import Hops, fingerprint


@pytest.fixture
def made(tmp_path):
    """A function that runs one hop with the given inputs and returns the names of the hops that were done."""

    def run(inputs):
        hops = Hops(tmp_path / "make.json")
        output = tmp_path / "artefact"

        def do():
            output.mkdir(exist_ok=True)
            (output / "run.json").write_text("made")
            (output / "model.keras").write_text("weights")
            return {"run": "a"}

        hops.run("train", {"inputs": inputs}, lambda _: output, do, later=("report.html",))
        return hops.recomputed

    return run


def test_an_unchanged_hop_is_skipped_and_its_result_remembered(made, tmp_path):
    assert made(1) == ["train"]
    assert made(1) == []
    hops = Hops(tmp_path / "make.json")
    kept = hops.run("train", {"inputs": 1}, lambda _: tmp_path / "artefact", dict, later=("report.html",))
    assert kept == {"run": "a"}


def test_a_file_that_another_command_adds_or_changes_repeats_nothing(made, tmp_path):
    made(1)
    for text in ("a report", "a longer report"):
        (tmp_path / "artefact" / "report.html").write_text(text)
        assert made(1) == []
    (tmp_path / "artefact" / "notes.txt").write_text("mine")
    assert made(1) == ["train"]


def test_changed_inputs_repeat_the_hop(made):
    made(1)
    assert made(2) == ["train"]


@pytest.mark.parametrize("harm", ["one file gone", "one file cut", "all gone"])
def test_an_output_that_is_not_whole_any_more_repeats_the_hop(made, tmp_path, harm):
    made(1)
    if harm == "one file gone":
        (tmp_path / "artefact" / "model.keras").unlink()
    elif harm == "one file cut":
        (tmp_path / "artefact" / "model.keras").write_text("wei")
    else:
        shutil.rmtree(tmp_path / "artefact")
    assert made(1) == ["train"]


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"train": {"inputs": 1}}', '{"train": 5}'])
def test_a_damaged_ledger_only_means_that_everything_is_made_again(made, tmp_path, damage):
    made(1)
    (tmp_path / "make.json").write_text(damage)
    assert made(1) == ["train"]


def test_a_failed_hop_is_not_remembered(tmp_path):
    hops = Hops(tmp_path / "make.json")
    with pytest.raises(RuntimeError):
        hops.run("train", {}, lambda _: tmp_path, lambda: (_ for _ in ()).throw(RuntimeError))
    assert not (tmp_path / "make.json").exists()


def test_a_fingerprint_changes_with_a_files_name_length_or_time(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"1")
    seen = {fingerprint([tmp_path])}
    (tmp_path / "a.jpg").write_bytes(b"12")
    seen.add(fingerprint([tmp_path]))
    (tmp_path / "a.jpg").rename(tmp_path / "b.jpg")
    seen.add(fingerprint([tmp_path]))
    assert len(seen) == 3
    assert fingerprint([tmp_path]) in seen


def test_a_fingerprint_looks_into_linked_class_folders_as_an_ingest_does(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "Amanita virosa").symlink_to(tmp_path / "elsewhere")
    empty = fingerprint([tmp_path / "photos"])
    (tmp_path / "elsewhere" / "1.jpg").write_bytes(b"1")
    assert fingerprint([tmp_path / "photos"]) != empty
