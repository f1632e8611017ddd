"""Which photos a verification takes, and which model it compares with."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sporeprint.recipe import work_folder
from sporeprint.verify import _demand, choose_photos, default_manifest, find_run
from sporeprint_site.build import build_site
from sporeprint_site.compare import compare_scores
from sporeprint_site.verify import PhotoAnswer, Visit
from sporeprint_training.errors import BadInput, StepFailed


@pytest.fixture
def photos(tmp_path):
    for species, count in (("Amanita virosa", 5), ("Boletus edulis", 2)):
        (tmp_path / "photos" / species).mkdir(parents=True)
        for number in range(count):
            (tmp_path / "photos" / species / f"{number}.JPG").write_bytes(b"")
    (tmp_path / "photos" / "notes.txt").write_text("no photo")
    return tmp_path / "photos"


def test_photos_are_taken_from_each_species_in_turn(photos):
    assert {path.parent.name for path in choose_photos(photos, 2)} == {"Amanita virosa", "Boletus edulis"}
    assert len(choose_photos(photos, 4)) == 4
    assert len(choose_photos(photos, 100)) == 7


def test_linked_class_folders_are_looked_into_as_an_ingest_does(photos, tmp_path):
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "Amanita virosa").symlink_to(photos / "Amanita virosa")
    assert len(choose_photos(tmp_path / "linked", 100)) == 5


def test_the_choice_is_the_same_every_time(photos):
    assert choose_photos(photos, 3) == choose_photos(photos, 3)


def test_a_folder_without_photos_is_refused(tmp_path):
    with pytest.raises(BadInput, match="needs photos"):
        choose_photos(tmp_path, 10)


def test_the_run_is_found_beside_the_site_that_make_built(tmp_path):
    run = work_folder(tmp_path / "public") / "runs" / "compact-1"
    run.mkdir(parents=True)
    assert find_run(tmp_path / "public", "compact-1") is None
    (run / "run.json").write_text("{}")
    assert find_run(tmp_path / "public", "compact-1") == run


def test_a_sites_manifest_that_was_changed_since_is_refused(make_bundle, tmp_path):
    public = tmp_path / "public"
    build_site([make_bundle()], public)
    entry = json.loads((public / "catalogue.json").read_bytes())["models"][0]
    assert default_manifest(public).id == entry["id"]
    (public / entry["manifest"]).write_text("{}")
    with pytest.raises(BadInput, match="changed since"):
        default_manifest(public)


def test_a_site_of_another_version_is_refused(make_bundle, tmp_path):
    public = tmp_path / "public"
    build_site([make_bundle()], public)
    catalogue = json.loads((public / "catalogue.json").read_bytes())
    (public / catalogue["models"][0]["manifest"]).write_text("{}")
    catalogue["models"][0]["manifest_sha256"] = hashlib.sha256(b"{}").hexdigest()
    (public / "catalogue.json").write_text(json.dumps(catalogue))
    with pytest.raises(BadInput, match="schema of this version"):
        default_manifest(public)
    (public / "catalogue.json").write_text("[]")
    with pytest.raises(BadInput, match="built site"):
        default_manifest(public)


def test_a_chromium_that_does_not_start_is_named(make_bundle, tmp_path):
    build_site([make_bundle()], tmp_path / "public")
    # In a process of its own: Playwright runs once per process, and the browser tests' may still run in this one.
    program = "import sys, pathlib, sporeprint_site.verify as v; v.visit_site(pathlib.Path(sys.argv[1]), [])"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "public")],
        env={**os.environ, "SPOREPRINT_CHROMIUM": "/bin/false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "NoBrowser" in done.stderr.splitlines()[-1]
    assert "/bin/false" in done.stderr.splitlines()[-1]


def visit(*scores):
    answers = tuple(PhotoAnswer(Path(f"{number}.jpg"), found) for number, found in enumerate(scores))
    return Visit(
        answers,
        backend="wasm",
        sent=(),
        off_origin_requests=(),
        csp_violations=(),
        longest_task_ms=0,
    )


def test_the_download_is_counted_as_sent_and_as_brotli_would_send_it(tmp_path):
    (tmp_path / "app.js").write_bytes(b"let spore;" * 1000)
    # The second body, an error page, is no file of the site.
    seen = replace(visit(), sent=((tmp_path / "app.js", 10_000), (tmp_path / "gone", 7)))
    assert seen.bytes_until_ready == 10_007
    assert 7 < seen.bytes_until_ready_brotli() < 200


@pytest.mark.parametrize(
    ("found", "reference", "fault"),
    [
        ([(1.0,), None], [[1.0], [1.0]], "1 photos that Keras identified and the app did not, such as 1.jpg"),
        ([None], [None], "no photo was identified"),
        ([(1.0,), None], [[1.0], None], None),
    ],
)
def test_photos_that_the_app_cannot_identify_and_keras_can_fail_the_verification(found, reference, fault):
    agreement = compare_scores(found, reference)
    if fault is None:
        _demand(visit(*found), reference, agreement)
    else:
        with pytest.raises(StepFailed, match=fault):
            _demand(visit(*found), reference, agreement)
